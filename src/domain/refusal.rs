//! Every reason for which zaibo says no. Their numbers and texts stand in `http::code`.

/// A request that is understood and not granted. Expected, never logged as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id belongs to an account with power in the cloud, which nobody registers here.
    ReservedId,
    /// The app is not among those that are configured.
    UnknownApp,
    /// The id is registered already.
    UserExists,
    /// Nobody is registered under that id.
    NoSuchUser,
    /// The password is another one.
    WrongPassword,
    /// The token is unknown: replaced, logged out, or never given.
    TokenUnknown,
    /// The token was not used for longer than `accounts.token_idle_days`.
    TokenTooOld,
    /// A signature is not this user's for this app, or good no more.
    SigInvalid,
    /// A budget is spent; it fills up again with time.
    TooManyRequests(Budget),
    /// No live has that number, or the caller is not in it.
    NoSuchRoom,
    /// The room was created by somebody else.
    NotYourRoom,
    /// Every seat on mic is taken.
    MicSeatsFull,
    /// The host has not approved the caller's request for a seat.
    MicNotGranted,
    /// Only an administrator may do that.
    NotAdmin,
    /// A user is signed out of zaibo, but not out of the cloud's messaging service.
    StillInIm(ImTrouble),
    /// The operator has not set up what this needs; the text names it.
    NotSetUp(&'static str),
}

/// What a client may do only so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Wrong passwords for one id from one network.
    LoginPair,
    /// Wrong passwords for one id, from everywhere.
    LoginId,
    /// Wrong passwords for registered ids from one network.
    LoginNetwork,
    /// Logins with ids that nobody has, from one network.
    LoginInvented,
    /// Logins with one id from one network that wait while another one is checked.
    LoginWaiting,
    /// New accounts from one network.
    Registrations,
    /// New rooms of one user.
    Creates,
}

impl Budget {
    /// Every budget.
    pub const ALL: [Self; 7] = [
        Self::LoginPair,
        Self::LoginId,
        Self::LoginNetwork,
        Self::LoginInvented,
        Self::LoginWaiting,
        Self::Registrations,
        Self::Creates,
    ];

    /// Its name in figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginPair => "login_pair",
            Self::LoginId => "login_id",
            Self::LoginNetwork => "login_network",
            Self::LoginInvented => "login_invented",
            Self::LoginWaiting => "login_waiting",
            Self::Registrations => "registrations",
            Self::Creates => "creates",
        }
    }
}

/// Why the cloud's messaging service did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImTrouble {
    /// It could not be asked.
    Unreachable,
    /// It did not answer in time, and may yet have done it.
    Timeout,
    /// It said no, or something that is not understood.
    Refused,
}
