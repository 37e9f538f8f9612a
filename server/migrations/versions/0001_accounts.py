"""Accounts, SMS codes, the outbox, the live log and stored objects."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE users (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      mobile CHAR(11) CHARACTER SET ascii NOT NULL,
      name VARCHAR(32) NOT NULL,
      password_hash VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      avatar_key VARCHAR(80) CHARACTER SET ascii NULL,
      role ENUM('user', 'admin') NOT NULL DEFAULT 'user',
      status ENUM('active', 'blocked') NOT NULL DEFAULT 'active',
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY users_mobile (mobile),
      UNIQUE KEY users_name (name)
    )""",
    """
    CREATE TABLE sms_codes (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      task_id CHAR(36) CHARACTER SET ascii NOT NULL,
      mobile CHAR(11) CHARACTER SET ascii NOT NULL,
      purpose VARCHAR(16) CHARACTER SET ascii NOT NULL,
      sealed_code VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      state ENUM('queued', 'sending', 'sent', 'failed') NOT NULL DEFAULT 'queued',
      reason VARCHAR(32) CHARACTER SET ascii NULL,
      tries TINYINT UNSIGNED NOT NULL DEFAULT 0,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      claimed_at DATETIME(6) NULL,
      expires_at DATETIME(6) NULL,
      used_at DATETIME(6) NULL,
      UNIQUE KEY sms_codes_task (task_id),
      KEY sms_codes_mobile (mobile, created_at)
    )""",
    # One row a phone, locked while its limits are counted.
    "CREATE TABLE sms_phones (mobile CHAR(11) CHARACTER SET ascii NOT NULL PRIMARY KEY)",
    """
    CREATE TABLE outbox (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      task_id VARCHAR(64) CHARACTER SET ascii NOT NULL,
      name VARCHAR(64) CHARACTER SET ascii NOT NULL,
      args JSON NOT NULL,
      owner CHAR(64) CHARACTER SET ascii NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      available_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      publications INT UNSIGNED NOT NULL DEFAULT 0,
      published_at DATETIME(6) NULL,
      done_at DATETIME(6) NULL,
      outcome JSON NULL,
      UNIQUE KEY outbox_task (task_id),
      KEY outbox_pending (done_at, available_at)
    )""",
    """
    CREATE TABLE live_seq (
      user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      seq BIGINT UNSIGNED NOT NULL
    )""",
    """
    CREATE TABLE live_events (
      user_id BIGINT UNSIGNED NOT NULL,
      seq BIGINT UNSIGNED NOT NULL,
      kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
      body JSON NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      PRIMARY KEY (user_id, seq),
      KEY live_events_created (created_at)
    )""",
    """
    CREATE TABLE objects (
      sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      media_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
      byte_count INT UNSIGNED NOT NULL,
      ref_count INT UNSIGNED NOT NULL,
      generation BIGINT UNSIGNED NOT NULL,
      created_at DATETIME(6) NOT NULL,
      orphaned_at DATETIME(6) NULL,
      KEY objects_orphaned_at (orphaned_at),
      CONSTRAINT objects_orphaned CHECK ((ref_count = 0) = (orphaned_at IS NOT NULL))
    )""",
)


def upgrade() -> None:
    """Create the tables."""
    for table in TABLES:
        suffix = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci"
        op.execute(table + suffix)


def downgrade() -> None:
    """Drop them."""
    for table in ("objects", "live_events", "live_seq", "outbox", "sms_phones", "sms_codes", "users"):
        op.execute(f"DROP TABLE {table}")
