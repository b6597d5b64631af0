DROP TABLE recordings;
DROP TABLE announcements;
DROP TABLE lives;
DROP TABLE rooms;
DROP TABLE sessions;
DROP TABLE accounts;
