//! Real proxies in front of the real server, with their default configuration and with the one in
//! the README. Each client has its own address in 127.0.0.0/8, and the proxies come from 127.0.0.1.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::programs::program;
use crate::raw::{Raw, Response, request};
use crate::server::{Server, Settings, TIMEOUT, eventually, number};

const NGINX: &str = include_str!("../../deploy/proxies/nginx.conf");
const HAPROXY: &str = include_str!("../../deploy/proxies/haproxy.cfg");
const CADDY: &str = include_str!("../../deploy/proxies/Caddyfile");
const COMPOSED: &str = include_str!("../../deploy/compose.Caddyfile");

/// The settings of a server without a proxy, except that doors without a key are closed and that
/// the log contains the address of every client.
const UNSET: &Settings = &[
    ("ZAIBO_CALLBACK__UNSIGNED", "refuse"),
    ("ZAIBO_LOG__FILTER", "debug"),
];

/// The settings of a server that trusts the proxies. Doors without a key are open to this machine.
const TRUSTING: &Settings = &[
    ("ZAIBO_HTTP__TRUSTED_PROXIES", "[\"127.0.0.1\"]"),
    ("ZAIBO_CALLBACK__UNSIGNED", "loopback"),
    ("ZAIBO_LOG__FILTER", "debug"),
];

/// A running proxy. It is killed when this is dropped.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

impl Proxy {
    /// Starts nginx with this text within its `http { … }`.
    fn nginx(config: &str, server: &Server) -> Option<Self> {
        let start = |file: &Path, config: &str| {
            let folder = file.parent().expect("a folder").display();
            let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {folder}/{kind};"))
                .join(" ");
            let config = format!(
                "daemon off; master_process off; pid {folder}/pid; error_log stderr;
                events {{}} http {{ access_log off; {paths} {config} }}"
            );
            fs::write(file, config).expect("a file");
            let mut nginx = program("nginx")?;
            nginx.arg("-p").arg(file.parent()?).arg("-c").arg(file);
            Some(nginx)
        };
        Self::start(
            config,
            "listen 80;",
            |at| format!("listen {at};"),
            server,
            start,
        )
    }

    fn haproxy(config: &str, server: &Server) -> Option<Self> {
        let start = |file: &Path, config: &str| {
            fs::write(file, config).expect("a file");
            let mut haproxy = program("haproxy")?;
            haproxy.arg("-db").arg("-f").arg(file);
            Some(haproxy)
        };
        Self::start(config, "bind :80", |at| format!("bind {at}"), server, start)
    }

    fn caddy(config: &str, server: &Server) -> Option<Self> {
        // The administration port of Caddy is off.
        let config = format!("{{\n    admin off\n}}\n{config}");
        let site = |at: SocketAddr| format!("http://:{}", at.port());
        Self::start(&config, "example.com", site, server, caddy)
    }

    /// Caddy as in the Compose file, with HTTPS and a certificate that it makes for itself.
    pub(crate) fn composed(server: &Server) -> Option<Self> {
        let here = "local_certs\n\tskip_install_trust\n\tadmin off\n\tauto_https disable_redirects";
        let config = COMPOSED
            .replace("email {$ACME_EMAIL}", here)
            .replace("zaibo:8080", "127.0.0.1:8080");
        let site = |at: SocketAddr| format!("https://localhost:{}", at.port());
        Self::start(&config, "{$SITES}", site, server, caddy)
    }

    /// Starts a proxy with a configuration in which only its own address and the server's address
    /// are replaced. `None` if the program is not installed.
    fn start(
        config: &str,
        listens: &str,
        listen_at: impl Fn(SocketAddr) -> String,
        server: &Server,
        start: impl Fn(&Path, &str) -> Option<Command>,
    ) -> Option<Self> {
        let address = free_address();
        let server = server.address().to_string();
        let mut config = config.to_owned();
        for (shown, real) in [(listens, listen_at(address)), ("127.0.0.1:8080", server)] {
            assert_eq!(config.matches(shown).count(), 1, "{shown} in {config}");
            config = config.replace(shown, &real);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = start(&folder.path().join("config"), &config)?;
        let log = File::create(folder.path().join("log")).expect("a file");
        command
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        let child = command.spawn().expect("a process");
        let mut proxy = Self {
            child,
            address,
            folder,
        };
        eventually("the proxy to listen", || {
            let ended = proxy.child.try_wait().expect("a child");
            assert_eq!(ended, None, "{}", proxy.log());
            TcpStream::connect_timeout(&address, TIMEOUT).ok()
        });
        Some(proxy)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("text")
    }

    /// Sends a body from 127.0.0.x, with additional headers.
    fn post(&self, x: u8, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, x));
        let mut raw = Raw::connect_from(from, self.address);
        raw.send(request("POST", path, headers, body));
        raw.response()
    }

    /// A stranger at 127.0.0.x reports without a signature that a group was destroyed. Returns the
    /// status.
    fn destroys_a_group(&self, x: u8, headers: &[(&str, &str)]) -> u16 {
        let path = "/callback/im?CallbackCommand=Group.CallbackAfterGroupDestroyed";
        self.post(x, path, headers, r#"{"GroupId":"10001"}"#).status
    }

    /// The code of a login from 127.0.0.x.
    fn login(&self, x: u8, headers: &[(&str, &str)], id: &str, password: &str) -> i64 {
        let body = json!({"id": id, "pwd": password}).to_string();
        let response = self.post(x, "/?svc=account&cmd=login", headers, &body);
        response.answer().code
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that starts Caddy with a configuration.
fn caddy(file: &Path, config: &str) -> Option<Command> {
    fs::write(file, config).expect("a file");
    let mut caddy = program("caddy")?;
    caddy.args(["run", "--adapter", "caddyfile", "--config"]);
    caddy.arg(file);
    Some(caddy)
}

/// An address with a port below those that the system assigns by itself, so that no other test gets
/// it before the proxy does.
pub(crate) fn free_address() -> SocketAddr {
    loop {
        let port = 20_000 + (process::id() as usize * 31 + number() * 7) % 10_000;
        let port = u16::try_from(port).expect("below 30 000");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The number of refused callbacks in the log that came from this client.
fn refused_from(server: &Server, client: &str) -> usize {
    let log = server.log();
    let end = format!("client={client}");
    let refusals = log.lines().filter(|line| line.contains("callback refused"));
    refusals.filter(|line| line.ends_with(&end)).count()
}

/// Checks that every client has its own address, and that no header of the client changes it.
fn clients_are_told_apart(server: &Server, proxy: &Proxy) {
    let claims: [&[(&str, &str)]; 7] = [
        &[],
        &[("X-Forwarded-For", "127.0.0.1")],
        &[("X-Forwarded-For", "203.0.113.9, 127.0.0.1")],
        &[("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "::1")],
        &[("X-Forwarded-For", "")],
        &[("X-Real-IP", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")],
        // A proxy does not pass on headers that `Connection` names.
        &[("Connection", "X-Forwarded-For")],
    ];
    for x in [2, 3] {
        for claim in claims {
            assert_eq!(proxy.destroys_a_group(x, claim), 403, "{claim:?}");
        }
        let client = format!("127.0.0.{x}");
        eventually("refusals in the log", || {
            (refused_from(server, &client) == claims.len()).then_some(())
        });
    }
    let owner = server.newcomer("owner");
    // A guesser spends the budget of their real address, whichever address they claim.
    let claims = (1..100).map(|n| format!("198.51.100.{n}"));
    let guesses = claims.map(|claim| {
        let headers = [("X-Forwarded-For", &*claim)];
        proxy.login(2, &headers, &owner.id, "guessed")
    });
    assert!(guesses.into_iter().any(|code| code == 10012));
    let right = crate::client::PASSWORD;
    assert_eq!(proxy.login(3, &[], &owner.id, right), 0);
}

/// Checks that every answer has an id of its own, which no header of the client chose.
fn ids_are_not_chosen_by_clients(proxy: &Proxy) {
    let claims: [&[(&str, &str)]; 4] = [
        &[],
        &[("X-Request-Id", "chosen-1")],
        &[("X-Request-Id", "chosen-1"), ("x-request-id", "chosen-2")],
        &[("X-Request-Id", "chosen-1"), ("Connection", "X-Request-Id")],
    ];
    let ids = claims.map(|claim| {
        let response = proxy.post(2, "/?svc=no&cmd=no", claim, "{}");
        response.answer().is(10001);
        response.header("x-request-id").to_owned()
    });
    for (at, id) in ids.iter().enumerate() {
        assert!(!id.is_empty() && !id.contains("chosen"), "{ids:?}");
        assert!(!ids[..at].contains(id), "{ids:?}");
    }
}

/// Checks that requests through a proxy that names no client count as unknown, and never as from
/// this machine.
fn clients_are_unknown(server: &Server, proxy: &Proxy) {
    for x in [1, 2, 3] {
        assert_eq!(proxy.destroys_a_group(x, &[]), 403);
    }
    eventually("refusals in the log", || {
        (refused_from(server, "unknown") == 3).then_some(())
    });
    let log = server.log();
    let warnings = log
        .lines()
        .filter(|line| line.contains("WARN") && line.contains("http.trusted_proxies"));
    let warnings: Vec<_> = warnings.collect();
    assert_eq!(warnings.len(), 1, "one a minute: {log}");
    assert!(warnings[0].contains("127.0.0.1"), "{}", warnings[0]);
}

/// Checks a server whose settings do not mention the proxy.
fn nothing_is_open(server: &Server, proxy: &Proxy) {
    assert_eq!(proxy.destroys_a_group(2, &[]), 403);
    server.logged("callback.im_token is not set");
    let mut raw = Raw::connect(proxy.address);
    raw.send(request("GET", "/metrics", &[], ""));
    assert_eq!(raw.response().status, 404);
}

/// nginx with only `proxy_pass`, as in most tutorials.
const PLAIN_NGINX: &str = "server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }";

#[test]
fn behind_a_plain_nginx_nothing_is_open_and_clients_are_one() {
    let server = Server::start(UNSET);
    let Some(proxy) = Proxy::nginx(PLAIN_NGINX, &server) else {
        return;
    };
    nothing_is_open(&server, &proxy);
    let server = Server::start(TRUSTING);
    let proxy = Proxy::nginx(PLAIN_NGINX, &server).expect("it is installed");
    clients_are_unknown(&server, &proxy);
}

#[test]
fn behind_a_plain_haproxy_nothing_is_open_and_clients_are_one() {
    let plain = HAPROXY.replace("    option forwardfor\n", "");
    assert_ne!(plain, HAPROXY);
    let server = Server::start(UNSET);
    let Some(proxy) = Proxy::haproxy(&plain, &server) else {
        return;
    };
    nothing_is_open(&server, &proxy);
    let server = Server::start(TRUSTING);
    let proxy = Proxy::haproxy(&plain, &server).expect("it is installed");
    clients_are_unknown(&server, &proxy);
}

#[test]
fn behind_nginx_as_the_readme_has_it_clients_are_told_apart() {
    let server = Server::start(TRUSTING);
    let Some(proxy) = Proxy::nginx(NGINX, &server) else {
        return;
    };
    ids_are_not_chosen_by_clients(&proxy);
    clients_are_told_apart(&server, &proxy);
}

#[test]
fn behind_an_nginx_that_names_ports_too_clients_are_told_apart() {
    let with_port = NGINX.replace("$proxy_add_x_forwarded_for", "$remote_addr:$remote_port");
    assert_ne!(with_port, NGINX);
    let server = Server::start(TRUSTING);
    let Some(proxy) = Proxy::nginx(&with_port, &server) else {
        return;
    };
    clients_are_told_apart(&server, &proxy);
}

#[test]
fn behind_haproxy_as_the_readme_has_it_clients_are_told_apart() {
    let server = Server::start(TRUSTING);
    let Some(proxy) = Proxy::haproxy(HAPROXY, &server) else {
        return;
    };
    ids_are_not_chosen_by_clients(&proxy);
    clients_are_told_apart(&server, &proxy);
}

#[test]
fn behind_caddy_as_the_readme_has_it_clients_are_told_apart() {
    let server = Server::start(TRUSTING);
    let Some(proxy) = Proxy::caddy(CADDY, &server) else {
        return;
    };
    ids_are_not_chosen_by_clients(&proxy);
    clients_are_told_apart(&server, &proxy);
}

#[test]
fn a_proxy_that_nobody_named_is_not_believed_and_mentioned_once() {
    let server = Server::start(UNSET);
    let Some(proxy) = Proxy::haproxy(HAPROXY, &server) else {
        return;
    };
    nothing_is_open(&server, &proxy);
    assert_eq!(proxy.destroys_a_group(3, &[]), 403);
    eventually("refusals in the log", || {
        (refused_from(&server, "127.0.0.1") == 2).then_some(())
    });
    let log = server.log();
    assert_eq!(log.matches("http.trusted_proxies").count(), 1, "{log}");
}

#[test]
fn the_readme_shows_the_configurations_that_are_tested() {
    let readmes = [
        include_str!("../../README.md"),
        include_str!("../../README.zh-CN.md"),
    ];
    for config in [NGINX, HAPROXY, CADDY] {
        for readme in readmes {
            assert!(readme.contains(config), "{config}");
        }
    }
}
