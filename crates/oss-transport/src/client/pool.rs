mod idle;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hyper::client::conn::http1::SendRequest;
use tokio::runtime;
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub(super) use self::idle::PoolSettings;
use self::idle::{Connected, Idle};
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

impl Connected for Connection {
    fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Connections that wait for their next request, each to be used on the runtime that drives it: another one may be alive when
/// that one is not driven, and would wait for it in vain.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<IdleConnections>>);

type IdleConnections = Idle<(runtime::Id, Origin), Connection>;

/// A pool that may be gone.
pub(super) struct WeakPool(Weak<Mutex<IdleConnections>>);

impl WeakPool {
    /// Forgets the connections that are closed.
    pub(super) fn forget_closed(&self) {
        if let Some(pool) = self.0.upgrade() {
            Pool(pool).idle().forget_closed();
        }
    }
}

impl Pool {
    /// The connection of this runtime that was used last.
    pub(super) fn take(&self, runtime: runtime::Id, origin: &Origin, settings: PoolSettings) -> Option<Connection> {
        self.idle().take(&(runtime, origin.clone()), Instant::now(), settings)
    }

    pub(super) fn put(&self, origin: Origin, connection: Connection, settings: PoolSettings) {
        connection.meter.detach();
        self.idle().put((connection.runtime, origin), connection, Instant::now(), settings);
    }

    /// The pool as a connection's driver sees it, which does not keep it alive.
    pub(super) fn downgrade(&self) -> WeakPool {
        WeakPool(Arc::downgrade(&self.0))
    }

    fn idle(&self) -> MutexGuard<'_, IdleConnections> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
