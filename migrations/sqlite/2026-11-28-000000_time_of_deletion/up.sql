-- When a file was marked as deleted, so that the mark can be forgotten when no report of it can come any
-- more. Nobody knows when the earlier ones were, so their time begins now.
ALTER TABLE deleted_files ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;
UPDATE deleted_files SET deleted_at = unixepoch();
CREATE INDEX deleted_files_by_time ON deleted_files (deleted_at);
