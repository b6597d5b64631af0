-- Every event that a sender in the cloud told, once and for ever.
CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    sender TEXT NOT NULL, -- live, trtc, vod, im
    event TEXT NOT NULL, -- the sender's own word for it
    dedupe_key TEXT NOT NULL, -- the same for every repetition
    fact TEXT NOT NULL, -- what of it matters here: push, picture, file, deletion, presence, dismissal, nothing
    state TEXT NOT NULL, -- done, unmatched (no room yet), kept (nothing to do), due (to be tried again now)
    roomnum BIGINT, -- the room it names, or was matched to
    stream TEXT, -- the stream it names
    file_id TEXT, -- the file it tells of
    happened_at BIGINT, -- as the sender says
    received_at BIGINT NOT NULL,
    body TEXT NOT NULL -- what came, unchanged
);
CREATE UNIQUE INDEX inbox_once ON inbox (sender, dedupe_key);
CREATE INDEX inbox_waiting_for_room ON inbox (roomnum) WHERE state = 'unmatched';
CREATE INDEX inbox_waiting_for_stream ON inbox (stream) WHERE state = 'unmatched';
CREATE INDEX inbox_waiting_for_file ON inbox (file_id) WHERE state = 'unmatched';
CREATE INDEX inbox_due ON inbox (id) WHERE state = 'due';

-- Streams by name (the md5 of a stream code, or a whole id): whose they are, and their last picture.
CREATE TABLE streams (
    stream TEXT NOT NULL PRIMARY KEY,
    roomnum BIGINT, -- none until a room is known to send it
    picture_url TEXT NOT NULL DEFAULT '',
    picture_at BIGINT
);
CREATE INDEX streams_by_room ON streams (roomnum);

-- What is known of each push of a stream.
CREATE TABLE pushes (
    stream TEXT NOT NULL,
    sequence TEXT NOT NULL, -- the cloud's id of the push
    started_at BIGINT,
    stopped_at BIGINT,
    PRIMARY KEY (stream, sequence)
);
CREATE INDEX pushes_newest_first ON pushes (stream, started_at DESC, sequence DESC);

-- What each sender says of a recorded file. A recording is drawn from these, in whatever order they came.
CREATE TABLE file_reports (
    file_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    roomnum BIGINT,
    stream TEXT,
    video_id TEXT NOT NULL,
    url TEXT NOT NULL,
    cover TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    made_at BIGINT,
    duration_s BIGINT,
    file_bytes BIGINT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (file_id, sender)
);

-- Files that are gone. They stay unlisted whatever comes later.
CREATE TABLE deleted_files (
    file_id TEXT NOT NULL PRIMARY KEY
);

ALTER TABLE recordings ADD COLUMN roomnum BIGINT;
CREATE INDEX recordings_by_room ON recordings (roomnum);
-- Of two files made in one second the order must not depend on which was told first.
DROP INDEX recordings_newest_first;
DROP INDEX recordings_by_uid;
CREATE INDEX recordings_newest_first ON recordings (created_at DESC, file_id DESC);
CREATE INDEX recordings_by_uid ON recordings (uid, created_at DESC, file_id DESC);

-- Whether what the cloud told before the room was there has been given to it. A room that is
-- imported has 0, and is found by that.
ALTER TABLE rooms ADD COLUMN adopted BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX rooms_to_adopt ON rooms (roomnum) WHERE adopted = 0;
