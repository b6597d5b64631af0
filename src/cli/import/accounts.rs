//! The rules for accounts: which are taken over, with which password and which session.

use std::collections::HashSet;

use super::context::Context;
use super::findings::What;
use super::password::{Password, decode};
use crate::domain::{Uid, UnixTime};
use crate::sessions;
use crate::store::{ImportedSession, PhpAccount, Table};

/// Seconds after which the PHP server refused a token, and after which zaibo refuses an imported one in
/// any case: these tokens can be guessed.
const TOKEN_LIFE_S: i64 = 7 * 24 * 3600;

/// An account that is taken over. There is no `Debug`, because it holds a password.
pub(super) struct Account {
    pub(super) uid: Uid,
    /// `None` if nobody can log in with it any more.
    pub(super) password: Option<String>,
    pub(super) created_at: UnixTime,
    pub(super) session: Option<ImportedSession>,
}

/// The account of a row; `None` if it stays behind. `known` are the ids of the accounts before it, and
/// `shared` the tokens of more than one account.
pub(super) fn account(
    row: PhpAccount,
    known: &mut HashSet<Uid>,
    shared: &HashSet<Vec<u8>>,
    context: &mut Context,
) -> Option<Account> {
    let table = Table::Accounts;
    let Some(uid) = context.uid(&row.uid) else {
        context.found(table, &row.uid, What::InvalidId);
        return None;
    };
    if !known.insert(uid.clone()) {
        context.found(table, &row.uid, What::SameId);
        return None;
    }
    if uid.as_str() != row.uid {
        context.found(table, uid.as_str(), What::Repaired("uid"));
    }
    let width = context.schema.width(table, "pwd");
    let password = match decode(&row.pwd, width, context.blanks) {
        Ok(Password { text, had_blanks }) => {
            if had_blanks {
                context.found(table, uid.as_str(), What::PasswordBlanks);
            }
            Some(text)
        }
        Err(why) => {
            context.found(table, uid.as_str(), why);
            None
        }
    };
    let others = [row.login_time, row.last_request_time, row.logout_time];
    Some(Account {
        created_at: context.time_or_earliest(row.register_time, &others),
        session: session(&row, &uid, shared, context),
        uid,
        password,
    })
}

/// The session of an account, if tokens are kept and this one is good.
fn session(
    row: &PhpAccount,
    uid: &Uid,
    shared: &HashSet<Vec<u8>>,
    context: &mut Context,
) -> Option<ImportedSession> {
    let token = row.token.as_deref().filter(|_| context.keep_tokens)?;
    let last_used = context.time(row.last_request_time)?;
    let is_alive = last_used.as_secs() >= context.now.as_secs() - TOKEN_LIFE_S;
    // Clients treat a token that begins with 0 as absent.
    if token.is_empty() || token.starts_with('0') || !is_alive {
        return None;
    }
    let width = context.schema.width(Table::Accounts, "token");
    if width > 0 && token.chars().count() >= width {
        context.found(Table::Accounts, uid.as_str(), What::TokenCut);
        return None;
    }
    if shared.contains(token.as_bytes()) {
        context.found(Table::Accounts, uid.as_str(), What::TokenShared);
        return None;
    }
    Some(ImportedSession {
        uid: uid.clone(),
        token: sessions::hash(token),
        created_at: context.time(row.login_time).unwrap_or(last_used),
        last_used_at: last_used,
        ends_at: UnixTime::from_secs(context.now.as_secs() + TOKEN_LIFE_S),
    })
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::{NOW, context, found};
    use super::*;

    fn row(uid: &str) -> PhpAccount {
        PhpAccount {
            uid: uid.to_owned(),
            pwd: "c2VjcmV0LTE=".to_owned(),
            register_time: 1_500_000_000,
            ..PhpAccount::default()
        }
    }

    /// The account of a row that comes first.
    fn alone(row: PhpAccount, context: &mut Context) -> Option<Account> {
        account(row, &mut HashSet::new(), &HashSet::new(), context)
    }

    #[test]
    fn an_account_keeps_its_id_its_password_and_its_time() {
        let mut context = context();
        let anna = alone(row("anna"), &mut context).expect("taken");
        assert_eq!(anna.uid.as_str(), "anna");
        assert_eq!(anna.password.as_deref(), Some("secret-1"));
        assert_eq!(anna.created_at.as_secs(), 1_500_000_000);
        assert!(anna.session.is_none());
        assert_eq!(found(&mut context), []);
        let early = PhpAccount {
            register_time: 0,
            login_time: 1_510_000_000,
            logout_time: 1_505_000_000,
            ..row("otto")
        };
        let otto = alone(early, &mut context).expect("taken");
        assert_eq!(otto.created_at.as_secs(), 1_505_000_000);
    }

    #[test]
    fn an_id_that_no_user_can_have_is_refused() {
        let mut context = context();
        for uid in [
            "",
            " anna",
            "anna ",
            "an\nna",
            &"x".repeat(33),
            &"用".repeat(11),
        ] {
            assert!(alone(row(uid), &mut context).is_none(), "{uid:?}");
            assert_eq!(found(&mut context), [What::InvalidId], "{uid:?}");
        }
        assert!(alone(row(&"x".repeat(32)), &mut context).is_some());
    }

    #[test]
    fn twins_in_case_are_both_kept_and_one_id_only_once() {
        let (mut context, mut known) = (context(), HashSet::new());
        let mut next = |uid: &str| account(row(uid), &mut known, &HashSet::new(), &mut context);
        assert!(next("anna").is_some() && next("Anna").is_some() && next("中").is_some());
        // The same id, stored in the wrong encoding.
        assert!(next("\u{e4}\u{b8}\u{ad}").is_none());
        assert_eq!(found(&mut context), [What::SameId]);
    }

    #[test]
    fn an_account_without_a_password_is_taken_and_listed() {
        let mut context = context();
        let mut otto = row("otto");
        otto.pwd = "c2VjcmV0LTE".repeat(5)[..50].to_owned();
        let otto = alone(otto, &mut context).expect("taken");
        assert!(otto.password.is_none());
        assert_eq!(found(&mut context), [What::PasswordCut]);
    }

    #[test]
    fn a_token_is_kept_only_if_one_asks_and_it_is_whole_alive_and_of_one_account() {
        let logged_in = |token: &str, last_request_time| PhpAccount {
            token: Some(token.to_owned()),
            login_time: NOW - 900_000,
            last_request_time,
            ..row("anna")
        };
        let mut context = context();
        let ours = alone(logged_in("YW5uYTA=", NOW - 5), &mut context).expect("taken");
        assert!(ours.session.is_none(), "nobody asked");
        context.keep_tokens = true;
        let mut session = |token: &str, last_request_time| {
            let shared = HashSet::from([b"c2hhcmVk".to_vec()]);
            let row = logged_in(token, last_request_time);
            let account = account(row, &mut HashSet::new(), &shared, &mut context);
            account.expect("taken").session
        };
        let kept = session("YW5uYTA=", NOW - 5).expect("a session");
        assert_eq!(kept.token, sessions::hash("YW5uYTA="));
        assert_eq!(kept.created_at.as_secs(), NOW - 900_000);
        assert_eq!(kept.last_used_at.as_secs(), NOW - 5);
        assert_eq!(kept.ends_at.as_secs(), NOW + 604_800);
        assert!(session("YW5uYTA=", NOW - 604_800).is_some());
        assert!(session("YW5uYTA=", NOW - 604_801).is_none(), "too old");
        assert!(session("YW5uYTA=", 0).is_none(), "never used");
        assert!(session("", NOW).is_none() && session("0nna", NOW).is_none());
        assert!(session(&"t".repeat(49), NOW).is_some());
        assert!(session(&"t".repeat(50), NOW).is_none());
        assert!(session("c2hhcmVk", NOW).is_none());
        assert_eq!(found(&mut context), [What::TokenCut, What::TokenShared]);
    }
}
