//! The promises of a server, and how often each of them was broken.

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Ghosts,
    FalseLeaves,
    Roles,
    Counts,
    Likes,
    Lives,
    Answers,
    Connections,
    Punctual,
    Gaps,
    Tidings,
    Resumes,
    Ends,
    Prompt,
}

impl Promise {
    pub(crate) const ALL: [Self; 14] = [
        Self::Ghosts,
        Self::FalseLeaves,
        Self::Roles,
        Self::Counts,
        Self::Likes,
        Self::Lives,
        Self::Answers,
        Self::Connections,
        Self::Punctual,
        Self::Gaps,
        Self::Tidings,
        Self::Resumes,
        Self::Ends,
        Self::Prompt,
    ];

    /// Whether it is about time, so that a crowd that is slow itself cannot judge.
    pub(crate) fn is_of_time(self) -> bool {
        matches!(self, Self::Punctual | Self::Prompt)
    }

    /// What breaks it, in a few words.
    pub(crate) fn breach(self) -> &'static str {
        match self {
            Self::Ghosts => "ghosts",
            Self::FalseLeaves => "false leaves",
            Self::Roles => "wrong roles",
            Self::Counts => "wrong numbers of members",
            Self::Likes => "wrong numbers of likes",
            Self::Lives => "wrong lists of lives",
            Self::Answers => "unexpected answers",
            Self::Connections => "dropped connections",
            Self::Punctual => "late answers",
            Self::Gaps => "gaps in push",
            Self::Tidings => "wrong states told by push",
            Self::Resumes => "positions not honoured",
            Self::Ends => "wrong ends of sockets",
            Self::Prompt => "late events",
        }
    }
}

/// How many breaches are told as examples.
const EXAMPLES: usize = 3;

/// The breaches of one promise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaches {
    pub(crate) count: u64,
    pub(crate) examples: Vec<String>,
}

/// The breaches of all promises.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    all: [Breaches; Promise::ALL.len()],
}

impl Ledger {
    /// Counts a breach; the first few are kept as examples.
    pub(crate) fn broken(&mut self, promise: Promise, example: impl FnOnce() -> String) {
        let breaches = &mut self.all[promise as usize];
        breaches.count += 1;
        if breaches.examples.len() < EXAMPLES {
            breaches.examples.push(example());
        }
    }

    pub(crate) fn of(&self, promise: Promise) -> &Breaches {
        &self.all[promise as usize]
    }
}
