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
    }
}

diesel::table! {
    rooms (roomnum) {
        roomnum -> BigInt,
        host -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        uid -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
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
    lives,
    recordings,
    rooms,
    sessions,
);
