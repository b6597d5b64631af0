//! The habits of people: what a host and a viewer decide to do, and when. Their decisions come from
//! random numbers alone, and never from what a server answers.

use std::time::Duration;

use fastrand::Rng;

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A host creates a room and announces it.
    GoLive,
    /// A host ends their live.
    EndLive,
    /// A viewer enters the room of the host with that index, from nowhere or from another room.
    Enter { room: usize },
    /// The client says that its user is still there.
    Beat,
    /// A viewer taps the heart so many times. The host's client counts it.
    Like { count: u32 },
    /// A viewer leaves, and their client says so.
    Leave,
    /// The network is lost: the client sends nothing more.
    Lose,
    /// The network is back, and the client beats again.
    Return,
    /// A viewer goes on mic, or tries to.
    OnMic,
    /// A viewer goes off mic.
    OffMic,
}

/// An act and its time, counted from the beginning of the show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: Duration,
    pub(crate) act: Act,
}

/// The time between two beats of a client.
pub(crate) const BEAT: Duration = Duration::from_secs(10);

/// The first viewers come when the first hosts are live.
const OPENING: Duration = Duration::from_secs(3);

/// A person.
#[derive(Clone, Debug)]
pub(crate) enum Person {
    Host(Host),
    Viewer(Viewer),
}

impl Iterator for Person {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        match self {
            Self::Host(host) => host.next(),
            Self::Viewer(viewer) => viewer.next(),
        }
    }
}

/// Seconds, in whole milliseconds.
fn seconds(seconds: f64) -> Duration {
    Duration::from_millis((seconds * 1000.0) as u64)
}

/// A time between these seconds; all are equally likely.
fn between(rng: &mut Rng, from: f64, to: f64) -> Duration {
    seconds(from + rng.f64() * (to - from))
}

/// The time until something that happens once in so many seconds on average.
fn once_in(rng: &mut Rng, mean: f64) -> Duration {
    seconds(-mean * (1.0 - rng.f64()).ln())
}

/// A host: goes live, loses the network for a while now and then, and ends the live, some before the
/// end of the show. Most of those go live again.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    rng: Rng,
    span: Duration,
    state: OnAir,
}

#[derive(Clone, Copy, Debug)]
enum OnAir {
    Off {
        until: Duration,
    },
    Live {
        beat: Duration,
        loss: Duration,
        end: Duration,
    },
    Lost {
        until: Duration,
        end: Duration,
    },
    Over,
}

impl Host {
    pub(crate) fn new(mut rng: Rng, span: Duration) -> Self {
        let until = between(&mut rng, 0.0, 2.0);
        Self {
            rng,
            span,
            state: OnAir::Off { until },
        }
    }

    fn live(&mut self, at: Duration, end: Duration) -> OnAir {
        OnAir::Live {
            beat: at + BEAT,
            loss: at + once_in(&mut self.rng, 150.0),
            end,
        }
    }

    fn ended(&mut self, end: Duration) -> OnAir {
        let until = end + between(&mut self.rng, 3.0, 10.0);
        if self.rng.f64() < 0.7 && until < self.span.mul_f64(0.9) {
            OnAir::Off { until }
        } else {
            OnAir::Over
        }
    }
}

impl Iterator for Host {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let (at, act) = match self.state {
            OnAir::Over => return None,
            OnAir::Off { until } => {
                let rest = self.span.saturating_sub(until).as_secs_f64();
                let is_short = self.rng.f64() < 0.25;
                let end = match is_short {
                    true => until + between(&mut self.rng, 0.3 * rest, 0.8 * rest),
                    false => self.span,
                };
                self.state = self.live(until, end);
                (until, Act::GoLive)
            }
            OnAir::Live { end, .. } | OnAir::Lost { end, .. } if self.comes_first(end) => {
                self.state = self.ended(end);
                (end, Act::EndLive)
            }
            OnAir::Live { beat, loss, end } if loss < beat => {
                let until = loss + between(&mut self.rng, 5.0, 30.0);
                self.state = OnAir::Lost { until, end };
                (loss, Act::Lose)
            }
            OnAir::Live { beat, loss, end } => {
                let next = beat + BEAT;
                self.state = OnAir::Live {
                    beat: next,
                    loss,
                    end,
                };
                (beat, Act::Beat)
            }
            OnAir::Lost { until, end } => {
                self.state = self.live(until, end);
                (until, Act::Return)
            }
        };
        Some(Step { at, act })
    }
}

impl Host {
    /// Whether the end of the live comes before everything else.
    fn comes_first(&self, end: Duration) -> bool {
        match self.state {
            OnAir::Live { beat, loss, .. } => end <= beat.min(loss),
            OnAir::Lost { until, .. } => end <= until,
            OnAir::Off { .. } | OnAir::Over => false,
        }
    }
}

/// A viewer: enters a room, likes in bursts, goes on mic now and then, and after a while leaves, goes
/// to another room, or loses the network, some of them for good.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    rng: Rng,
    span: Duration,
    rooms: usize,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In no room.
    Away { until: Duration },
    /// In a room.
    Watching(Watching),
    /// Without a network.
    Lost { until: Duration },
}

#[derive(Clone, Copy, Debug)]
struct Watching {
    beat: Duration,
    like: Duration,
    /// When they go on mic, or off it; `None` if they never do.
    mic: Option<Duration>,
    is_on_mic: bool,
    end: Duration,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Leave,
    /// Straight into another room.
    Change,
    /// First out, then into another room.
    LeaveAndChange,
    Lose,
}

impl Viewer {
    pub(crate) fn new(mut rng: Rng, span: Duration, rooms: usize) -> Self {
        // Most come soon after the beginning, the others at any time.
        let is_early = rng.f64() < 0.7;
        let share = match is_early {
            true => 0.15 * rng.f64(),
            false => 0.9 * rng.f64(),
        };
        Self {
            rng,
            span,
            rooms,
            state: State::Away {
                until: OPENING + seconds(span.as_secs_f64() * share),
            },
        }
    }

    /// A room. The first ones are far more popular than the last ones.
    fn choose_room(&mut self) -> usize {
        let share = self.rng.f64().powi(2);
        ((share * self.rooms as f64) as usize).min(self.rooms - 1)
    }

    fn watching(&mut self, at: Duration) -> State {
        let rng = &mut self.rng;
        // Half of them stay for 16 s at most, and a few for hours.
        let stay = (8.0 / (1.0 - rng.f64())).min(7200.0);
        let goes_on_mic = rng.f64() < 0.05;
        let mic = between(rng, 2.0, 12.0);
        let ending = match rng.u32(0..100) {
            0..50 => Ending::Leave,
            50..65 => Ending::Change,
            65..75 => Ending::LeaveAndChange,
            _ => Ending::Lose,
        };
        State::Watching(Watching {
            beat: at + BEAT,
            like: at + once_in(rng, 20.0),
            mic: goes_on_mic.then(|| at + mic),
            is_on_mic: false,
            end: at + seconds(stay),
            ending,
        })
    }

    fn end(&mut self, at: Duration, ending: Ending) -> Act {
        match ending {
            Ending::Leave => {
                let until = at + seconds(3.0) + once_in(&mut self.rng, 20.0);
                self.state = State::Away { until };
                Act::Leave
            }
            Ending::LeaveAndChange => {
                let until = at + between(&mut self.rng, 0.1, 0.5);
                self.state = State::Away { until };
                Act::Leave
            }
            Ending::Change => {
                let room = self.choose_room();
                self.state = self.watching(at);
                Act::Enter { room }
            }
            Ending::Lose => {
                let is_for_good = self.rng.f64() < 0.35;
                let until = at + seconds(2.0) + once_in(&mut self.rng, 30.0);
                let until = if is_for_good { Duration::MAX } else { until };
                self.state = State::Lost { until };
                Act::Lose
            }
        }
    }
}

impl Iterator for Viewer {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let at = match self.state {
            State::Away { until } | State::Lost { until } => until,
            State::Watching(now) => {
                let mic = now.mic.unwrap_or(Duration::MAX);
                now.end.min(now.beat).min(now.like).min(mic)
            }
        };
        // Who is present at the end of the show stays: their host ends it.
        if at >= self.span {
            return None;
        }
        let act = match &mut self.state {
            State::Away { .. } => {
                let room = self.choose_room();
                self.state = self.watching(at);
                Act::Enter { room }
            }
            State::Lost { .. } => {
                self.state = self.watching(at);
                Act::Return
            }
            State::Watching(now) if at == now.end => {
                let ending = now.ending;
                self.end(at, ending)
            }
            State::Watching(now) if now.mic == Some(at) => {
                now.is_on_mic = !now.is_on_mic;
                let stay = between(&mut self.rng, 5.0, 40.0);
                now.mic = now.is_on_mic.then(|| at + stay);
                if now.is_on_mic {
                    Act::OnMic
                } else {
                    Act::OffMic
                }
            }
            State::Watching(now) if at == now.like => {
                now.like = at + seconds(0.5) + once_in(&mut self.rng, 20.0);
                let count = self.rng.u32(1..=12);
                Act::Like { count }
            }
            State::Watching(now) => {
                now.beat = at + BEAT;
                Act::Beat
            }
        };
        Some(Step { at, act })
    }
}
