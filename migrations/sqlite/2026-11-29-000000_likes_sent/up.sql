-- The likes that members sent here. Those in `likes` are counted by the host's client.
ALTER TABLE lives ADD COLUMN likes_sent BIGINT NOT NULL DEFAULT 0;
