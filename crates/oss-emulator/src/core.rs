//! What all connections of one server share.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use http::Response;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::callback::CallbackKey;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::history::History;
use crate::response::{OssResponse, ResponseBody};
use crate::settings::Settings;
use crate::store::Store;
use crate::verify::Account;

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) history: History,
    pub(crate) accounts: RwLock<Vec<Account>>,
    pub(crate) tasks: Tasks,
    /// Where this server can be reached, for `Location` and for the callback key; known once it listens.
    pub(crate) endpoint: OnceLock<String>,
    pub(crate) callback_key: tokio::sync::OnceCell<CallbackKey>,
    /// Who may vouch for callback servers; read once it is needed.
    pub(crate) callback_roots: tokio::sync::OnceCell<Arc<rustls::RootCertStore>>,
    /// Finished uploads that a repeated Complete still finds (a switch).
    pub(crate) completed: Mutex<HashMap<String, Completed>>,
}

/// What a repeated Complete is answered from.
#[derive(Clone, Debug)]
pub(crate) struct Completed {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) until_ms: i64,
    pub(crate) etag: String,
    pub(crate) crc64: Option<u64>,
    pub(crate) version_id: Option<String>,
}

impl Core {
    /// 24 upper-case hex digits.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{:08X}{:016X}", fastrand::u32(..), fastrand::u64(..))
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.endpoint.get().map_or("http://localhost", String::as_str)
    }

    pub(crate) async fn callback_key(&self) -> Response<ResponseBody> {
        let key = self.callback_key.get_or_try_init(CallbackKey::generate).await;
        let response = match key {
            Ok(key) => {
                OssResponse::ok().with("content-type", "application/x-pem-file").body(key.public_pem().to_owned())
            }
            Err(error) => OssResponse::error(&error, "", "", false),
        };
        response.into_http()
    }

    pub(crate) fn remember(&self, upload_id: String, completed: Completed) {
        let now = self.clock.now_ms();
        let mut all = self.completed.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, old| old.until_ms > now);
        all.insert(upload_id, completed);
    }

    pub(crate) fn remembered(&self, upload_id: &str) -> Option<Completed> {
        let all = self.completed.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(upload_id).filter(|completed| completed.until_ms > self.clock.now_ms()).cloned()
    }
}

/// Every task of a server, so that it can be stopped and awaited.
#[derive(Debug)]
pub(crate) struct Tasks {
    stop: watch::Sender<bool>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { stop: watch::Sender::new(false) }
    }
}

impl Tasks {
    /// Runs `work` until it is done or the server stops.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> StoppableTask<T> {
        let mut stop = self.stop.subscribe();
        StoppableTask(tokio::spawn(async move {
            tokio::select! {
                value = work => Some(value),
                _ = stop.wait_for(|stop| *stop) => None,
            }
        }))
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns once every task that was spawned has ended.
    pub(crate) async fn ended(&self) {
        self.stop.closed().await;
    }
}

/// A task that ends with the server. Dropping the handle leaves it running.
#[derive(Debug)]
pub(crate) struct StoppableTask<T>(JoinHandle<Option<T>>);

/// The server stopped before the task was done, or the task failed.
#[derive(Debug)]
pub(crate) struct Stopped;

impl<T> Future for StoppableTask<T> {
    type Output = Result<T, Stopped>;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx).map(|joined| joined.ok().flatten().ok_or(Stopped))
    }
}
