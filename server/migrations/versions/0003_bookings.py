"""Prices and terms of houses, orders with their history, payments and refunds, notices, idempotency keys."""

from alembic import op

revision = "0003"
down_revision = "0002"

# What a host asks beside the base price, and how bookings go. Percent are whole numbers, money is fen.
HOUSE_COLUMNS = (
    "weekend_price_fen INT UNSIGNED NULL",
    "weekly_percent TINYINT UNSIGNED NOT NULL DEFAULT 0",
    "monthly_percent TINYINT UNSIGNED NOT NULL DEFAULT 0",
    "cleaning_fee_fen INT UNSIGNED NOT NULL DEFAULT 0",
    "instant_booking BOOLEAN NOT NULL DEFAULT FALSE",
    "cancellation ENUM('flexible', 'moderate', 'strict') NOT NULL DEFAULT 'flexible'",
    "verified_guests BOOLEAN NOT NULL DEFAULT FALSE",
)
TABLES = (
    """
    CREATE TABLE house_prices (
      house_id BIGINT UNSIGNED NOT NULL,
      night DATE NOT NULL,
      price_fen INT UNSIGNED NOT NULL,
      PRIMARY KEY (house_id, night)
    )""",
    # expires_at: when a state that waits for somebody ends by itself, by the database's clock; NULL in the others.
    """
    CREATE TABLE orders (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      number CHAR(20) CHARACTER SET ascii NOT NULL,
      guest_id BIGINT UNSIGNED NOT NULL,
      host_id BIGINT UNSIGNED NOT NULL,
      house_id BIGINT UNSIGNED NOT NULL,
      check_in DATE NOT NULL,
      check_out DATE NOT NULL,
      nights SMALLINT UNSIGNED NOT NULL,
      guests SMALLINT UNSIGNED NOT NULL,
      price_lines JSON NOT NULL,
      amount_fen INT UNSIGNED NOT NULL,
      cancellation ENUM('flexible', 'moderate', 'strict') NOT NULL,
      status ENUM('WAIT_ACCEPT', 'WAIT_PAYMENT', 'PAID', 'WAIT_COMMENT', 'COMPLETE', 'CANCELED', 'REJECTED') NOT NULL,
      version INT UNSIGNED NOT NULL DEFAULT 1,
      reason VARCHAR(200) NULL,
      expires_at DATETIME(6) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      paid_at DATETIME(6) NULL,
      ended_at DATETIME(6) NULL,
      UNIQUE KEY orders_number (number),
      KEY orders_guest (guest_id, id),
      KEY orders_host (host_id, id),
      KEY orders_guest_status (guest_id, status, id),
      KEY orders_host_status (host_id, status, id),
      KEY orders_expiry (status, expires_at),
      KEY orders_check_out (status, check_out),
      KEY orders_house (house_id, status),
      CONSTRAINT orders_stay CHECK (check_out > check_in)
    )""",
    # Append-only: version n is what happened to the order n-th. from_status is NULL for the first.
    """
    CREATE TABLE order_events (
      order_id BIGINT UNSIGNED NOT NULL,
      version INT UNSIGNED NOT NULL,
      event VARCHAR(16) CHARACTER SET ascii NOT NULL,
      from_status VARCHAR(16) CHARACTER SET ascii NULL,
      to_status VARCHAR(16) CHARACTER SET ascii NOT NULL,
      actor ENUM('guest', 'host', 'system') NOT NULL,
      actor_id BIGINT UNSIGNED NULL,
      note VARCHAR(200) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      PRIMARY KEY (order_id, version)
    )""",
    # One row for each way to the cashier. trade_no is the provider's.
    """
    CREATE TABLE payments (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      number CHAR(24) CHARACTER SET ascii NOT NULL,
      order_id BIGINT UNSIGNED NOT NULL,
      amount_fen INT UNSIGNED NOT NULL,
      status ENUM('created', 'paid', 'closed') NOT NULL DEFAULT 'created',
      trade_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      paid_at DATETIME(6) NULL,
      UNIQUE KEY payments_number (number),
      UNIQUE KEY payments_trade (trade_no),
      KEY payments_order (order_id),
      KEY payments_open (status, created_at)
    )""",
    # Every notice of the provider that was verified; it comes again with the same id.
    """
    CREATE TABLE payment_notices (
      notice_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      payment_id BIGINT UNSIGNED NOT NULL,
      trade_status VARCHAR(32) CHARACTER SET ascii NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    )""",
    """
    CREATE TABLE refunds (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      number CHAR(28) CHARACTER SET ascii NOT NULL,
      order_id BIGINT UNSIGNED NOT NULL,
      payment_id BIGINT UNSIGNED NOT NULL,
      amount_fen INT UNSIGNED NOT NULL,
      cause ENUM('cancel', 'deposit', 'late', 'twice') NOT NULL,
      status ENUM('queued', 'done', 'failed') NOT NULL DEFAULT 'queued',
      failure VARCHAR(64) CHARACTER SET ascii NULL,
      task_id VARCHAR(64) CHARACTER SET ascii NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      done_at DATETIME(6) NULL,
      UNIQUE KEY refunds_number (number),
      UNIQUE KEY refunds_cause (payment_id, cause),
      KEY refunds_order (order_id)
    )""",
    # A notice by SMS of one version of an order to one person, sent at most once.
    """
    CREATE TABLE order_notices (
      order_id BIGINT UNSIGNED NOT NULL,
      version INT UNSIGNED NOT NULL,
      user_id BIGINT UNSIGNED NOT NULL,
      task_id VARCHAR(64) CHARACTER SET ascii NOT NULL,
      kind VARCHAR(16) CHARACTER SET ascii NOT NULL,
      state ENUM('queued', 'sending', 'sent', 'failed', 'skipped') NOT NULL DEFAULT 'queued',
      reason VARCHAR(32) CHARACTER SET ascii NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      sent_at DATETIME(6) NULL,
      PRIMARY KEY (order_id, version, user_id),
      UNIQUE KEY order_notices_task (task_id),
      KEY order_notices_user (user_id, created_at),
      KEY order_notices_age (created_at)
    )""",
    # What was answered to a request that carried this key: written with its effect, kept a day.
    """
    CREATE TABLE idempotency (
      user_id BIGINT UNSIGNED NOT NULL,
      name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      request CHAR(64) CHARACTER SET ascii NOT NULL,
      answer MEDIUMTEXT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      PRIMARY KEY (user_id, name),
      KEY idempotency_age (created_at)
    )""",
)


def upgrade() -> None:
    """Add the columns and tables."""
    op.execute("ALTER TABLE houses " + ", ".join(f"ADD COLUMN {column}" for column in HOUSE_COLUMNS))
    for table in TABLES:
        op.execute(table + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci")


def downgrade() -> None:
    """Drop them."""
    for table in (
        "idempotency", "order_notices", "refunds", "payment_notices", "payments", "order_events", "orders",
        "house_prices",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    for column in HOUSE_COLUMNS:
        op.execute(f"ALTER TABLE houses DROP COLUMN {column.split()[0]}")
