//! What the library logs, on standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// Quiet unless asked: `OSSUP_LOG=debug`, or a filter for each module.
pub(crate) fn init() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("OSSUP_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_ansi(io::stderr().is_terminal() && !no_color())
        .with_writer(io::stderr)
        .init();
}

/// Whether the user wants no colours anywhere: <https://no-color.org>.
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
