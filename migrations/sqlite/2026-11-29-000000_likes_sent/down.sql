ALTER TABLE lives DROP COLUMN likes_sent;
