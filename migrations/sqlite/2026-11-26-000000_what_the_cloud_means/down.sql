-- Times that were bounded stay so: what they were before is in the bodies of the inbox.
DROP INDEX pushes_stopped;
DROP INDEX pushes_running;
CREATE INDEX pushes_newest_first ON pushes (stream, started_at DESC, sequence DESC);
DROP INDEX inbox_pending;
DROP INDEX inbox_unplayable;
UPDATE inbox SET state = 'done' WHERE state = 'unplayable';
UPDATE inbox SET state = 'kept' WHERE state = 'pending';
