DROP INDEX deleted_files_by_time;
ALTER TABLE deleted_files DROP COLUMN deleted_at;
