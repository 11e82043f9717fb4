//! On which processors client and server run.
//!
//! A real server is on another machine. On one machine a client with one busy thread is often put on the server's
//! processor, where every byte is still in that processor's cache; so the figures that count are those of client and
//! server apart.

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::environment;

/// Where client and server run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Placement {
    /// The client on the first processor, the server (and what feeds a pipe) on the last.
    Apart,
    /// Wherever the system puts them.
    Free,
    /// Both on the first processor.
    Shared,
}

/// Lists of processors, empty for all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Processors {
    pub(crate) client: String,
    pub(crate) server: String,
}

impl Placement {
    /// As a heading of its table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Apart => "Client and server on different processors",
            Self::Free => "Client and server wherever the system puts them",
            Self::Shared => "Client and server on one processor",
        }
    }

    /// As it is chosen.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::Free => "free",
            Self::Shared => "shared",
        }
    }

    /// In a sentence: "measured …".
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Apart => "with client and server on different processors",
            Self::Free => "with client and server wherever the system puts them",
            Self::Shared => "with client and server on one processor",
        }
    }

    /// Whether this machine can do it.
    ///
    /// # Errors
    /// With the reason why it cannot.
    pub(crate) fn processors(self) -> Result<Processors> {
        self.among(environment::processors(), cfg!(target_os = "linux"))
    }

    fn among(self, processors: usize, can_pin: bool) -> Result<Processors> {
        let last = processors.saturating_sub(1).to_string();
        if self == Self::Free {
            return Ok(Processors { client: String::new(), server: String::new() });
        }
        ensure!(
            can_pin,
            "this system has no call that keeps a process to a processor: only `--placement free` is possible"
        );
        if self == Self::Shared {
            return Ok(Processors { client: "0".to_owned(), server: "0".to_owned() });
        }
        ensure!(
            processors > 1,
            "this machine has one processor, so client and server cannot be apart: measure with `--placement free`, \
             whose figures say less"
        );
        Ok(Processors { client: "0".to_owned(), server: last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_and_server_are_apart_only_where_there_are_two_processors() {
        let apart = Placement::Apart.among(4, true).unwrap();
        assert_eq!((apart.client.as_str(), apart.server.as_str()), ("0", "3"));
        assert!(Placement::Apart.among(1, true).unwrap_err().to_string().contains("one processor"));
        assert!(Placement::Apart.among(4, false).unwrap_err().to_string().contains("no call"));
        assert_eq!(Placement::Free.among(1, false).unwrap().client, "");
    }
}
