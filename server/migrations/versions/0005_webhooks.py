"""Webhooks of hosts and their deliveries."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = (
    # Secrets are sealed. The old one signs, too, until old_secret_until. failing_since: since when nothing arrived.
    """
    CREATE TABLE webhooks (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      user_id BIGINT UNSIGNED NOT NULL,
      url VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      events SET('place', 'accept', 'reject', 'cancel', 'expire', 'pay', 'check_out', 'comment', 'complete', 'reply')
        NOT NULL,
      sealed_secret VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      sealed_old_secret VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
      old_secret_until DATETIME(6) NULL,
      enabled BOOLEAN NOT NULL DEFAULT TRUE,
      disabled_reason ENUM('owner', 'gone', 'failing') NULL,
      failures INT UNSIGNED NOT NULL DEFAULT 0,
      failing_since DATETIME(6) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      KEY webhooks_user (user_id)
    )""",
    # One message to one webhook. due_at: when it is sent, or, while it is being sent, when whoever sends it has died;
    # NULL when nothing is to be done any more.
    """
    CREATE TABLE webhook_deliveries (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      hook_id BIGINT UNSIGNED NOT NULL,
      message_id CHAR(28) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      event VARCHAR(16) CHARACTER SET ascii NOT NULL,
      order_id BIGINT UNSIGNED NULL,
      version INT UNSIGNED NULL,
      payload MEDIUMTEXT NOT NULL,
      state ENUM('waiting', 'sending', 'delivered', 'failed') NOT NULL DEFAULT 'waiting',
      attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0,
      response_status SMALLINT UNSIGNED NULL,
      reason VARCHAR(32) CHARACTER SET ascii NULL,
      excerpt VARCHAR(500) NULL,
      duration_ms INT UNSIGNED NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      attempted_at DATETIME(6) NULL,
      due_at DATETIME(6) NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY webhook_deliveries_message (message_id),
      KEY webhook_deliveries_hook (hook_id, id),
      KEY webhook_deliveries_due (due_at, hook_id),
      KEY webhook_deliveries_age (created_at)
    )""",
)


def upgrade() -> None:
    """Add the tables."""
    for table in TABLES:
        op.execute(table + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci")


def downgrade() -> None:
    """Drop them."""
    for table in ("webhook_deliveries", "webhooks"):
        op.execute(f"DROP TABLE {table}")
