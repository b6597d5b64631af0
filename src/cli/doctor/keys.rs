//! What `zaibo doctor` finds at the keys: those that zaibo signs with, and those by which it knows the
//! senders of the cloud.

use std::path::Path;

use crate::cloud::SigningKey;
use crate::settings::{App, Callback, Cloud, Store, Unsigned};
use crate::store::Finding;
use crate::tls::others_can_read;

/// The keys of the apps.
pub(super) fn of_apps(cloud: &Cloud) -> Vec<Finding> {
    if cloud.apps.is_empty() {
        return vec![Finding::warn(
            "apps",
            "cloud.apps is empty: signatures are made with a demo key, and the cloud refuses them",
        )];
    }
    let apps = cloud.apps.iter().map(of_app);
    apps.chain(of_default_app(cloud)).collect()
}

/// The app of logins that name none, if it has no key.
fn of_default_app(cloud: &Cloud) -> Option<Finding> {
    let (default, first) = (cloud.default_appid, cloud.apps.first()?.appid);
    let is_there = cloud.apps.iter().any(|app| app.appid == default);
    (!is_there).then(|| {
        let text = format!(
            "cloud.default_appid is {default}, which is not in cloud.apps: a login that names no app gets a UserSig for the first one there, {first}; set cloud.default_appid to the app of such clients"
        );
        Finding::warn("apps", text)
    })
}

fn of_app(app: &App) -> Finding {
    let id = app.appid;
    match &app.usersig_private_key_file {
        Some(file) if app.usersig_key.is_none() => of_file(id, file),
        _ => Finding::ok("apps", format!("app {id} has a key")),
    }
}

fn of_file(id: u32, file: &Path) -> Finding {
    let name = file.display();
    if let Err(cause) = SigningKey::from_file(file) {
        return Finding::fail("apps", format!("app {id}: {name}: {cause}"));
    }
    if others_can_read(file) {
        let text =
            format!("app {id}: others on this machine can read its private key; chmod 600 {name}");
        return Finding::warn("apps", text);
    }
    Finding::ok("apps", format!("app {id} has a private key in {name}"))
}

/// The file with the password of the database.
pub(super) fn of_database(store: &Store) -> Option<Finding> {
    let file = &store.password_file;
    (!file.is_empty() && others_can_read(Path::new(file))).then(|| {
        let text = format!(
            "others on this machine can read the password of the database; chmod 600 {file}"
        );
        Finding::warn("settings", text)
    })
}

/// The keys of the senders.
pub(super) fn of_callbacks(callback: &Callback) -> Vec<Finding> {
    let mut findings = Vec::new();
    let local = callback.unsigned == Unsigned::Loopback;
    if local {
        findings.push(Finding::warn(
            "callbacks",
            "what comes from this machine without a key is taken (--dev, callback.unsigned = \"loopback\"): only for trials, never with a proxy on this machine",
        ));
    }
    // TRTC's are never taken without its key, not even from this machine.
    for (sender, key, is_set, local) in [
        (
            "live streaming",
            "callback.key",
            !callback.key.is_empty(),
            local,
        ),
        (
            "TRTC",
            "callback.trtc_key",
            !callback.trtc_key.is_empty(),
            false,
        ),
        (
            "Chat",
            "callback.im_token",
            !callback.im_token.is_empty(),
            local,
        ),
        (
            "VOD",
            "callback.path_secret or callback.allow_from",
            knows_vod(callback),
            local,
        ),
    ] {
        findings.push(if is_set {
            Finding::ok("callbacks", format!("{sender} is known by {key}"))
        } else {
            let elsewhere = if local { " from elsewhere" } else { "" };
            Finding::warn(
                "callbacks",
                format!("{sender} has no key and is refused{elsewhere}; set {key} if you use it"),
            )
        });
    }
    if callback.path_secret.is_empty() && !(callback.key.is_empty() && callback.im_token.is_empty())
    {
        findings.push(Finding::warn(
            "callbacks",
            "the signatures of live streaming and Chat do not cover the body; set callback.path_secret too",
        ));
    }
    findings
}

fn knows_vod(callback: &Callback) -> bool {
    !callback.path_secret.is_empty() || !callback.allow_from.is_empty()
}
