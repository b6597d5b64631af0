-- The number from which the next room gets its own: MySQL 5.7 forgets the last one when it is started again, and
-- would give numbers out twice that were kept free, or begin with 1.
CREATE TABLE IF NOT EXISTS room_numbers (
    id INTEGER NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;
INSERT IGNORE INTO room_numbers (id, next) VALUES (1, 10001);
