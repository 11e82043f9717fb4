//! How the program ends: what each exit code says.

use crate::signals::Signal;

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Everything that was asked for is done.
    Done,
    /// It failed as a whole.
    Failed,
    /// Some items failed; the rest is done.
    SomeFailed,
    /// Refused by a safety rule; nothing was deleted.
    Refused,
    /// What was compared differs.
    Differences,
    /// The command line is wrong. Apart from 2, which says that some items failed.
    Usage,
    /// Ended by a signal.
    Signal(Signal),
}

impl Exit {
    /// The number that a shell sees: that of a signal is 128 and the signal's own, as shells have it.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::SomeFailed => 2,
            Self::Refused => 3,
            Self::Differences => 4,
            Self::Usage => 64,
            Self::Signal(signal) => 128 + signal.number(),
        }
    }
}
