-- How often the host changed what they say of a live, and what their app keeps with it, a JSON object. Both
-- columns come in one statement, so one of them is there if and only if both are.
SET @change = (
    SELECT IF(
        COUNT(*) = 0,
        'ALTER TABLE lives ADD COLUMN version BIGINT NOT NULL DEFAULT 1, ADD COLUMN metadata VARCHAR(4096) NOT NULL DEFAULT ''{}''',
        'DO 0'
    )
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'lives' AND column_name = 'version'
);
PREPARE change_of_table FROM @change;
EXECUTE change_of_table;
DEALLOCATE PREPARE change_of_table;
-- What a host may prepare before they go live has the values that hold if they say nothing.
UPDATE lives SET kind = 'live', device = 2 WHERE live_at IS NULL AND ended_at IS NULL AND kind = '';
