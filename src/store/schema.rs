// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (uid) {
        uid -> Text,
        password_hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    announcements (roomnum, uid, name) {
        roomnum -> BigInt,
        uid -> Text,
        name -> Text,
        kind -> BigInt,
        cover -> Text,
        announced_at -> BigInt,
    }
}

diesel::table! {
    deleted_files (file_id) {
        file_id -> Text,
        deleted_at -> BigInt,
    }
}

diesel::table! {
    file_reports (file_id, sender) {
        file_id -> Text,
        sender -> Text,
        roomnum -> Nullable<BigInt>,
        stream -> Nullable<Text>,
        video_id -> Text,
        url -> Text,
        cover -> Text,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        made_at -> Nullable<BigInt>,
        duration_s -> Nullable<BigInt>,
        file_bytes -> Nullable<BigInt>,
        received_at -> BigInt,
    }
}

diesel::table! {
    inbox (id) {
        id -> BigInt,
        sender -> Text,
        event -> Text,
        dedupe_key -> Text,
        fact -> Text,
        state -> Text,
        roomnum -> Nullable<BigInt>,
        stream -> Nullable<Text>,
        file_id -> Nullable<Text>,
        happened_at -> Nullable<BigInt>,
        received_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    lives (id) {
        id -> BigInt,
        roomnum -> BigInt,
        host -> Text,
        opened_at -> BigInt,
        live_at -> Nullable<BigInt>,
        title -> Text,
        cover -> Text,
        kind -> Text,
        appid -> Nullable<BigInt>,
        device -> Integer,
        videotype -> Integer,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        peak_members -> BigInt,
        total_members -> BigInt,
        likes -> BigInt,
        likes_sent -> BigInt,
        version -> BigInt,
        metadata -> Text,
    }
}

diesel::table! {
    pushes (stream, sequence) {
        stream -> Text,
        sequence -> Text,
        started_at -> Nullable<BigInt>,
        stopped_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    recordings (id) {
        id -> BigInt,
        file_id -> Text,
        uid -> Text,
        name -> Text,
        title -> Text,
        cover -> Text,
        kind -> Nullable<BigInt>,
        video_id -> Text,
        play_url -> Text,
        created_at -> BigInt,
        file_bytes -> BigInt,
        duration_s -> BigInt,
        roomnum -> Nullable<BigInt>,
    }
}

diesel::table! {
    rooms (roomnum) {
        roomnum -> BigInt,
        host -> Text,
        created_at -> BigInt,
        adopted -> Bool,
        broadcast_version -> BigInt,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        uid -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    streams (stream) {
        stream -> Text,
        roomnum -> Nullable<BigInt>,
        picture_url -> Text,
        picture_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(announcements -> rooms (roomnum));
diesel::joinable!(lives -> accounts (host));
diesel::joinable!(lives -> rooms (roomnum));
diesel::joinable!(rooms -> accounts (host));
diesel::joinable!(sessions -> accounts (uid));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    announcements,
    deleted_files,
    file_reports,
    inbox,
    lives,
    pushes,
    recordings,
    rooms,
    sessions,
    streams,
);
