-- The likes that members sent here. Those in `likes` are counted by the host's client.
-- Only MariaDB has ADD COLUMN IF NOT EXISTS, and a start that was killed comes here again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE lives ADD COLUMN likes_sent BIGINT NOT NULL DEFAULT 0', 'DO 0')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'lives' AND column_name = 'likes_sent'
);
PREPARE change_of_table FROM @change;
EXECUTE change_of_table;
DEALLOCATE PREPARE change_of_table;
