//! The signals that ask the program to stop.

/// A signal that asks the program to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
}

impl Signal {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Interrupt => 2,
        }
    }
}
