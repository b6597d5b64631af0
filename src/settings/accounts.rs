//! The section `[accounts]`: tokens, passwords, and who may do more than others.

use super::section::section;

section! {
    /// Tokens, passwords, and who may do more than others.
    pub struct Accounts in "accounts" {
        /// Days after which a token that was not used is refused.
        #[zh = "token 闲置多少天后失效"]
        pub token_idle_days: u64 = 7, in 1..=365;

        /// Memory that a new password hash (Argon2id) takes, in KiB.
        #[zh = "新密码哈希（Argon2id）占用的内存，单位 KiB"]
        pub argon2_memory_kib: u32 = 19456, in 8..=1 << 20;

        /// Passes that a new password hash makes over its memory.
        #[zh = "新密码哈希的迭代次数"]
        pub argon2_passes: u32 = 2, in 1..=16;

        /// Accounts that one IPv4 address or IPv6 /64 may register in a minute, ten minutes' worth of
        /// them at once; 0 means no limit. All clients behind a proxy that is not in
        /// `http.trusted_proxies` count as one.
        #[zh = "同一 IPv4 地址或 IPv6 /64 每分钟可注册的账号数，可一次用完十分钟的量；0 表示不限。\
                经过不在 `http.trusted_proxies` 中的代理，所有客户端算作一个"]
        pub registrations_per_minute: u32 = 120, in 0..=60_000;

        /// The ids of the users who may kick others out (`account/kickout`), as `["anna", "otto"]`.
        /// Register them before you name them here.
        #[zh = "可以踢人（`account/kickout`）的用户 id，如 `[\"anna\", \"otto\"]`；先注册，再写在这里"]
        pub admins: Vec<String> = Vec::new();
    }
}

impl Accounts {
    /// The same settings with another memory for password hashes.
    ///
    /// # Errors
    /// If it is out of range.
    pub fn with_hash_memory(&self, argon2_memory_kib: u32) -> Result<Self, String> {
        let changed = Self {
            argon2_memory_kib,
            ..self.clone()
        };
        changed.check_ranges().map(|()| changed)
    }
}
