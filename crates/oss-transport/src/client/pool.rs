use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::runtime;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::io::Meter;
use super::origin::Origin;
use crate::wire_body::WireBody;

/// A connection that can take a request. Dropping it closes it.
pub(super) struct Connection {
    pub(super) sender: SendRequest<WireBody>,
    pub(super) meter: Meter,
    /// The runtime that drives it.
    pub(super) runtime: runtime::Id,
    pub(super) _driver: Driver,
}

/// The task that moves a connection's bytes. Ends when dropped: left alone it would continue to send the body of a request
/// that was responded to early or given up, for as long as the server likes, with no limit watching it.
pub(super) struct Driver(pub(super) AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connections that wait for their next request, each to be used on the runtime that drives it: another one may be alive when
/// that one is not driven, and would wait for it in vain.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<HashMap<Place, Vec<Idle>>>>);

type Place = (runtime::Id, Origin);

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A pool that may be gone.
pub(super) struct WeakPool(Weak<Mutex<HashMap<Place, Vec<Idle>>>>);

impl WeakPool {
    /// Forgets the connections that are closed.
    pub(super) fn forget_closed(&self) {
        let Some(pool) = self.0.upgrade() else { return };
        let mut idle = pool.lock().unwrap_or_else(PoisonError::into_inner);
        retain(&mut idle, |idle| !idle.connection.sender.is_closed());
    }
}

fn retain(all: &mut HashMap<Place, Vec<Idle>>, is_good: impl Fn(&Idle) -> bool) {
    all.retain(|_, connections| {
        connections.retain(&is_good);
        !connections.is_empty()
    });
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PoolSettings {
    /// Most connections that wait for one origin, on one runtime.
    pub(super) max_idle_per_host: usize,
    /// Longest wait, at whose end the driver closes the connection; below the time after which servers close by themselves, or
    /// requests meet closed connections.
    pub(super) idle_timeout: Duration,
}

impl Pool {
    /// The connection of this runtime that was used last, since it is the least likely to have been closed meanwhile.
    pub(super) fn take(&self, runtime: runtime::Id, origin: &Origin, settings: PoolSettings) -> Option<Connection> {
        let place = (runtime, origin.clone());
        let mut idle = self.idle(settings);
        let connections = idle.get_mut(&place)?;
        let connection = connections.pop().map(|idle| idle.connection);
        if connections.is_empty() {
            idle.remove(&place);
        }
        connection
    }

    pub(super) fn put(&self, origin: Origin, connection: Connection, settings: PoolSettings) {
        connection.meter.detach();
        let mut idle = self.idle(settings);
        let connections = idle.entry((connection.runtime, origin)).or_default();
        if connections.len() < settings.max_idle_per_host {
            connections.push(Idle { connection, since: Instant::now() });
        }
    }

    /// The pool as a connection's driver sees it, which does not keep it alive.
    pub(super) fn downgrade(&self) -> WeakPool {
        WeakPool(Arc::downgrade(&self.0))
    }

    /// The idle connections that are still good.
    fn idle(&self, settings: PoolSettings) -> MutexGuard<'_, HashMap<Place, Vec<Idle>>> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_over = |idle: &Idle| now.duration_since(idle.since) >= settings.idle_timeout;
        retain(&mut idle, |idle| !is_over(idle) && !idle.connection.sender.is_closed());
        idle
    }
}
