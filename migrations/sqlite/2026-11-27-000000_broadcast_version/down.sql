ALTER TABLE rooms DROP COLUMN broadcast_version;
