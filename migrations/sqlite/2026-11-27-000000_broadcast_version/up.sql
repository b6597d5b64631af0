-- Which of two broadcasts of a room is the newer one. It counts within the transaction that changes what
-- the room shows, and so holds also where several transactions run at once.
ALTER TABLE rooms ADD COLUMN broadcast_version BIGINT NOT NULL DEFAULT 0;
