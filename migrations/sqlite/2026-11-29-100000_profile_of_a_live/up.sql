-- How often the host changed what they say of a live, and what their app keeps with it, a JSON object.
ALTER TABLE lives ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE lives ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
-- What a host may prepare before they go live has the values that hold if they say nothing.
UPDATE lives SET kind = 'live', device = 2 WHERE live_at IS NULL AND ended_at IS NULL AND kind = '';
