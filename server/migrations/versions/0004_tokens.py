"""API tokens of programs."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table. The secret itself is nowhere: `digest` is its SHA-256 in hexadecimal."""
    op.execute(
        """
        CREATE TABLE api_tokens (
          id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
          user_id BIGINT UNSIGNED NOT NULL,
          name VARCHAR(64) NOT NULL,
          digest CHAR(64) CHARACTER SET ascii NOT NULL,
          hint CHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
          scopes SET('read', 'houses', 'orders') NOT NULL,
          created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
          expires_at DATETIME(6) NULL,
          last_used_at DATETIME(6) NULL,
          UNIQUE KEY api_tokens_digest (digest),
          KEY api_tokens_user (user_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE api_tokens")
