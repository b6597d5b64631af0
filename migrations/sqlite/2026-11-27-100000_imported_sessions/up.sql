-- When a session ends in any case, however often it is used. None: it lives as long as it is used.
ALTER TABLE sessions ADD COLUMN ends_at BIGINT;
