"""Calendars that houses import from other sites, and the one that they show."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = (
    # sealed_url is encrypted: whoever knows the address sees the other site's reservations. hint is what is shown.
    # failing_since: the first failure since the last success. next_at: when the sweep reads it; NULL is by hand only.
    # task_id: the task that will read it next; the result of any other is dropped.
    """
    CREATE TABLE calendar_feeds (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      house_id BIGINT UNSIGNED NOT NULL,
      kind ENUM('url', 'file') NOT NULL,
      name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
      sealed_url VARCHAR(2800) CHARACTER SET ascii COLLATE ascii_bin NULL,
      hint VARCHAR(300) NULL,
      state ENUM('waiting', 'ok', 'failing', 'disabled') NOT NULL DEFAULT 'waiting',
      reason VARCHAR(32) CHARACTER SET ascii NULL,
      etag VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
      last_modified VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      task_id VARCHAR(64) CHARACTER SET ascii NULL,
      failures INT UNSIGNED NOT NULL DEFAULT 0,
      failing_since DATETIME(6) NULL,
      checked_at DATETIME(6) NULL,
      changed_at DATETIME(6) NULL,
      next_at DATETIME(6) NULL,
      event_count INT UNSIGNED NOT NULL DEFAULT 0,
      night_count INT UNSIGNED NOT NULL DEFAULT 0,
      conflict_count INT UNSIGNED NOT NULL DEFAULT 0,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY calendar_feeds_name (house_id, name),
      KEY calendar_feeds_due (next_at)
    )""",
    # One row an event that takes nights which are not over. Its key is a digest of UID and RECURRENCE-ID: what the
    # other site writes in an event, which may be a guest's name, is kept nowhere.
    """
    CREATE TABLE calendar_events (
      feed_id BIGINT UNSIGNED NOT NULL,
      uid CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      part CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      first_night DATE NOT NULL,
      end_night DATE NOT NULL,
      kind ENUM('reserved', 'closed') NOT NULL,
      PRIMARY KEY (feed_id, uid, part),
      CONSTRAINT calendar_events_nights CHECK (end_night > first_night)
    )""",
    # Nights that a calendar wants and somebody else has.
    """
    CREATE TABLE calendar_conflicts (
      house_id BIGINT UNSIGNED NOT NULL,
      feed_id BIGINT UNSIGNED NOT NULL,
      night DATE NOT NULL,
      kind ENUM('reserved', 'closed') NOT NULL,
      PRIMARY KEY (house_id, feed_id, night),
      KEY calendar_conflicts_night (night)
    )""",
    # The address of a house's own calendar is derived from `version`: a higher one ends the address before.
    """
    CREATE TABLE calendar_exports (
      house_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      version INT UNSIGNED NOT NULL DEFAULT 1,
      active BOOLEAN NOT NULL DEFAULT TRUE,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    )""",
)


def upgrade() -> None:
    """Add the tables, and two columns without rewriting a row: house_nights has one a night that is not free."""
    for table in TABLES:
        op.execute(table + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci")
    op.execute("ALTER TABLE house_nights ADD COLUMN feed_id BIGINT UNSIGNED NULL, ALGORITHM=INSTANT")
    op.execute("ALTER TABLE houses ADD COLUMN calendar_changed_at DATETIME(6) NULL, ALGORITHM=INSTANT")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM house_nights WHERE kind = 'ical'")
    op.execute("ALTER TABLE houses DROP COLUMN calendar_changed_at")
    op.execute("ALTER TABLE house_nights DROP COLUMN feed_id")
    for table in ("calendar_exports", "calendar_conflicts", "calendar_events", "calendar_feeds"):
        op.execute(f"DROP TABLE {table}")
