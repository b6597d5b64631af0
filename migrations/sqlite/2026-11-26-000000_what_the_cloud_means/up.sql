-- Two states more: unplayable (a recording of a room here, and nobody says where to play it) and
-- pending (a dismissal that the room's host may still refute).
CREATE INDEX inbox_unplayable ON inbox (file_id) WHERE state = 'unplayable';
CREATE INDEX inbox_pending ON inbox (received_at) WHERE state = 'pending';

-- What was called done although nothing was listed for it.
UPDATE inbox SET state = 'unplayable'
WHERE fact = 'file' AND state = 'done'
    AND file_id IN (SELECT file_id FROM file_reports GROUP BY file_id HAVING MAX(url) = '')
    AND file_id NOT IN (SELECT file_id FROM deleted_files)
    AND file_id NOT IN (SELECT file_id FROM recordings);

-- A room shows a stream while any push of it is known to run.
DROP INDEX pushes_newest_first;
CREATE INDEX pushes_running ON pushes (stream, started_at)
    WHERE stopped_at IS NULL OR stopped_at < started_at;
CREATE INDEX pushes_stopped ON pushes (stream, stopped_at);

-- What the cloud dates is bounded by when it was told, from now on. What was dated further ahead
-- before would stand above everything that is true.
UPDATE inbox SET happened_at = received_at + 300 WHERE happened_at > received_at + 300;
UPDATE file_reports SET started_at = received_at + 300 WHERE started_at > received_at + 300;
UPDATE file_reports SET ended_at = received_at + 300 WHERE ended_at > received_at + 300;
UPDATE file_reports SET made_at = received_at + 300 WHERE made_at > received_at + 300;
UPDATE recordings
SET created_at = (SELECT MIN(f.received_at) FROM file_reports f WHERE f.file_id = recordings.file_id)
WHERE created_at >
    (SELECT MIN(f.received_at) + 300 FROM file_reports f WHERE f.file_id = recordings.file_id);
-- No row says when these were told. They came with some event of the inbox.
UPDATE pushes SET started_at = NULL WHERE started_at > (SELECT MAX(received_at) + 300 FROM inbox);
UPDATE pushes SET stopped_at = NULL WHERE stopped_at > (SELECT MAX(received_at) + 300 FROM inbox);
UPDATE streams SET picture_at = 0 WHERE picture_at > (SELECT MAX(received_at) + 300 FROM inbox);
