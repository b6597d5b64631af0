//! The cloud's messaging service: signs users out, as an administrator of the app.

use std::time::Duration;

use form_urlencoded::Serializer;
use serde_json::{Value, json};
use ureq::Agent;

use super::usersig::SigningApp;
use crate::blocking_pool::BlockingPool;
use crate::domain::{ImTrouble, Uid};
use crate::error::Queue;

/// The longest wait for an answer of the service.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Requests that may run at once, and that may wait.
const AT_ONCE: usize = 4;
const IN_LINE: usize = 16;

/// The longest answer that is read, in bytes. A real one has about fifty.
const MAX_ANSWER: u64 = 16 * 1024;

/// The messaging service, and the administrator's account with which it is called. Addresses carry the
/// signature of that account, so they are never logged, and neither are errors of the HTTP client,
/// which may contain an address.
pub struct ImAdmin {
    url: String,
    admin: Uid,
    agent: Agent,
    blocking_pool: BlockingPool,
}

impl ImAdmin {
    /// The service at that address. `admin` must be an administrator of the apps.
    pub fn new(url: &str, admin: Uid) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            url: url.trim_end_matches('/').to_owned(),
            admin,
            agent: config.new_agent(),
            blocking_pool: BlockingPool::new(Queue::Messaging, AT_ONCE, IN_LINE),
        }
    }

    /// Signs a user of an app out: their signatures from before `now`, in seconds since 1970, become
    /// invalid.
    ///
    /// # Errors
    /// The reason why the user was not signed out, as far as it is known.
    pub async fn kick(&self, app: SigningApp<'_>, target: &Uid, now: i64) -> Result<(), ImTrouble> {
        let address = self.address("im_open_login_svc/kick", app, now);
        let body = json!({ "UserID": target.as_str() }).to_string();
        let agent = self.agent.clone();
        let asked = self.blocking_pool.run(move || ask(&agent, &address, &body));
        let answer = match tokio::time::timeout(TIMEOUT, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(ImTrouble::Unreachable.into()),
            Err(_) => Err(ImTrouble::Timeout.into()),
        };
        answer.map_err(|NotDone { trouble, error_code }| {
            tracing::warn!(uid = %target, reason = trouble.as_str(), error_code, "the messaging service did not sign a user out: here they are signed out, there they are not; kick them out again");
            trouble
        })
    }

    fn address(&self, command: &str, app: SigningApp<'_>, now: i64) -> String {
        let query = Serializer::new(String::new())
            .append_pair("sdkappid", &app.id().to_string())
            .append_pair("identifier", self.admin.as_str())
            .append_pair("usersig", &app.sign_for_own_use(&self.admin, now))
            // The only purpose of this parameter is to distinguish requests.
            .append_pair("random", &getrandom::u32().unwrap_or_default().to_string())
            .append_pair("contenttype", "json")
            .finish();
        format!("{}/v4/{command}?{query}", self.url)
    }
}

/// Why a request was not carried out.
#[derive(Debug, PartialEq)]
struct NotDone {
    trouble: ImTrouble,
    /// The service's own number, if it gave one.
    error_code: Option<i64>,
}

impl From<ImTrouble> for NotDone {
    fn from(trouble: ImTrouble) -> Self {
        Self {
            trouble,
            error_code: None,
        }
    }
}

/// Sends the request and waits for the answer. The service always uses status 200, so another status is
/// not from the service.
fn ask(agent: &Agent, address: &str, body: &str) -> Result<(), NotDone> {
    let answer = agent
        .post(address)
        .header("Content-Type", "application/json")
        .send(body)
        .and_then(|mut response| {
            if response.status() != 200 {
                return Ok(Vec::new());
            }
            let body = response.body_mut().with_config().limit(MAX_ANSWER);
            body.read_to_vec()
        });
    match answer {
        Ok(answer) => done(&answer),
        Err(ureq::Error::Timeout(_)) => Err(ImTrouble::Timeout.into()),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(ImTrouble::Refused.into()),
        Err(_) => Err(ImTrouble::Unreachable.into()),
    }
}

/// Success if the answer says that the request was carried out.
fn done(answer: &[u8]) -> Result<(), NotDone> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let error_code = answer["ErrorCode"].as_i64();
    if error_code == Some(0) && answer["ActionStatus"] == "OK" {
        return Ok(());
    }
    Err(NotDone {
        trouble: ImTrouble::Refused,
        error_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_says_so_means_done() {
        let said =
            |answer: &str| done(answer.as_bytes()).map_err(|why| (why.trouble, why.error_code));
        assert_eq!(
            said(r#"{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}"#),
            Ok(())
        );
        for (answer, error_code) in [
            (
                r#"{"ActionStatus":"FAIL","ErrorInfo":"","ErrorCode":70107}"#,
                Some(70107),
            ),
            (r#"{"ActionStatus":"FAIL","ErrorCode":0}"#, Some(0)),
            (r#"{"ActionStatus":"OK","ErrorCode":"0"}"#, None),
            (r#"{"ActionStatus":"OK"}"#, None),
            (r#"{"ErrorCode":0}"#, Some(0)),
            ("null", None),
            ("[]", None),
            ("", None),
            ("<html>", None),
            ("\u{feff}{}", None),
        ] {
            let refused = Err((ImTrouble::Refused, error_code));
            assert_eq!(said(answer), refused, "{answer}");
        }
    }

    #[test]
    fn who_hangs_up_instead_of_speaking_tls_is_not_reachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let hanging_up = std::thread::spawn(move || drop(listener.accept()));
        let im = ImAdmin::new(&url, Uid::parse("admin").expect("valid"));
        let asked = ask(&im.agent, &im.url, "{}");
        assert_eq!(asked, Err(ImTrouble::Unreachable.into()));
        hanging_up.join().expect("it came");
    }
}
