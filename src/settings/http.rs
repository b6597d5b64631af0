//! The section `[http]`: the server that clients talk to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use super::check;
use super::section::section;
use crate::secret::Secret;

/// The address unless the settings name another one.
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Open files that the server needs beside one for each connection: the database, the log, and the
/// threads' own.
pub const OTHER_FILES: u64 = 256;

/// Open files that a server with so many connections and WebSockets needs.
pub const fn files_for(connections: usize, sockets: usize) -> u64 {
    (connections + sockets) as u64 + OTHER_FILES
}

/// The least number of connections. With fewer, clients would have to wait.
pub const LEAST_CONNECTIONS: usize = 64;

section! {
    /// The server that clients talk to.
    pub struct Http in "http" {
        /// Address and port that clients connect to.
        #[zh = "客户端连接的地址和端口"]
        #[serde(deserialize_with = "address")]
        pub listen: SocketAddr = DEFAULT;

        /// The certificate, and those of its issuers behind it, in a file of PEM. With this and
        /// `tls_key`, clients connect by HTTPS (TLS 1.2 or 1.3) and by nothing else. The files are read
        /// again on SIGHUP. Empty means plain HTTP.
        #[zh = "PEM 证书文件，后面接着签发者的证书。与 `tls_key` 一起设置后，客户端只能用 HTTPS（TLS 1.2 或 1.3）连接；\
                收到 SIGHUP 时重新读取这些文件。空表示明文 HTTP"]
        pub tls_cert: String = String::new();

        /// The private key of that certificate, in a file of PEM (PKCS#8, PKCS#1 or SEC1) without a
        /// password.
        #[zh = "该证书的私钥文件，PEM 格式（PKCS#8、PKCS#1 或 SEC1），不带密码"]
        pub tls_key: String = String::new();

        /// Worker threads; 0 means one per core.
        #[zh = "工作线程数；0 表示每核一个"]
        pub workers: usize = 0, in 0..=1024;

        /// Largest body of a request in bytes. A larger one is refused unread.
        #[zh = "请求体的最大字节数；更大的不读，直接拒绝"]
        pub max_body_bytes: usize = 65536, in 1024..=16 << 20;

        /// Connections at once; more wait to be accepted. When three quarters are taken, the
        /// connections that have been idle for longest are closed to make room.
        #[zh = "同时连接数，超出者排队；占用超过四分之三时，关闭空闲最久的连接，让出位置"]
        pub max_connections: usize = 20_000, in LEAST_CONNECTIONS..=1_000_000;

        /// Connections at once of one IPv4 address or IPv6 /64, never more than half of all; further
        /// ones are closed. 0 means no limit. This machine and trusted proxies are not counted.
        #[zh = "同一 IPv4 地址或 IPv6 /64 的同时连接数，最多为总数的一半，超出的连接会被关闭；\
                0 表示不限。本机和受信代理不计"]
        pub connections_per_peer: usize = 2000, in 0..=1_000_000;

        /// Networks of the proxies in front of the server, as `["127.0.0.1", "10.0.0.0/8"]`. Only
        /// their `X-Forwarded-For` is believed. All clients behind a proxy that is not named here
        /// count as one.
        #[zh = "前置代理的网段，如 `[\"127.0.0.1\", \"10.0.0.0/8\"]`；只信它们的 `X-Forwarded-For`。\
                经过未写在这里的代理，所有客户端算作一个"]
        #[serde(deserialize_with = "check::networks")]
        pub trusted_proxies: Vec<IpNet> = Vec::new();

        /// Whether clients sign their requests, as the API document describes: `"off"`, `"optional"` (a
        /// sign is checked where there is one) or `"required"`. `sign` is the md5 hex of path and query
        /// as sent, without the `sign` pair, followed by the key; `timeStamp` stands in the query too
        /// and is within 300 s of the server's clock. No published client signs.
        #[zh = "是否按文档校验请求签名：`\"off\"` 不校验，`\"optional\"` 有签名才校验，`\"required\"` 必须签名。\
                `sign` 是路径和查询串（去掉 `sign` 一项）加密钥的 md5 小写十六进制；`timeStamp` 也放在查询串里，\
                与服务器时钟相差不超过 300 秒。已发布的客户端都不签名"]
        pub request_sign: RequestSign = RequestSign::Off;

        /// The key that requests are signed with, the same for server and clients.
        #[zh = "请求签名的密钥，服务器与客户端相同"]
        #[serde(with = "check::secret")]
        pub request_sign_key: Secret = Secret::default();
    }
}

/// The files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// `http.tls_cert`: the certificate and its chain.
    pub certificate: PathBuf,
    /// `http.tls_key`: its private key.
    pub key: PathBuf,
}

/// Whether clients sign their requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestSign {
    /// Signs are not checked.
    Off,
    /// A sign is checked where there is one.
    Optional,
    /// A request without a sign is refused.
    Required,
}

fn address<'de, D: Deserializer<'de>>(value: D) -> Result<SocketAddr, D::Error> {
    let text = check::text_or_number(value)?;
    check::address(&text, DEFAULT).map_err(serde::de::Error::custom)
}

impl Http {
    /// The files of the certificate, if clients connect by HTTPS.
    pub fn tls_files(&self) -> Option<TlsFiles> {
        let are_set = !self.tls_cert.is_empty() && !self.tls_key.is_empty();
        are_set.then(|| TlsFiles {
            certificate: PathBuf::from(&self.tls_cert),
            key: PathBuf::from(&self.tls_key),
        })
    }

    /// Refuses to trust everybody, a certificate without its key, and to check signs without a key.
    pub(super) fn check(&self) -> Result<(), String> {
        for (missing, set, value, other) in [
            ("tls_key", "tls_cert", &self.tls_key, &self.tls_cert),
            ("tls_cert", "tls_key", &self.tls_cert, &self.tls_key),
        ] {
            if value.is_empty() && !other.is_empty() {
                return Err(format!(
                    "http.{missing}: is missing; http.{set} needs it, set both or none"
                ));
            }
        }
        let everybody = |network: &&IpNet| network.prefix_len() == 0;
        if let Some(network) = self.trusted_proxies.iter().find(everybody) {
            return Err(format!(
                "http.trusted_proxies: {network} is everybody; name the addresses of your proxies"
            ));
        }
        if self.request_sign != RequestSign::Off && self.request_sign_key.is_empty() {
            return Err(
                "http.request_sign_key: is empty, and http.request_sign needs a key".to_owned(),
            );
        }
        Ok(())
    }
}
