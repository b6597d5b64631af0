-- The same tables as for SQLite. MySQL commits after each of these statements, so each can be repeated: a start
-- that was killed in the middle is simply started again.
--
-- Ids compare byte by byte. A uid never ends with a blank, so the padding of utf8mb4_bin does not matter; other
-- keys are bytes, because there 'k' and 'k ' are two. Times are whole seconds since 1970-01-01 UTC.

CREATE TABLE IF NOT EXISTS accounts (
    uid VARCHAR(32) NOT NULL PRIMARY KEY,
    password_hash VARCHAR(255) NOT NULL, -- Argon2id, PHC string
    created_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS sessions (
    token_hash BINARY(32) NOT NULL PRIMARY KEY, -- SHA-256 of the token; the token itself is kept nowhere
    uid VARCHAR(32) NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL, -- written back coarsely
    ends_at BIGINT, -- in any case, however often it is used; none: it lives as long as it is used
    INDEX sessions_by_uid (uid),
    INDEX sessions_by_last_use (last_used_at),
    FOREIGN KEY (uid) REFERENCES accounts (uid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS rooms (
    roomnum BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    host VARCHAR(32) NOT NULL,
    created_at BIGINT NOT NULL,
    adopted BOOLEAN NOT NULL DEFAULT 0,
    broadcast_version BIGINT NOT NULL DEFAULT 0,
    INDEX rooms_to_adopt (adopted),
    FOREIGN KEY (host) REFERENCES accounts (uid)
) ENGINE = InnoDB AUTO_INCREMENT = 10001 DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- One row for each run of a room, from its creation or revival to its end.
CREATE TABLE IF NOT EXISTS lives (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    roomnum BIGINT NOT NULL,
    host VARCHAR(32) NOT NULL,
    opened_at BIGINT NOT NULL,
    live_at BIGINT, -- when the host went live; what follows is set from then on
    title VARCHAR(512) NOT NULL DEFAULT '',
    cover VARCHAR(1024) NOT NULL DEFAULT '',
    kind VARCHAR(255) NOT NULL DEFAULT '',
    appid BIGINT,
    device INTEGER NOT NULL DEFAULT 0,
    videotype INTEGER NOT NULL DEFAULT 0,
    ended_at BIGINT,
    end_reason VARCHAR(32),
    peak_members BIGINT NOT NULL DEFAULT 0,
    total_members BIGINT NOT NULL DEFAULT 0,
    likes BIGINT NOT NULL DEFAULT 0,
    -- A host has one open live. MySQL has no index on a part of the rows, but NULLs are no duplicates.
    open_host VARCHAR(32) AS (IF(ended_at IS NULL, host, NULL)) VIRTUAL,
    UNIQUE INDEX one_open_live_per_host (open_host),
    INDEX lives_open (ended_at),
    -- With the end: an open live must be found without looking at, and so locking, any other row.
    INDEX lives_by_room (roomnum, ended_at),
    INDEX lives_by_host (host, ended_at),
    FOREIGN KEY (roomnum) REFERENCES rooms (roomnum),
    CONSTRAINT lives_host FOREIGN KEY (host) REFERENCES accounts (uid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- What hosts announced about the recordings of their rooms.
CREATE TABLE IF NOT EXISTS announcements (
    roomnum BIGINT NOT NULL,
    uid VARBINARY(128) NOT NULL,
    name VARBINARY(512) NOT NULL,
    kind BIGINT NOT NULL,
    cover VARCHAR(1024) NOT NULL,
    announced_at BIGINT NOT NULL,
    PRIMARY KEY (roomnum, uid, name),
    FOREIGN KEY (roomnum) REFERENCES rooms (roomnum)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS recordings (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    file_id VARBINARY(255) NOT NULL, -- the cloud's id of the file: each is kept once
    uid VARBINARY(128) NOT NULL,
    name VARCHAR(512) NOT NULL,
    title VARCHAR(512) NOT NULL,
    cover TEXT NOT NULL,
    kind BIGINT, -- as announced; none if nobody announced it
    video_id VARBINARY(255) NOT NULL,
    play_url TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    file_bytes BIGINT NOT NULL,
    duration_s BIGINT NOT NULL,
    roomnum BIGINT,
    UNIQUE INDEX recordings_once (file_id),
    INDEX recordings_newest_first (created_at, file_id),
    INDEX recordings_by_uid (uid, created_at, file_id),
    INDEX recordings_by_room (roomnum)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- Every event that a sender in the cloud told, once and for ever.
CREATE TABLE IF NOT EXISTS inbox (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    sender VARBINARY(16) NOT NULL, -- live, trtc, vod, im
    event VARBINARY(64) NOT NULL, -- the sender's own word for it
    dedupe_key VARBINARY(1024) NOT NULL, -- the same for every repetition
    fact VARBINARY(16) NOT NULL, -- what of it matters here
    state VARBINARY(16) NOT NULL,
    roomnum BIGINT, -- the room it names, or was matched to
    stream VARBINARY(320), -- the stream it names
    file_id VARBINARY(255), -- the file it tells of
    happened_at BIGINT, -- as the sender says
    received_at BIGINT NOT NULL,
    body LONGTEXT NOT NULL, -- what came, unchanged
    UNIQUE INDEX inbox_once (sender, dedupe_key),
    INDEX inbox_waiting_for_room (state, roomnum),
    INDEX inbox_waiting_for_stream (state, stream),
    INDEX inbox_waiting_for_file (state, file_id),
    INDEX inbox_by_time (state, received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- Streams by name (the md5 of a stream code, or a whole id): whose they are, and their last picture.
CREATE TABLE IF NOT EXISTS streams (
    stream VARBINARY(320) NOT NULL PRIMARY KEY,
    roomnum BIGINT, -- none until a room is known to send it
    picture_url VARCHAR(4096) NOT NULL DEFAULT '',
    picture_at BIGINT,
    INDEX streams_by_room (roomnum)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- What is known of each push of a stream.
CREATE TABLE IF NOT EXISTS pushes (
    stream VARBINARY(320) NOT NULL,
    sequence VARBINARY(255) NOT NULL, -- the cloud's id of the push
    started_at BIGINT,
    stopped_at BIGINT,
    PRIMARY KEY (stream, sequence),
    INDEX pushes_running (stream, started_at),
    INDEX pushes_stopped (stream, stopped_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- What each sender says of a recorded file.
CREATE TABLE IF NOT EXISTS file_reports (
    file_id VARBINARY(255) NOT NULL,
    sender VARBINARY(16) NOT NULL,
    roomnum BIGINT,
    stream VARBINARY(320),
    video_id VARBINARY(255) NOT NULL,
    url TEXT NOT NULL,
    cover TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    made_at BIGINT,
    duration_s BIGINT,
    file_bytes BIGINT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (file_id, sender)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- Files that are gone. They stay unlisted whatever comes later.
CREATE TABLE IF NOT EXISTS deleted_files (
    file_id VARBINARY(255) NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL,
    INDEX deleted_files_by_time (deleted_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- What only MySQL needs follows.

-- The server that serves this database. Each one that takes it over counts the epoch up.
CREATE TABLE IF NOT EXISTS serving (
    id INTEGER NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;
INSERT IGNORE INTO serving (id, epoch, host, pid) VALUES (1, 0, '', 0);

-- One row for each connection that writes. Each transaction counts the sequence of its connection up, in its
-- epoch: so a connection that was lost during a commit can be asked about, and a server that has lost the
-- database writes nothing more.
CREATE TABLE IF NOT EXISTS write_lanes (
    lane INTEGER NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- Rows to lock, each for a part of all names: see store/mysql/engine.rs.
CREATE TABLE IF NOT EXISTS lock_stripes (
    stripe INTEGER NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;

-- What SQLite's servers keep in files beside the database.
CREATE TABLE IF NOT EXISTS secrets (
    name VARBINARY(64) NOT NULL PRIMARY KEY,
    value VARBINARY(255) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC;
