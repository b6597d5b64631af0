//! The composition root: puts the parts together, used by `main` and by the tests.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App as Site, HttpServer, rt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Notify;

use crate::background;
use crate::clock::Clock;
use crate::cloud::{
    CoverBucket, ImAdmin, LinkKey, LinkSigner, LiveDomain, LiveUrls, SigningKey, UserSigner,
    demo_key,
};
use crate::domain::{AppId, MicPolicy, Rules, Uid};
use crate::error::{Error, Fault};
use crate::http::{
    self, Callbacks, Doorway, LoginGuard, RequestSign, Services, Trust, TrustedProxies,
};
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::rooms::{Homes, Rooms};
use crate::secret::Secret;
use crate::sessions::Sessions;
use crate::settings::{self, Settings};
use crate::store::Store;
use crate::wire::recording::{PlayUrlForm, RecordIndex, TotalForm};

/// How long a request's body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// How long an idle connection is kept. Clients beat every 5 or 10 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long requests in flight get to finish when the server stops.
const STOP_PATIENCE_S: u64 = 10;

/// Connections of operators at once.
const OPERATORS: usize = 64;

/// Open files beside those of connections: the database, the log, what threads need.
const OTHER_FILES: u64 = 256;

/// The server, listening.
pub struct App {
    services: Data<Services>,
    server: Server,
    listening: SocketAddr,
    /// What operators ask, and where.
    ops: Option<(Server, SocketAddr)>,
}

impl App {
    /// Opens the database, brings its open rooms back to life, and listens. Needs a running actix
    /// system.
    ///
    /// # Errors
    /// What stands in the way, for whoever starts the server.
    pub async fn start(settings: &Settings) -> Result<Self, Fault> {
        let homes = Homes::Own(cores());
        let services = Data::new(assemble(settings, Clock::system(), homes).await?);
        let listening = |cause| Fault::new("listening on http.listen", cause);
        let listener = TcpListener::bind(settings.http.listen).map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let server = listen(&settings.http, listener, services.clone()).map_err(listening)?;
        let ops = listen_for_operators(&settings.ops, &services)
            .map_err(|cause| Fault::new("listening on ops.listen", cause))?;
        Ok(Self {
            services,
            server,
            listening: address,
            ops,
        })
    }

    /// The address it listens on; the port is a real one even if 0 was asked for.
    pub fn listening(&self) -> SocketAddr {
        self.listening
    }

    /// The address at which operators ask, if there is one.
    pub fn listening_for_operators(&self) -> Option<SocketAddr> {
        self.ops.as_ref().map(|(_, address)| *address)
    }

    /// What stops the server gracefully.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped, then puts on record what nobody waited for.
    ///
    /// # Errors
    /// If a worker cannot go on, or something is not on record.
    pub async fn run(self) -> Result<(), Fault> {
        let stop = Arc::new(Notify::new());
        let keeping = rt::spawn(background::keep(self.services.clone(), Arc::clone(&stop)));
        let ops = self.ops.map(|(server, _)| {
            let handle = server.handle();
            rt::spawn(server);
            handle
        });
        let served = self.server.await;
        // What it is about to put on record must not be dropped on the way.
        stop.notify_one();
        let kept = keeping.await;
        let flushed = background::flush(&self.services).await;
        // Last, so that the stop itself can be watched.
        if let Some(ops) = ops {
            ops.stop(false).await;
        }
        flushed?;
        kept.map_err(|panic| Fault::new("keeping the record", panic))?;
        served.map_err(|cause| Fault::new("serving", cause))
    }
}

/// Puts the parts together. Rooms that are open on record are alive when this returns.
///
/// # Errors
/// What stands in the way, for whoever starts the server.
pub async fn assemble(settings: &Settings, clock: Clock, homes: Homes) -> Result<Services, Fault> {
    let Settings {
        http,
        ops: _,
        store,
        rooms,
        accounts,
        compat,
        cloud,
        callback,
        cos,
        log: _,
    } = settings;
    let path = store.path();
    let store = Store::open(&path, store.writes_per_commit, clock.unix())?;
    let runs = store.open_runs().await.map_err(startup)?;
    let stream_grace = Duration::from_secs(rooms.stream_grace_s);
    let rooms = Rooms::start(rules(rooms), clock, homes);
    if !runs.is_empty() {
        tracing::info!(rooms = runs.len(), "open rooms are live again");
        rooms
            .open(runs)
            .await
            .map_err(|refusal| startup(refusal.into()))?;
        for (number, broadcast) in store.broadcasts().await.map_err(startup)? {
            rooms.show(number, broadcast);
        }
        // Whether their hosts have spoken since is not known: they get the whole grace again.
        for pending in store
            .pending_dismissals(clock.unix())
            .await
            .map_err(startup)?
        {
            let told = rooms.tell(pending).await;
            told.map_err(|refusal| startup(refusal.into()))?;
        }
    }
    let admins = accounts.admins.iter();
    let admins: Vec<_> = admins
        .map(|id| account("accounts.admins", id))
        .collect::<Result<_, _>>()?;
    for admin in &admins {
        if store.password_hash(admin).await.map_err(startup)?.is_none() {
            tracing::warn!(uid = %admin, "accounts.admins names an id that nobody has registered: register it before somebody else does");
        }
    }
    let idle = Duration::from_secs(accounts.token_idle_days * 24 * 60 * 60);
    Ok(Services {
        sessions: Sessions::new(store.clone(), clock, idle),
        store,
        rooms,
        // Each hash takes a core for its time; the other half is for everybody else.
        passwords: Passwords::new(
            accounts.argon2_memory_kib,
            accounts.argon2_passes,
            cores().div_ceil(2),
        )?,
        guard: Arc::new(LoginGuard::default()),
        signer: signer(cloud, &path)?,
        live_urls: live_urls(cloud),
        covers: covers(cos),
        links: links(cloud)?,
        im: if cloud.im_admin.is_empty() {
            None
        } else {
            let admin = account("cloud.im_admin", &cloud.im_admin)?;
            Some(ImAdmin::new(&cloud.im_url, admin))
        },
        clock,
        proxies: TrustedProxies::new(http.trusted_proxies.clone()),
        doorway: Doorway {
            max_body_bytes: http.max_body_bytes,
            body_patience: BODY_PATIENCE,
            request_sign: request_sign(http),
            admins,
            reserved: reserved(cloud)?,
            record_index: match compat.recordlist_index {
                settings::RecordlistIndex::Auto => RecordIndex::Auto,
                settings::RecordlistIndex::Offset => RecordIndex::Offset,
                settings::RecordlistIndex::Page => RecordIndex::Page,
            },
            record_total: match compat.recordlist_total {
                settings::RecordlistTotal::Number => TotalForm::Number,
                settings::RecordlistTotal::Text => TotalForm::Text,
            },
            viewer_keys_may_send: compat.viewer_keys_may_send,
            play_url: match compat.playurl {
                settings::PlayUrl::Array => PlayUrlForm::Array,
                settings::PlayUrl::Text => PlayUrlForm::Text,
            },
            stream_grace,
        },
        callbacks: Callbacks::new(trust(callback, cloud)?, callback.max_body_bytes),
        metrics: Metrics::default(),
    })
}

fn rules(rooms: &settings::Rooms) -> Rules {
    Rules {
        member_timeout: Duration::from_secs(rooms.member_timeout_s),
        host_timeout: Duration::from_secs(rooms.host_timeout_s),
        doubted_member_timeout: Duration::from_secs(rooms.doubted_member_timeout_s),
        doubted_host_timeout: Duration::from_secs(rooms.doubted_host_timeout_s),
        dismissal_grace: Duration::from_secs(rooms.dismissal_grace_s),
        mic_policy: match rooms.mic_policy {
            settings::MicPolicy::Open => MicPolicy::Open,
            settings::MicPolicy::Approve => MicPolicy::Approve,
        },
        mic_seats: rooms.mic_seats,
    }
}

fn request_sign(http: &settings::Http) -> Option<RequestSign> {
    let required = match http.request_sign {
        settings::RequestSign::Off => return None,
        settings::RequestSign::Optional => false,
        settings::RequestSign::Required => true,
    };
    Some(RequestSign {
        required,
        key: http.request_sign_key.clone(),
    })
}

fn listen(
    settings: &settings::Http,
    listener: TcpListener,
    services: Data<Services>,
) -> io::Result<Server> {
    let workers = if settings.workers == 0 {
        cores()
    } else {
        settings.workers
    };
    let site = move || Site::new().configure(http::configure(services.clone()));
    let server = HttpServer::new(site)
        .workers(workers)
        .max_connections(allowed(settings.max_connections).div_ceil(workers))
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(STOP_PATIENCE_S)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

/// Serves what operators ask, where the settings want it. An address that nobody set may be taken,
/// as by a second server on this machine: the server does its work without it.
fn listen_for_operators(
    ops: &settings::Ops,
    services: &Data<Services>,
) -> io::Result<Option<(Server, SocketAddr)>> {
    let Some(wanted) = ops.address() else {
        return Ok(None);
    };
    let listener = match TcpListener::bind(wanted) {
        Ok(listener) => listener,
        Err(cause) if ops.listen.is_none() => {
            tracing::warn!(%cause, "{wanted} is taken, so /metrics is not served; set ops.listen to another address, or to \"\"");
            return Ok(None);
        }
        Err(cause) => return Err(cause),
    };
    let address = listener.local_addr()?;
    let services = services.clone();
    let site = move || Site::new().configure(http::configure_ops(services.clone()));
    let server = HttpServer::new(site)
        .workers(1)
        .max_connections(OPERATORS)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(Some((server, address)))
}

/// So many of these connections as the system lets the process have. Each is an open file, and many
/// systems allow 1024 unless a process asks for more. A connection beyond waits to be accepted.
fn allowed(connections: usize) -> usize {
    let wanted = connections as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let mut files = limit.current.unwrap_or(u64::MAX);
    if files < most {
        let more = Rlimit {
            current: Some(most),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, more) {
            Ok(()) => files = most,
            Err(cause) => tracing::warn!(%cause, "more open files were not allowed"),
        }
    }
    if files >= wanted {
        return connections;
    }
    let fewer = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(connections);
    let fewer = fewer.clamp(1, connections);
    tracing::warn!(
        connections = fewer,
        "the system allows {files} open files, too few for http.max_connections = {connections}; raise ulimit -n"
    );
    fewer
}

fn trust(callback: &settings::Callback, cloud: &settings::Cloud) -> Result<Trust, Fault> {
    let unless_empty = |secret: &Secret| (!secret.is_empty()).then(|| secret.clone());
    let unsigned_from_loopback = callback.unsigned == settings::Unsigned::Loopback;
    if unsigned_from_loopback {
        tracing::warn!(
            "callbacks without a key are taken from this machine (--dev, callback.unsigned = \"loopback\"): only to try things, never with a proxy on this machine"
        );
    }
    Ok(Trust {
        unsigned_from_loopback,
        live_key: unless_empty(&callback.key),
        trtc_key: unless_empty(&callback.trtc_key),
        im_token: unless_empty(&callback.im_token),
        path_secret: unless_empty(&callback.path_secret),
        allow_from: callback.allow_from.clone(),
        apps: cloud.apps.iter().map(app_id).collect::<Result<_, _>>()?,
        grace_s: i64::try_from(callback.grace_s).unwrap_or(i64::MAX),
    })
}

fn app_id(app: &settings::App) -> Result<AppId, Fault> {
    AppId::new(app.appid.into()).ok_or_else(|| Fault::new("reading the settings", "an appid is 0"))
}

fn signer(cloud: &settings::Cloud, database: &std::path::Path) -> Result<UserSigner, Fault> {
    let odd = || Fault::new("reading the settings", "an appid is 0");
    let default = AppId::new(cloud.default_appid.into()).ok_or_else(odd)?;
    if cloud.apps.is_empty() {
        let path = database.with_added_extension("demo-key");
        let key = demo_key(&path)
            .map_err(|cause| Fault::new("keeping the demo key beside the database", cause))?;
        tracing::warn!(
            file = %path.display(),
            "no cloud.apps configured: UserSigs are made with a demo key and the cloud will refuse them"
        );
        return Ok(UserSigner::demo(default, key));
    }
    let app = |app: &settings::App| Ok((app_id(app)?, signing_key(app)?));
    Ok(UserSigner::configured(
        default,
        cloud.apps.iter().map(app).collect::<Result<_, Fault>>()?,
    ))
}

/// Accounts that have power in the cloud: with a signature for one, anybody could kick users and
/// destroy groups there. With the demo key no signature is good for anything.
fn reserved(cloud: &settings::Cloud) -> Result<Vec<Uid>, Fault> {
    let usual = (!cloud.apps.is_empty()).then_some("administrator");
    let configured = Some(cloud.im_admin.as_str()).filter(|admin| !admin.is_empty());
    let names = usual.into_iter().chain(configured);
    names.map(|id| account("cloud.im_admin", id)).collect()
}

fn account(key: &'static str, id: &str) -> Result<Uid, Fault> {
    Uid::parse(id).ok_or_else(|| Fault::new(key, format!("{id:?} is not an id")))
}

fn signing_key(app: &settings::App) -> Result<SigningKey, Fault> {
    match (&app.usersig_key, &app.usersig_private_key_file) {
        (Some(key), _) => Ok(SigningKey::Hmac(key.clone())),
        (None, Some(file)) => SigningKey::of_file(file).map_err(|cause| {
            let cause = format!("{}: {cause}", file.display());
            Fault::new("reading the private key of an app in cloud.apps", cause)
        }),
        (None, None) => Err(Fault::new("reading the settings", "an app has no secret")),
    }
}

fn live_urls(cloud: &settings::Cloud) -> LiveUrls {
    let domain = |name: &String, key: &Secret| LiveDomain {
        name: name.clone(),
        key: key.clone(),
    };
    let mut urls = LiveUrls::new(&cloud.biz_id, cloud.url_life_s);
    if !cloud.play_domain.is_empty() {
        let play = domain(&cloud.play_domain, &cloud.play_key);
        urls = urls.watched_at(play, cloud.play_https);
    }
    if !cloud.push_domain.is_empty() {
        urls = urls.sent_to(domain(&cloud.push_domain, &cloud.push_key));
    }
    urls
}

fn links(cloud: &settings::Cloud) -> Result<LinkSigner, Fault> {
    let odd = || {
        Fault::new(
            "reading the settings",
            "an appid is 0 or a link_key not a key",
        )
    };
    let appid = |number: u32| AppId::new(number.into()).ok_or_else(odd);
    let signing = cloud.apps.iter().filter(|app| !app.link_key.is_empty());
    let keys = signing.map(|app| {
        let key = LinkKey::parse(app.link_key.expose()).ok_or_else(odd)?;
        Ok((appid(app.appid)?, key))
    });
    Ok(LinkSigner::new(
        appid(cloud.default_appid)?,
        keys.collect::<Result<_, Fault>>()?,
    ))
}

fn covers(cos: &settings::Cos) -> Option<CoverBucket> {
    if cos.anonymous {
        tracing::warn!(
            "cos.anonymous: anybody may put pictures into the bucket of covers; use a key that may do nothing else"
        );
    }
    cos.is_configured().then(|| CoverBucket {
        appid: cos.appid.clone(),
        secret_id: cos.secret_id.clone(),
        secret_key: cos.secret_key.clone(),
        bucket: cos.bucket.clone(),
        region: cos.region.clone(),
        anonymous: cos.anonymous,
    })
}

fn startup(error: Error) -> Fault {
    error.into_fault("starting")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_no_rules_for_rooms_has_the_usual_ones() {
        assert_eq!(rules(&settings::Rooms::default()), Rules::USUAL);
    }
}
