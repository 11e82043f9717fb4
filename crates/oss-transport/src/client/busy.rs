use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many connections of one client are busy with a request.
#[derive(Clone, Debug, Default)]
pub(super) struct BusyConnections(Arc<AtomicUsize>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Busy(BusyConnections);

impl BusyConnections {
    pub(super) fn enter(&self) -> Busy {
        self.0.fetch_add(1, Relaxed);
        Busy(self.clone())
    }

    /// Most bytes that one of them reads at a time.
    pub(super) fn read_limit(&self) -> u64 {
        read_limit(self.0.load(Relaxed))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// The buffers that a connection has read into, and that are not used up yet, are held in memory: some of each connection. Of
/// many connections each reads less at a time, so that together they hold a few megabytes; and none reads more than stays
/// in the processor's cache until it is used.
///
/// The buffers grow when a read fills one, to the next power of two: one byte less keeps them at that size.
fn read_limit(connections: usize) -> u64 {
    let share = (TOGETHER / connections.max(1)).clamp(LEAST, MOST);
    // The power of two that it reaches.
    let size = 1_u64 << share.ilog2();
    size - 1
}

const TOGETHER: usize = 2 << 20;
const MOST: usize = 256 << 10;
/// The smallest buffer of hyper.
const LEAST: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_connections_are_busy_the_less_each_reads_at_a_time() {
        let connections = BusyConnections::default();
        let limits: Vec<_> = [0, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 10_000].map(read_limit).to_vec();
        let kib = |kib: u64| (kib << 10) - 1;
        let pairs = [256, 128, 64, 32, 16, 8].map(kib).into_iter().flat_map(|limit| [limit, limit]);
        assert_eq!(limits, pairs.collect::<Vec<_>>());
        let busy: Vec<_> = (0..9).map(|_| connections.enter()).collect();
        assert_eq!(connections.read_limit(), kib(128));
        drop(busy);
        assert_eq!(connections.read_limit(), kib(256));
    }
}
