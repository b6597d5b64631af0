DROP TABLE IF EXISTS secrets, lock_stripes, write_lanes, serving, deleted_files, file_reports, pushes, streams,
    inbox, recordings, announcements, lives, rooms, sessions, accounts;
