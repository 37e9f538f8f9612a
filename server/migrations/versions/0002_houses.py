"""Areas, facilities, identities, houses with pictures, words and nights, reviews."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE areas (
      id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
      name VARCHAR(32) NOT NULL,
      name_en VARCHAR(32) NOT NULL,
      online_count INT UNSIGNED NOT NULL DEFAULT 0
    )""",
    """
    CREATE TABLE facilities (
      id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
      name VARCHAR(32) NOT NULL,
      name_en VARCHAR(32) NOT NULL,
      icon VARCHAR(24) CHARACTER SET ascii NOT NULL
    )""",
    """
    CREATE TABLE identities (
      user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      sealed_real_name VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      sealed_id_number VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      id_number_index CHAR(64) CHARACTER SET ascii NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY identities_number (id_number_index)
    )""",
    # facility_mask (bit n for facility n + 1) and search_text (what `q` looks through) repeat other columns and
    # tables for the search, so that it filters inside its index. The keys end with what the search filters by:
    # a row that does not match is skipped without being fetched.
    """
    CREATE TABLE houses (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      owner_id BIGINT UNSIGNED NOT NULL,
      area_id SMALLINT UNSIGNED NOT NULL,
      title VARCHAR(64) NOT NULL,
      address VARCHAR(128) NOT NULL,
      price_fen INT UNSIGNED NOT NULL,
      deposit_fen INT UNSIGNED NOT NULL,
      room_count SMALLINT UNSIGNED NOT NULL,
      acreage SMALLINT UNSIGNED NOT NULL,
      layout VARCHAR(32) NOT NULL,
      capacity SMALLINT UNSIGNED NOT NULL,
      beds VARCHAR(64) NOT NULL,
      min_nights SMALLINT UNSIGNED NOT NULL,
      max_nights SMALLINT UNSIGNED NOT NULL,
      order_count INT UNSIGNED NOT NULL DEFAULT 0,
      rating_sum INT UNSIGNED NOT NULL DEFAULT 0,
      rating_count INT UNSIGNED NOT NULL DEFAULT 0,
      status ENUM('draft', 'online', 'offline') NOT NULL DEFAULT 'draft',
      version INT UNSIGNED NOT NULL DEFAULT 1,
      calendar_version INT UNSIGNED NOT NULL DEFAULT 0,
      facility_mask INT UNSIGNED NOT NULL,
      search_text VARCHAR(256) COLLATE utf8mb4_bin NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      KEY houses_owner (owner_id),
      KEY houses_new (status, id, price_fen, capacity, room_count, facility_mask, min_nights, max_nights),
      KEY houses_booking
        (status, order_count, id, price_fen, capacity, room_count, facility_mask, min_nights, max_nights),
      KEY houses_price (status, price_fen, id, capacity, room_count, facility_mask, min_nights, max_nights),
      KEY houses_area_new
        (status, area_id, id, price_fen, capacity, room_count, facility_mask, min_nights, max_nights),
      KEY houses_area_booking
        (status, area_id, order_count, id, price_fen, capacity, room_count, facility_mask, min_nights, max_nights),
      KEY houses_area_price
        (status, area_id, price_fen, id, capacity, room_count, facility_mask, min_nights, max_nights)
    )""",
    """
    CREATE TABLE house_facilities (
      house_id BIGINT UNSIGNED NOT NULL,
      facility_id SMALLINT UNSIGNED NOT NULL,
      PRIMARY KEY (house_id, facility_id)
    )""",
    # The pairs of neighbouring characters in search_text: MariaDB's full text search knows no Chinese.
    """
    CREATE TABLE house_words (
      word VARCHAR(2) COLLATE utf8mb4_bin NOT NULL,
      house_id BIGINT UNSIGNED NOT NULL,
      PRIMARY KEY (word, house_id)
    )""",
    # Position 0 is the cover. `variants` is NULL until the worker has made them.
    """
    CREATE TABLE house_images (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      house_id BIGINT UNSIGNED NOT NULL,
      position SMALLINT UNSIGNED NOT NULL,
      object_key VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      width SMALLINT UNSIGNED NOT NULL,
      height SMALLINT UNSIGNED NOT NULL,
      preview VARCHAR(1500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      variants JSON NULL,
      task_id VARCHAR(64) CHARACTER SET ascii NOT NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      UNIQUE KEY house_images_position (house_id, position)
    )""",
    # One row a night that is not free: a night cannot be given away twice, whatever the code does.
    """
    CREATE TABLE house_nights (
      house_id BIGINT UNSIGNED NOT NULL,
      night DATE NOT NULL,
      order_id BIGINT UNSIGNED NULL,
      kind ENUM('order', 'block', 'ical') NOT NULL,
      PRIMARY KEY (house_id, night)
    )""",
    """
    CREATE TABLE reviews (
      order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
      house_id BIGINT UNSIGNED NOT NULL,
      guest_id BIGINT UNSIGNED NOT NULL,
      rating TINYINT UNSIGNED NOT NULL,
      comment VARCHAR(1000) NOT NULL,
      reply VARCHAR(1000) NULL,
      created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
      replied_at DATETIME(6) NULL,
      KEY reviews_house (house_id, created_at),
      CONSTRAINT reviews_rating CHECK (rating BETWEEN 1 AND 5)
    )""",
)
AREAS = (
    (1, "东城区", "Dongcheng"),
    (2, "西城区", "Xicheng"),
    (3, "朝阳区", "Chaoyang"),
    (4, "海淀区", "Haidian"),
    (5, "昌平区", "Changping"),
    (6, "丰台区", "Fengtai"),
    (7, "房山区", "Fangshan"),
    (8, "通州区", "Tongzhou"),
    (9, "顺义区", "Shunyi"),
    (10, "大兴区", "Daxing"),
    (11, "怀柔区", "Huairou"),
    (12, "平谷区", "Pinggu"),
    (13, "密云区", "Miyun"),
    (14, "延庆区", "Yanqing"),
    (15, "石景山区", "Shijingshan"),
    (16, "门头沟区", "Mentougou"),
)
FACILITIES = (
    (1, "无线网络", "Wi-Fi", "wifi"),
    (2, "热水淋浴", "Hot shower", "shower"),
    (3, "空调", "Air conditioning", "aircon"),
    (4, "暖气", "Heating", "heating"),
    (5, "允许吸烟", "Smoking allowed", "smoking"),
    (6, "饮水设备", "Drinking water", "water"),
    (7, "牙具", "Toothbrush", "toothbrush"),
    (8, "香皂", "Soap", "soap"),
    (9, "拖鞋", "Slippers", "slippers"),
    (10, "手纸", "Toilet paper", "paper"),
    (11, "毛巾", "Towels", "towel"),
    (12, "沐浴露、洗发露", "Shower gel and shampoo", "shampoo"),
    (13, "冰箱", "Fridge", "fridge"),
    (14, "洗衣机", "Washing machine", "washer"),
    (15, "电梯", "Lift", "lift"),
    (16, "允许做饭", "Cooking allowed", "cooking"),
    (17, "允许带宠物", "Pets allowed", "pets"),
    (18, "允许聚会", "Parties allowed", "party"),
    (19, "门禁系统", "Entry system", "entry"),
    (20, "停车位", "Parking", "parking"),
    (21, "有线网络", "Wired internet", "wired"),
    (22, "电视", "Television", "tv"),
    (23, "浴缸", "Bathtub", "bathtub"),
)


def upgrade() -> None:
    """Create the tables, and the rows that are the same everywhere."""
    for table in TABLES:
        op.execute(table + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci")
    for area in AREAS:
        op.execute("INSERT INTO areas (id, name, name_en) VALUES ({}, '{}', '{}')".format(*area))  # noqa: S608 - ours
    for facility in FACILITIES:
        op.execute(
            "INSERT INTO facilities (id, name, name_en, icon) VALUES ({}, '{}', '{}', '{}')".format(*facility)  # noqa: S608
        )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "reviews", "house_nights", "house_images", "house_words", "house_facilities", "houses", "identities",
        "facilities", "areas",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
