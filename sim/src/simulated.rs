use std::io;

use ossup::{Config, Credentials};
use tokio::runtime::Runtime;

use crate::client::connected;
use crate::history::History;
use crate::requests::BUCKET;
use crate::server::{KEY_ID, Server, Setup};

/// The simulated OSS alone, in simulated time, without a fault. It knows one key, and checks no signature.
pub struct Simulated {
    runtime: Runtime,
    server: Server,
}

impl Simulated {
    /// The one bucket.
    pub const BUCKET: &str = BUCKET;

    /// An OSS whose bucket is empty.
    ///
    /// # Errors
    /// If the runtime does not start.
    pub fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        // Its time is that of the runtime.
        let server = runtime.block_on(async { Server::new(History::new(), Setup { page: PAGE, ..Setup::default() }) });
        Ok(Self { runtime, server })
    }

    /// How a client reaches it; the credentials are missing.
    pub fn config(&self) -> Config {
        connected(&self.server)
    }

    /// The key that it knows.
    pub fn credentials() -> Credentials {
        Credentials::new(KEY_ID, "secret")
    }

    /// Runs something to its end on this thread, whose clock stands still whenever there is something to do.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

impl std::fmt::Debug for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Simulated")
    }
}

/// Most keys of a page of a list.
const PAGE: usize = 1_000;
