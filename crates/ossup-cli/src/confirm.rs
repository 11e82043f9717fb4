//! Questions before something is deleted.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::{Failure, Kind};

/// The answer to a question.
pub(crate) struct Answer;

impl Answer {
    /// Whether someone is there to give one: a question needs a terminal to be read from and to be shown on.
    pub(crate) fn can_be_given() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

/// Asks, and returns what was typed; empty if the terminal was closed.
pub(crate) async fn ask(question: &str) -> Result<String, Failure> {
    let _ = write!(io::stderr().lock(), "{question}");
    let read = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer.trim().to_owned())
    });
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::new(Kind::Source, format!("the answer could not be read: {error}"));
    read.await.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))
}
