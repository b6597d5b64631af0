//! All reasons for which zaibo refuses a request. Their numbers and texts are in `http::code`.

use std::time::Duration;

/// A request that is understood and refused. This is expected, and is never logged as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id belongs to an account with special rights in the cloud, which must not be registered
    /// here.
    ReservedId,
    /// The app is not among those that are configured.
    UnknownApp,
    /// The id is registered already.
    UserExists,
    /// No user is registered under that id.
    NoSuchUser,
    /// The password is wrong.
    WrongPassword,
    /// The token is unknown: it was replaced, logged out, or never issued.
    TokenUnknown,
    /// The token was not used for longer than `accounts.token_idle_days`.
    TokenTooOld,
    /// A signature is not for this user and this app, or has expired.
    SigInvalid,
    /// A budget is used up; it refills with time.
    TooManyRequests(Spent),
    /// No live has that number, or the caller is not in it.
    NoSuchRoom,
    /// There was never a live with that id.
    NoSuchLive,
    /// The room was created by somebody else.
    NotYourRoom,
    /// A host who goes live has never given a title.
    TitleMissing,
    /// The room was changed since the caller saw it.
    VersionStale,
    /// Only members of the room may do that, and the caller is not in it.
    NotMember,
    /// Every seat on mic is taken.
    MicSeatsFull,
    /// The host has not approved the caller's request for a seat.
    MicNotGranted,
    /// Only an administrator may do that.
    NotAdmin,
    /// It is for users, and the caller is a guest, or it would be done to one.
    GuestsMayNot,
    /// No server key is like that.
    KeyUnknown,
    /// The server key is not good for that.
    KeyMayNot,
    /// Only a server key may do that.
    KeyNeeded,
    /// The room has as many guests as it may have.
    GuestsFull,
    /// The operator has not configured the feature.
    NotSetUp(Feature),
}

/// A feature that an operator has to configure before it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Links between rooms, for the app that was named.
    LinkSig,
    /// People who watch without an account.
    Guests,
}

/// A budget that is used up, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The budget.
    pub budget: Budget,
    /// Seconds after which the same request will find something left, if nobody else spends it; at least 1.
    pub retry_after_s: u64,
}

impl Spent {
    /// The budget has something left after `wait`.
    pub fn for_another(budget: Budget, wait: Duration) -> Self {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            budget,
            retry_after_s: whole.max(1),
        }
    }
}

/// An action that a client may do only a limited number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Wrong passwords for one id from one network.
    LoginPair,
    /// Wrong passwords for one id, from everywhere.
    LoginId,
    /// Wrong passwords for registered ids from one network.
    LoginNetwork,
    /// Logins with ids that do not exist, from one network.
    LoginInvented,
    /// Logins with one id from one network that wait while another one is checked.
    LoginWaiting,
    /// New accounts from one network.
    Registrations,
    /// New rooms of one user.
    Creates,
    /// New guests from one network.
    Guests,
    /// New tickets of one user or guest.
    Tickets,
}

impl Budget {
    /// Every budget.
    pub const ALL: [Self; 9] = [
        Self::LoginPair,
        Self::LoginId,
        Self::LoginNetwork,
        Self::LoginInvented,
        Self::LoginWaiting,
        Self::Registrations,
        Self::Creates,
        Self::Guests,
        Self::Tickets,
    ];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginPair => "login_pair",
            Self::LoginId => "login_id",
            Self::LoginNetwork => "login_network",
            Self::LoginInvented => "login_invented",
            Self::LoginWaiting => "login_waiting",
            Self::Registrations => "registrations",
            Self::Creates => "creates",
            Self::Guests => "guests",
            Self::Tickets => "tickets",
        }
    }
}

/// Why the cloud's messaging service did not carry out a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImTrouble {
    /// It could not be reached.
    Unreachable,
    /// It did not answer in time; it may still have carried out the request.
    Timeout,
    /// It refused, or its answer is not understood.
    Refused,
}

impl ImTrouble {
    /// The reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "not reachable",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
        }
    }
}
