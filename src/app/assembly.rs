//! The composition root: builds the parts of the server from the settings.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::Semaphore;

use super::background::JOBS;
use super::machine::cores;
use crate::clock::Clock;
use crate::cloud::{
    CoverBucket, ImAdmin, LinkKey, LinkSigner, LiveDomain, LiveUrls, SigningKey, UserSigner,
    kept_key, new_key,
};
use crate::domain::{AppId, Budget, InboxState, Retention, Rules, Sender, Uid};
use crate::error::{DATABASE, Error, Fault, Queue};
use crate::http::callbacks::{CallbackAuth, Callbacks, REFUSALS};
use crate::http::legacy::{CommandCounts, HttpConfig, Legacy};
use crate::http::v2::{Push, PushLimits, V2};
use crate::http::{CUTS, RequestSign, Shared, Site, TrustedProxies, Warnings};
use crate::metrics::{Known, Metrics};
use crate::own_streams::OwnStreams;
use crate::passwords::Passwords;
use crate::rooms::{FeedRules, History, RoomThreads, RoomsHandle, room_metrics};
use crate::secret::Secret;
use crate::service::{
    Budgets, GuestTokens, LoginGuard, Policy, REPEATED, ServerKey, ServerKeys, Service,
};
use crate::sessions::Sessions;
use crate::settings::{self, Settings};
use crate::store::Store;

/// Events of the cloud that may be ingested at once.
const EVENTS_AT_ONCE: usize = 256;

/// Builds the parts. When this returns, all rooms that are open in the database are running.
///
/// # Errors
/// The reason why the server cannot start, for the operator.
pub async fn assemble(
    settings: &Settings,
    clock: Clock,
    room_threads: RoomThreads,
) -> Result<Site, Fault> {
    let Settings {
        http,
        ops: _,
        store,
        rooms,
        push,
        accounts,
        guests,
        admin,
        compat,
        cloud,
        callback,
        cos,
        log: _,
    } = settings;
    let opening = store.opening();
    let opening = opening.map_err(|why| Fault::new("reading the settings", why))?;
    let retention = Retention {
        events_days: store.keep_events_days,
        unmatched_days: store.keep_unmatched_days,
    };
    let store = Store::open(&opening, clock)?;
    let lives = store.open_lives().map_err(startup)?;
    let stream_grace = Duration::from_secs(rooms.stream_grace_s);
    let creates_per_minute = rooms.creates_per_minute;
    let metrics = Metrics::default();
    show_known(&metrics);
    store.count_in(metrics.store());
    let own_streams = OwnStreams::new(clock);
    let rooms = RoomsHandle::start(
        rules(rooms),
        feed_rules(push),
        clock,
        Arc::clone(&own_streams),
        room_threads,
        room_metrics(&metrics),
    );
    if !lives.is_empty() {
        tracing::info!(
            rooms = lives.len(),
            "lives that were on air before the start go on"
        );
        rooms.open(lives).await.map_err(startup)?;
        for (number, broadcast) in store.broadcasts().map_err(startup)? {
            rooms.show(number, broadcast);
        }
        // A host may have refuted a dismissal before the restart, which is not known here. So each
        // host gets the whole grace period again.
        for pending in store
            .pending_dismissals(clock.unix())
            .await
            .map_err(startup)?
        {
            let told = rooms.tell(pending).await;
            told.map_err(startup)?;
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
    let service = Arc::new(Service {
        sessions: Sessions::new(store.clone(), clock, Arc::clone(&own_streams), idle),
        own_streams,
        signer: signer(cloud, &store)?,
        guests: guest_tokens(guests, &store)?,
        keys: server_keys(admin)?,
        store,
        rooms,
        // A hash keeps one core busy. Half of the cores stay free for other requests.
        passwords: Passwords::new(
            accounts.argon2_memory_kib,
            accounts.argon2_passes,
            cores().div_ceil(2),
        )?,
        login_guard: Arc::new(LoginGuard::default()),
        budgets: Budgets::new(
            accounts.registrations_per_minute,
            creates_per_minute,
            guests.per_minute,
            clock,
        ),
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
        metrics,
        ingest_places: Semaphore::new(EVENTS_AT_ONCE),
        policy: Policy {
            admins,
            reserved: reserved(cloud)?,
            viewer_keys_may_send: compat.viewer_keys_may_send,
            stream_grace,
            retention,
        },
    });
    let shared = Arc::new(Shared {
        service,
        proxies: TrustedProxies::new(http.trusted_proxies.clone()),
        warnings: Warnings::default(),
    });
    let auth = callback_auth(callback, cloud)?;
    Ok(Site {
        legacy: Data::new(Legacy {
            counts: CommandCounts::new(&shared.service.metrics),
            shared: Arc::clone(&shared),
            config: http_config(http, compat),
        }),
        v2: Data::new(V2::new(
            Arc::clone(&shared),
            http.max_body_bytes,
            request_sign(http),
            Push::new(push_limits(push), shared.service.metrics.push()),
        )),
        callbacks: Callbacks::new(Arc::clone(&shared), auth, callback.max_body_bytes),
        shared,
    })
}

/// Shows in the metrics what may happen, before it happens.
fn show_known(metrics: &Metrics) {
    let queues = Queue::ALL.map(Queue::as_str);
    let states = InboxState::ALL.map(InboxState::as_str);
    metrics.show(&Known {
        queues: &[queues.as_slice(), &[DATABASE]].concat(),
        budgets: &Budget::ALL.map(Budget::as_str),
        cuts: &CUTS,
        jobs: &JOBS,
        senders: &Sender::ALL.map(Sender::as_str),
        outcomes: &[states.as_slice(), &[REPEATED]].concat(),
        refusals: &REFUSALS,
    });
}

fn http_config(http: &settings::Http, compat: &settings::Compat) -> HttpConfig {
    HttpConfig {
        max_body_bytes: http.max_body_bytes,
        request_sign: request_sign(http),
        record_index: compat.recordlist_index,
        record_total: compat.recordlist_total,
        play_url: compat.playurl,
    }
}

fn rules(rooms: &settings::Rooms) -> Rules {
    Rules {
        member_timeout: Duration::from_secs(rooms.member_timeout_s),
        host_timeout: Duration::from_secs(rooms.host_timeout_s),
        suspect_member_timeout: Duration::from_secs(rooms.suspect_member_timeout_s),
        suspect_host_timeout: Duration::from_secs(rooms.suspect_host_timeout_s),
        dismissal_grace: Duration::from_secs(rooms.dismissal_grace_s),
        stream_grace: Duration::from_secs(rooms.stream_grace_s),
        mic_policy: rooms.mic_policy,
        mic_seats: rooms.mic_seats,
        max_guests: rooms.max_guests,
    }
}

fn push_limits(push: &settings::Push) -> PushLimits {
    PushLimits {
        sockets: push.max_sockets,
        streams: push.max_streams,
        opens_per_s: NonZeroU32::new(push.opens_per_s).unwrap_or(NonZeroU32::MIN),
        stall: Duration::from_secs(push.stall_s),
    }
}

fn feed_rules(push: &settings::Push) -> FeedRules {
    FeedRules {
        history: History {
            frames: push.history_events,
            bytes: push.history_bytes,
        },
        history_life: Duration::from_secs(push.history_keep_s),
        detail_members: push.detail_members,
        deliveries_per_s: push.deliveries_per_s,
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

fn callback_auth(
    callback: &settings::Callback,
    cloud: &settings::Cloud,
) -> Result<CallbackAuth, Fault> {
    let unless_empty = |secret: &Secret| (!secret.is_empty()).then(|| secret.clone());
    let unsigned_from_loopback = callback.unsigned == settings::Unsigned::Loopback;
    if unsigned_from_loopback {
        tracing::warn!(
            "callbacks without a key are taken from this machine (--dev, callback.unsigned = \"loopback\"): only for trials, never with a proxy on this machine"
        );
    }
    Ok(CallbackAuth {
        unsigned_from_loopback,
        live_key: unless_empty(&callback.key),
        trtc_key: unless_empty(&callback.trtc_key),
        im_token: unless_empty(&callback.im_token),
        path_secret: unless_empty(&callback.path_secret),
        allow_from: callback.allow_from.clone(),
        apps: cloud
            .apps
            .iter()
            .map(|app| app_id(app.appid))
            .collect::<Result<_, _>>()?,
        grace_s: i64::try_from(callback.grace_s).unwrap_or(i64::MAX),
    })
}

fn app_id(number: u32) -> Result<AppId, Fault> {
    AppId::new(number.into()).ok_or_else(|| Fault::new("reading the settings", "an appid is 0"))
}

fn signer(cloud: &settings::Cloud, store: &Store) -> Result<UserSigner, Fault> {
    let default = app_id(cloud.default_appid)?;
    if cloud.apps.is_empty() {
        let key = own_key("demo-key", store)?;
        tracing::warn!(
            "no cloud.apps configured: UserSigs are made with a demo key and the cloud will refuse them"
        );
        return Ok(UserSigner::demo(default, SigningKey::Hmac(key)));
    }
    let app = |app: &settings::App| Ok((app_id(app.appid)?, signing_key(app)?));
    Ok(UserSigner::configured(
        default,
        cloud.apps.iter().map(app).collect::<Result<_, Fault>>()?,
    ))
}

fn guest_tokens(guests: &settings::Guests, store: &Store) -> Result<Option<GuestTokens>, Fault> {
    let key = guests.enabled.then(|| own_key("guest-key", store));
    Ok(key.transpose()?.map(GuestTokens::new))
}

fn server_keys(admin: &settings::Admin) -> Result<ServerKeys, Fault> {
    let key = |key: &settings::Key| {
        let parts = key.hash().zip(key.rights());
        let refused = || Fault::new("reading the settings", "a key of admin.keys is none");
        let (hash, may) = parts.ok_or_else(refused)?;
        let name = key.name.clone();
        Ok(ServerKey { name, hash, may })
    };
    let keys = admin.keys.iter().map(key);
    Ok(ServerKeys::new(keys.collect::<Result<_, Fault>>()?))
}

/// A key that the server makes for itself and keeps with its data.
fn own_key(name: &str, store: &Store) -> Result<String, Fault> {
    let in_file = |file: PathBuf| {
        kept_key(&file).map_err(|cause| Fault::new("keeping a key beside the database", cause))
    };
    let make = || new_key().map_err(|cause| Fault::new("making a key", cause));
    store.secret(name, in_file, make)
}

/// Accounts with administrator rights in the cloud. With a signature for one of them, a user could
/// kick others and destroy groups there. A signature made with the demo key is worthless, so then
/// no account is reserved.
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
        (None, Some(file)) => SigningKey::from_file(file).map_err(|cause| {
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
    let signing = cloud.apps.iter().filter(|app| !app.link_key.is_empty());
    let keys = signing.map(|app| {
        let key = LinkKey::parse(app.link_key.expose())
            .ok_or_else(|| Fault::new("reading the settings", "a link_key is not a key"))?;
        Ok((app_id(app.appid)?, key))
    });
    Ok(LinkSigner::new(
        app_id(cloud.default_appid)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_no_rules_for_rooms_has_the_usual_ones() {
        assert_eq!(rules(&settings::Rooms::default()), Rules::USUAL);
        let feeds = feed_rules(&settings::Push::default());
        assert_eq!(feeds, FeedRules::USUAL);
    }
}
