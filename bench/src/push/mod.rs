//! Pushing events to many sockets, by zaibo and by nchan in turn: the time to the last socket, the
//! processor time of a delivery, the memory of an idle socket and of one that is stuck.

mod figures;
mod nchan;
mod publisher;
mod scenes;
mod server;
mod sockets;
mod stuck;

use std::cell::Cell;

use zaibo::error::Fault;

use crate::bench::{Bench, HASTY, LEAST_HASH, PATIENT};
use crate::usage::allow_files;

pub(crate) use figures::Push;
use nchan::{HOW_TO_INSTALL, Installed};
use scenes::Size;
use server::Zaibo;

/// All sockets come from one address, and where files are scarce they are for sockets.
const CROWDED: [(&str, &str); 2] = [
    ("ZAIBO_HTTP__CONNECTIONS_PER_PEER", "0"),
    ("ZAIBO_HTTP__MAX_CONNECTIONS", "2000"),
];

/// Steps of the progress bar, and those in each round.
pub(crate) const STEPS: u64 = 3;
pub(crate) const STEPS_OF_ROUND: u64 = 2;

/// Measures both. Each round has servers that were just started, because a server keeps memory that it
/// had once.
///
/// # Errors
/// If a server does not start or fails under the load; without nchan if only this part is selected.
pub(crate) fn compare(bench: &Bench) -> Result<Push, Fault> {
    let sockets = bench.args.sockets;
    let size = Size::of(sockets, bench.args.seconds);
    let nchan = Installed::find();
    if nchan.is_none() && !bench.args.only.is_empty() {
        return Err(Fault::new("looking for nchan", HOW_TO_INSTALL));
    }
    allow_files(sockets)?;
    let database = bench.seed("push", scenes::PEOPLE, scenes::HOSTS, LEAST_HASH)?;
    let likes = Cell::new(1);
    let zaibo = || {
        let child = bench.start(&database, &[&PATIENT[..], &HASTY, &CROWDED].concat())?;
        Ok(Zaibo {
            child,
            likes: &likes,
        })
    };
    let (mut of_zaibo, mut of_nchan) = (Vec::new(), Vec::new());
    for _ in 0..bench.args.rounds {
        bench.bar.set_message("pushing, zaibo");
        let (round, message) = scenes::round(&zaibo()?, size)?;
        of_zaibo.push(round);
        bench.bar.inc(1);
        bench.bar.set_message("pushing, nchan");
        if let Some(nchan) = &nchan {
            let server = nchan.start(bench.folder.path(), &message)?;
            let (round, _) = scenes::round(&server, size)?;
            of_nchan.push(round);
        }
        bench.bar.inc(1);
    }
    bench.bar.set_message("stuck readers");
    let (stuck_at_zaibo, message) = stuck::measure(&zaibo()?, sockets)?;
    bench.bar.inc(1);
    let mut stuck_at_nchan = None;
    if let Some(nchan) = &nchan {
        let server = nchan.start(bench.folder.path(), &message)?;
        let (figures, _) = stuck::measure(&server, sockets)?;
        stuck_at_nchan = Some(figures);
    }
    bench.bar.inc(1);
    Ok(Push {
        sockets,
        zaibo: of_zaibo,
        nchan: of_nchan,
        stuck: stuck_at_zaibo,
        stuck_at_nchan,
    })
}
