//! The signals that ask the program to stop.

use std::fmt;

/// A signal that asks the program to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "other systems have Ctrl-C alone"))]
pub(crate) enum Signal {
    /// The terminal is gone.
    Hangup,
    /// Ctrl-C.
    Interrupt,
    /// `kill`, or the end of a service or container.
    Terminate,
}

impl Signal {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
        })
    }
}

pub(crate) use system::Signals;

#[cfg(unix)]
mod system {
    use std::io;

    use tokio::signal::unix::{self, SignalKind};

    use super::Signal;

    /// Waits for signals from the moment it is made; until then they end the process.
    pub(crate) struct Signals {
        hangup: Option<unix::Signal>,
        interrupt: Option<unix::Signal>,
        terminate: Option<unix::Signal>,
    }

    impl Signals {
        /// Listens for every signal that is not ignored when the process starts: `nohup` ignores SIGHUP, and a shell ignores
        /// Ctrl-C for what it runs in the background.
        ///
        /// # Errors
        /// The system refuses a handler.
        pub(crate) fn listen() -> io::Result<Self> {
            let ignored = ignored();
            let listen = |signal: Signal, kind| match ignored >> (signal.number() - 1) & 1 {
                0 => unix::signal(kind).map(Some),
                _ => Ok(None),
            };
            Ok(Self {
                hangup: listen(Signal::Hangup, SignalKind::hangup())?,
                interrupt: listen(Signal::Interrupt, SignalKind::interrupt())?,
                terminate: listen(Signal::Terminate, SignalKind::terminate())?,
            })
        }

        /// The next signal. Cancelling the wait loses none.
        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                biased;
                () = received(&mut self.terminate) => Signal::Terminate,
                () = received(&mut self.hangup) => Signal::Hangup,
                () = received(&mut self.interrupt) => Signal::Interrupt,
            }
        }
    }

    async fn received(signal: &mut Option<unix::Signal>) {
        if let Some(signal) = signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// The mask of signals that are ignored, signal 1 in the lowest bit; 0 where the system does not say.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use super::Signal;

    /// Waits for Ctrl-C.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> Signal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => Signal::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
