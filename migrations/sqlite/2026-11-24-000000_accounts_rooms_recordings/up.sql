-- Ids compare byte by byte (SQLite's default): case, accents and blanks distinguish.
-- Times are whole seconds since 1970-01-01 UTC. Texts have no width: what is accepted is kept whole.

CREATE TABLE accounts (
    uid TEXT NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL, -- Argon2id, PHC string
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash BINARY NOT NULL PRIMARY KEY, -- SHA-256 of the token; the token itself is kept nowhere
    uid TEXT NOT NULL REFERENCES accounts (uid),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL -- written back coarsely
);
CREATE INDEX sessions_by_uid ON sessions (uid);
CREATE INDEX sessions_by_last_use ON sessions (last_used_at);

-- AUTOINCREMENT: a number that was given out is never given out again.
CREATE TABLE rooms (
    roomnum INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL REFERENCES accounts (uid),
    created_at BIGINT NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('rooms', 10000);

-- One row for each run of a room, from its creation or revival to its end.
CREATE TABLE lives (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    roomnum BIGINT NOT NULL REFERENCES rooms (roomnum),
    host TEXT NOT NULL REFERENCES accounts (uid),
    opened_at BIGINT NOT NULL,
    live_at BIGINT, -- when the host went live; what follows is set from then on
    title TEXT NOT NULL DEFAULT '',
    cover TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    appid BIGINT,
    device INTEGER NOT NULL DEFAULT 0,
    videotype INTEGER NOT NULL DEFAULT 0,
    ended_at BIGINT,
    end_reason TEXT,
    peak_members BIGINT NOT NULL DEFAULT 0,
    total_members BIGINT NOT NULL DEFAULT 0,
    likes BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_open_live_per_host ON lives (host) WHERE ended_at IS NULL;
CREATE INDEX lives_by_room ON lives (roomnum);

-- What hosts announced about the recordings of their rooms.
CREATE TABLE announcements (
    roomnum BIGINT NOT NULL REFERENCES rooms (roomnum),
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    kind BIGINT NOT NULL,
    cover TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    PRIMARY KEY (roomnum, uid, name)
);

CREATE TABLE recordings (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    file_id TEXT NOT NULL UNIQUE, -- the cloud's id of the file: each is kept once
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    cover TEXT NOT NULL,
    kind BIGINT, -- as announced; none if nobody announced it
    video_id TEXT NOT NULL,
    play_url TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    file_bytes BIGINT NOT NULL,
    duration_s BIGINT NOT NULL
);
CREATE INDEX recordings_newest_first ON recordings (created_at DESC, id DESC);
CREATE INDEX recordings_by_uid ON recordings (uid, created_at DESC, id DESC);
