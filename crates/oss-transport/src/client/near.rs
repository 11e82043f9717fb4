use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Servers that are near, as far as the time tells that their connections took to open. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct NearServers(Arc<Mutex<HashSet<IpAddr>>>);

impl NearServers {
    /// Whether a server is near, now that a connection to it took so long to open.
    ///
    /// The time is also that of a thread that sends for other connections meanwhile: a server that was near stays so, unless it
    /// took much longer than such a thread makes it.
    pub(super) fn is_near(&self, server: IpAddr, opening: Duration) -> bool {
        let mut near = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if opening < NEAR {
            if near.len() >= MOST {
                near.clear();
            }
            near.insert(server);
            return true;
        }
        if opening >= BUSY {
            near.remove(&server);
        }
        near.contains(&server)
    }
}

const NEAR: Duration = Duration::from_micros(500);
/// A connection of a server at this distance still carries 100 MB a second through a small buffer.
const BUSY: Duration = Duration::from_millis(5);
/// Servers that are remembered.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_was_near_is_so_until_a_connection_takes_much_longer() {
        let near = NearServers::default();
        let [one, other] = [1, 2].map(|last| IpAddr::from([127, 0, 0, last]));
        let openings =
            [(one, 500, false), (one, 499, true), (other, 4999, false), (one, 4999, true), (one, 5000, false)];
        for (server, micros, expected) in openings.into_iter().chain([(one, 4999, false), (one, 0, true)]) {
            assert_eq!(near.is_near(server, Duration::from_micros(micros)), expected, "{server} {micros}");
        }
    }
}
