//! The arrival of a crowd: everybody registers and logs in, before the show begins.

use std::time::Duration;

use super::actor::Client;
use super::command::Command;
use super::figures::Figures;
use super::net::{Answer, Net, Sender};
use super::truth::At;
use super::wire::{self, Request};

/// People who register or log in at the same time. A server lets a few hundred wait.
const AT_ONCE: usize = 32;

/// Registers everybody and logs them in. Returns their tokens. The last person goes first and alone,
/// so that a server that is not zaibo gets one request.
///
/// # Errors
/// If somebody is refused, or the server is not zaibo or goes away.
pub(crate) fn gather(
    net: &mut Net,
    ids: &str,
    clients: &[Client],
    figures: &mut Figures,
    mut progress: impl FnMut(At, usize),
) -> Result<Vec<String>, String> {
    let people = clients.len();
    let mut tokens = vec![String::new(); people];
    let mut done = 0;
    let mut next = 0;
    register(net, ids, people - 1);
    while done < people {
        let answers = net.exchange(Duration::from_millis(100));
        let is_first = done == 0;
        let answers = answers.map_err(|cause| match is_first {
            true => format!("no zaibo answers there: {cause}"),
            false => cause,
        })?;
        for answer in answers {
            figures.answered(answer.command, answer.now - answer.sent);
            let Some((who, token)) = answered(net, ids, clients, &answer, is_first)? else {
                continue;
            };
            tokens[who] = token;
            done += 1;
            let room = AT_ONCE - net.unanswered().min(AT_ONCE);
            for who in (next..people - 1).take(room) {
                register(net, ids, who);
                next = who + 1;
            }
        }
        progress(net.now(), done);
    }
    Ok(tokens)
}

fn register(net: &mut Net, ids: &str, who: usize) {
    let body = wire::account(&wire::id(ids, who));
    let request = Request::old(Command::Register, &body);
    net.send(Sender::Person(who), request, net.now());
}

/// Goes on after an answer. Returns the token of a person who has logged in.
fn answered(
    net: &mut Net,
    ids: &str,
    clients: &[Client],
    answer: &Answer,
    is_first: bool,
) -> Result<Option<(usize, String)>, String> {
    let Sender::Person(who) = answer.sender else {
        return Ok(None);
    };
    let Some(said) = answer.said() else {
        let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(60)]);
        let shown = shown.replace(char::is_control, " ");
        return Err(match is_first {
            true => format!("no zaibo answers there, but {shown:?}"),
            false => format!("an answer that zaibo would not give: {shown:?}"),
        });
    };
    let id = wire::id(ids, who);
    match (answer.command, said.code) {
        // The id of an earlier crowd of the same seed.
        (Command::Register, 0 | 10004) => {
            let body = wire::account(&id);
            let request = match clients[who] {
                Client::Old => Request::old(Command::LogIn, &body),
                Client::Modern | Client::Listening => Request::modern(Command::Login, "", 0, &body),
            };
            net.send(answer.sender, request, net.now());
            Ok(None)
        }
        (Command::Register, 10012) => Err(
            "it lets only so many people register in a minute: start it with \
             ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE=0 (accounts.registrations_per_minute)"
                .to_owned(),
        ),
        (Command::LogIn | Command::Login, 0) => match said.token() {
            Some(token) => Ok(Some((who, token.to_owned()))),
            None => Err("no zaibo answers there: a login gives no token".to_owned()),
        },
        (Command::LogIn | Command::Login, 10006) => Err(format!(
            "{id} has another password there; choose another --seed"
        )),
        (command, code) => {
            let (name, info) = (command.name(), said.info);
            Err(format!("{name} of {id} is refused with {code}: {info}"))
        }
    }
}
