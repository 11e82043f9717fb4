//! How many connections are served at once, and which of them makes room for a new one.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::wire::Control;

/// A client that takes longer than this between two requests, or to send a head, may lose its place to another.
const HEAD_GRACE: Duration = Duration::from_secs(1);
/// The same for a client that sends nothing more of a body, or reads nothing more of a response.
const STALL_GRACE: Duration = Duration::from_secs(10);
/// How often waiting clients are compared with the limits above while every place is taken.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// The connections of one listener.
#[derive(Debug)]
pub(crate) struct Connections {
    limit: usize,
    open: Mutex<Open>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    control: Control,
    /// Taken when the connection has to make room.
    evict: Option<oneshot::Sender<()>>,
}

impl Connections {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, open: Mutex::default(), freed: Notify::new() })
    }

    /// Waits for a place. While all are taken, the connection that has waited longest for its client is closed.
    pub(crate) async fn place(self: &Arc<Self>, control: Control) -> Place {
        loop {
            // Registered before the check, so that no place that becomes free in between is missed.
            let freed = self.freed.notified();
            if let Some(place) = self.try_place(&control) {
                return place;
            }
            self.evict();
            tokio::select! {
                biased;
                () = freed => {}
                () = sleep(CHECK_INTERVAL) => {}
            }
        }
    }

    fn try_place(self: &Arc<Self>, control: &Control) -> Option<Place> {
        let mut open = self.open();
        if open.connections.len() >= self.limit {
            return None;
        }
        let number = open.next;
        open.next += 1;
        let (evict, evicted) = oneshot::channel();
        open.connections.insert(number, Connection { control: control.clone(), evict: Some(evict) });
        Some(Place { connections: Arc::clone(self), number, evicted })
    }

    /// Closes one connection whose client keeps it waiting, if there is one and none is being closed already.
    fn evict(&self) {
        let mut open = self.open();
        if open.connections.values().any(|connection| connection.evict.is_none()) {
            return;
        }
        let waiting = |connection: &Connection| {
            let head = connection.control.waits_for_head().filter(|waited| *waited >= HEAD_GRACE);
            let stalled = connection.control.waits_for_client().filter(|waited| *waited >= STALL_GRACE);
            // Who has no request under way goes first.
            head.map(|waited| (true, waited)).or(stalled.map(|waited| (false, waited)))
        };
        let longest = open.connections.values_mut().filter_map(|connection| Some((waiting(connection)?, connection)));
        if let Some((_, connection)) = longest.max_by_key(|(waited, _)| *waited)
            && let Some(evict) = connection.evict.take()
        {
            let _ = evict.send(());
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to serve one connection.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    number: u64,
    evicted: oneshot::Receiver<()>,
}

impl Place {
    /// Serves until the connection ends or has to make room.
    pub(crate) async fn serve(mut self, connection: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            _ = &mut self.evicted => tracing::debug!("closed a connection whose client kept it waiting"),
            () = connection => {}
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().connections.remove(&self.number);
        self.connections.freed.notify_one();
    }
}
