//! A simulated crowd: hosts and viewers of both protocols, with human habits, who know what the server
//! should say about them. Some of them are told by push, and know what they should be told.
//!
//! Each module in this table imports only from modules in lines below it:
//!
//! | module | holds |
//! |---|---|
//! | [`show`], [`report`] | everybody acts in time; the results as a table and as JSON |
//! | [`listeners`] | those who are told by push: their sockets, cut and opened again |
//! | [`reader`], [`gather`], [`display`] | one who is told, and what they make of it; everybody logs in; what is shown meanwhile |
//! | [`examine`] | what push told is compared with what is certain, and with `GET` |
//! | [`watch`] | lists are compared with what is certain |
//! | [`net`], [`figures`], [`promises`] | shared connections; times; breaches |
//! | [`plan`] | a crowd from a seed |
//! | [`actor`], [`sockets`] | a person and their client; a WebSocket |
//! | [`live_api`] | the requests of the live API |
//! | [`wire`], [`fold`] | requests and answers of both protocols; the state of a room, from push |
//! | [`people`], [`truth`], [`command`], [`args`] | habits; what is certain; the commands; the command line |
//! | [`address`] | the address of the server |

mod actor;
mod address;
mod args;
mod command;
mod display;
mod examine;
mod figures;
mod fold;
mod gather;
mod listeners;
mod live_api;
mod net;
mod people;
mod plan;
mod promises;
mod reader;
mod report;
mod show;
mod sockets;
mod truth;
mod watch;
mod wire;

use std::io::{self, Write};

use zaibo::error::Fault;

use crate::load::Target;
use crate::usage::allow_files;
use crate::wire::Tls;

use actor::Client;
use address::Scheme;
pub(crate) use args::CrowdArgs;
use display::Display;
use figures::Figures;
use net::Net;
use report::Report;
use show::Show;

/// Sends the crowd to the server, and prints the results.
///
/// # Errors
/// If the server cannot be reached, is not zaibo or goes away; or, after everything is printed, if it
/// broke a promise.
pub(crate) fn run(args: &CrowdArgs) -> Result<(), Fault> {
    let fault = |cause: String| {
        let cause = format!("{}: {cause}", args.url);
        Fault::new("simulating a crowd", cause)
    };
    let address = args.url.resolve().map_err(fault)?;
    if !address.ip().is_loopback() && !args.i_own_this_server {
        let why = "it is on another machine; --i-own-this-server sends the load there all the same";
        return Err(fault(why.to_owned()));
    }
    let people = plan::people(
        args.seed,
        args.rooms as usize,
        args.viewers as usize,
        args.span,
    );
    let mut clients = plan::clients(args.seed, people.len(), args.modern, args.sockets);
    let fingerprint = plan::fingerprint(&people, &clients);
    let listening = clients
        .iter()
        .filter(|client| **client == Client::Listening);
    allow_files(listening.count() + net::MOST)?;
    let ids = wire::ids(args.seed);
    let mut display = Display::new()?;
    let target = Target {
        address,
        tls: match args.url.scheme {
            Scheme::Http => None,
            Scheme::Https => Some(Tls::trusting(args.ca.as_deref(), args.url.name())?),
        },
    };
    let net = Net::new(&args.url, target);
    let mut net = net.map_err(|cause| fault(cause.to_string()))?;
    // The watcher.
    clients.push(Client::Old);
    let all = clients.len();
    let began = net.now();
    let mut figures = Figures::new()?;
    let progress = |now, done| display.gather(now, done, all);
    let tokens = gather::gather(&mut net, &ids, &clients, &mut figures, progress).map_err(fault)?;
    let gathering = net.now() - began;
    let people = people.into_iter().zip(clients).collect();
    let mut show = Show::new(args, &mut net, &ids, people, tokens, figures);
    let played = show.play(&mut display);
    display.finish();
    let (figures, ledger) = (show.figures, show.ledger);
    played.map_err(|cause| {
        let at = (net.now() - began - gathering).as_secs_f64();
        fault(format!("after {at:.0} s of the show: {cause}"))
    })?;
    let report = Report {
        args,
        fingerprint: &fingerprint,
        connections: net.connections(),
        gathering,
        figures: &figures,
        ledger: &ledger,
    };
    let text = if args.json {
        report.json()
    } else {
        report.table()
    };
    let printing = |cause| Fault::new("printing", cause);
    io::stdout().write_all(text.as_bytes()).map_err(printing)?;
    match report.broken() {
        None => Ok(()),
        Some(broken) => Err(fault(format!("promises were broken: {broken}"))),
    }
}
