//! The load generator: one thread that sends requests on many connections and measures the answers.
//!
//! It must be cheap, because it shares the machine with the server under measurement: no runtime,
//! no allocation per request, and one write and one read for each request. It reports its own use
//! of a core.

#![expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this is for"
)]

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::os::fd::AsRawFd;

use zaibo::error::Fault;

use crate::connection::{Connection, is_success, own_cpu};
use crate::wire::Tls;

/// How often a paced load checks whether requests are due.
const TICK: Duration = Duration::from_micros(100);

/// The longest wait for an answer before the run is given up.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The longest wait that the histogram can hold, in nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;

/// The requests of a load, and the check of their answers.
pub(crate) trait Script {
    /// Writes the next request of a connection. False if there are no more requests.
    fn ask(&mut self, connection: usize, request: &mut Vec<u8>) -> bool;

    /// Checks an answer. False if it is not as expected.
    fn accept(&mut self, _connection: usize, body: &[u8]) -> bool {
        is_success(body)
    }
}

/// The shape of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Requests per second of all connections together. `None`: each connection sends its next
    /// request as soon as it has its answer.
    pub(crate) pace: Option<f64>,
    /// Whether each request has a connection of its own, instead of one that is kept open.
    pub(crate) connects_each_time: bool,
}

/// 64 connections, each of which sends its next request as soon as it has its answer.
pub(crate) const FULL: Way = Way {
    connections: 64,
    pace: None,
    connects_each_time: false,
};

/// Where a load goes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Whom to trust, if it speaks HTTPS.
    pub(crate) tls: Option<Tls>,
}

/// A load of a certain length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) way: Way,
    /// The duration. The load ends earlier if the script has no more requests.
    pub(crate) span: Duration,
}

/// The result of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Answers within the duration.
    pub(crate) answers: u64,
    /// The time that it took.
    pub(crate) took: Duration,
    /// Times of the answers, in nanoseconds. In a paced load they count from the moment when the
    /// request was due.
    pub(crate) waits: Histogram<u64>,
    /// Those of them that came on connections with a resumed session of TLS.
    pub(crate) resumed: u64,
    /// The processor time of the generator itself.
    pub(crate) own_cpu: Duration,
}

impl Load {
    /// Puts the load on a server.
    ///
    /// # Errors
    /// If the server cannot be reached, stops answering, or gives an answer that the script
    /// refuses.
    pub(crate) fn send(self, target: &Target, script: &mut dyn Script) -> Result<Outcome, Fault> {
        self.run(target, script)
            .map_err(|cause| Fault::new("putting load on a server", cause))
    }

    fn run(self, target: &Target, script: &mut dyn Script) -> io::Result<Outcome> {
        let Way {
            connections: count,
            pace,
            connects_each_time,
        } = self.way;
        let mut poll = Poll::new()?;
        let mut connections = (0..count)
            .map(|at| connect(target, at, &poll))
            .collect::<io::Result<Vec<_>>>()?;
        let ticks = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        if pace.is_some() {
            timerfd_settime(&ticks, TimerfdTimerFlags::empty(), &every(TICK))?;
            let fd = ticks.as_raw_fd();
            poll.registry()
                .register(&mut SourceFd(&fd), Token(count), Interest::READABLE)?;
        }
        let mut events = Events::with_capacity(1024);
        let mut free: VecDeque<usize> = (0..count).collect();
        let mut due: VecDeque<Instant> = VecDeque::new();
        let mut waits = Histogram::new_with_max(LONGEST_NS, 3).map_err(io::Error::other)?;
        let (mut answers, mut resumed, mut issued, mut busy) = (0_u64, 0_u64, 0_u64, 0_usize);
        let mut exhausted = false;
        let cpu_before = own_cpu()?;
        let began = Instant::now();
        let ends = began.checked_add(self.span);
        let mut last_answer = began;
        loop {
            let now = Instant::now();
            let over = exhausted || ends.is_some_and(|ends| now >= ends);
            if let Some(pace) = pace
                && !over
            {
                // A request is due at its time, however late this thread notices.
                let at = |nth: u64| began + Duration::from_secs_f64(nth as f64 / pace);
                while at(issued) <= now {
                    due.push_back(at(issued));
                    issued += 1;
                }
            }
            while !over && (pace.is_none() || !due.is_empty()) {
                let Some(at) = free.pop_front() else { break };
                let since = due.pop_front().unwrap_or(now);
                if !ask(&mut connections[at], at, since, script)? {
                    exhausted = true;
                    break;
                }
                busy += 1;
            }
            if (over || exhausted) && busy == 0 {
                break;
            }
            match poll.poll(&mut events, Some(Duration::from_secs(1))) {
                Err(cause) if cause.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                let at = event.token().0;
                let Some(connection) = connections.get_mut(at) else {
                    let mut expirations = [0; 8];
                    // The timer must be read, so that it wakes the thread again.
                    let _ = rustix::io::read(&ticks, &mut expirations);
                    continue;
                };
                let Some(body) = connection.exchange()? else {
                    continue;
                };
                if !script.accept(at, body) {
                    let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
                    return Err(io::Error::other(format!("unexpected answer: {shown}")));
                }
                last_answer = Instant::now();
                let wait = last_answer - connection.since;
                let is_resumed = connection.is_resumed();
                busy -= 1;
                if connects_each_time {
                    *connection = connect(target, at, &poll)?;
                }
                if ends.is_none_or(|ends| last_answer <= ends) {
                    answers += 1;
                    resumed += u64::from(is_resumed);
                    waits.saturating_record(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
                    // Without a pace the next request follows the answer.
                    if pace.is_none() && !exhausted && ask(connection, at, last_answer, script)? {
                        busy += 1;
                        continue;
                    }
                    exhausted |= pace.is_none();
                }
                free.push_back(at);
            }
            if busy > 0 && last_answer.elapsed() > TIMEOUT {
                return Err(io::Error::other("the server does not answer any more"));
            }
        }
        let took = match ends {
            Some(ends) => last_answer.min(ends) - began,
            None => last_answer - began,
        };
        Ok(Outcome {
            answers,
            resumed,
            took,
            waits,
            own_cpu: own_cpu()? - cpu_before,
        })
    }
}

fn connect(target: &Target, at: usize, poll: &Poll) -> io::Result<Connection> {
    let stream = std::net::TcpStream::connect(target.address)?;
    stream.set_nonblocking(true)?;
    let stream = TcpStream::from_std(stream);
    Connection::register(stream, target.tls.as_ref(), at, poll.registry())
}

/// Sends the next request of a connection. False if there are no more requests.
fn ask(
    connection: &mut Connection,
    at: usize,
    since: Instant,
    script: &mut dyn Script,
) -> io::Result<bool> {
    if !script.ask(at, connection.next(since)) {
        return Ok(false);
    }
    connection.write()?;
    Ok(true)
}

fn every(span: Duration) -> Itimerspec {
    let span = Timespec {
        tv_sec: 0,
        tv_nsec: span.subsec_nanos().into(),
    };
    Itimerspec {
        it_interval: span,
        it_value: span,
    }
}
