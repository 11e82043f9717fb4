//! A client of the simulated OSS: our real stack over in-memory connections.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use fastrand::Rng;
use hyper_util::rt::TokioIo;
use ossup::credentials::RefreshingProvider;
use ossup::{Client, Config, Credentials, GetObjectRequest, ListObjectsV2Request};

use crate::history::Event;
use crate::pipe::ClientPipe;
use crate::requests::BUCKET;
use crate::scenario::Moment;
use crate::server::{EPOCH, KEY_ID, Server, TOKEN};
use crate::work::Work;

/// Temporary credentials, which are fetched again before they expire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Session {
    pub(crate) lifetime: Duration,
    /// The fetch, from 0, that never ends.
    pub(crate) hangs: Option<u32>,
}

/// How a client reaches the server.
pub(crate) fn connected(server: &Server) -> Config {
    let connected = server.clone();
    Config::default().region("cn-hangzhou").endpoint("http://oss.test").proxy_from_environment(false).connector(
        tower::service_fn(move |_: http::Uri| {
            let (ours, theirs) = tokio::io::duplex(BUFFER);
            let breaks = Arc::new(AtomicBool::new(false));
            tokio::spawn(connected.clone().serve(theirs, Arc::clone(&breaks)));
            let ours = ClientPipe::new(ours, connected.clone(), breaks);
            std::future::ready(Ok::<_, io::Error>(TokioIo::new(ours)))
        }),
    )
}

/// A client that is anonymous or has temporary credentials.
pub(crate) fn client(server: &Server, session: Option<Session>, limit: Option<Duration>) -> Result<Client, String> {
    let mut config = connected(server);
    config = match session {
        None => config.anonymous(),
        Some(session) => config.credentials_provider(provider(server, session)),
    };
    if let Some(limit) = limit {
        config = config.operation_timeout(limit);
    }
    Client::new(config).map_err(|error| error.to_string())
}

fn provider(server: &Server, session: Session) -> RefreshingProvider {
    let (clock, history, fetches) = (server.clone(), server.history().clone(), AtomicU32::new(0));
    let fetch = move || {
        let hangs = session.hangs == Some(fetches.fetch_add(1, Relaxed));
        let (now, end) = (history.elapsed(), history.elapsed() + session.lifetime);
        history.add(Event::Caller(if hangs { "never hands credentials out" } else { "hands credentials out" }));
        async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            let token = format!("{TOKEN}{}", end.as_millis());
            let expiration = UNIX_EPOCH + EPOCH + now + session.lifetime;
            Ok(Credentials::new(KEY_ID, "secret").with_security_token(token).with_expiration(expiration))
        }
    };
    RefreshingProvider::new("simulated", fetch).clock(move || clock.now())
}

/// Random numbers of one run.
pub(crate) fn entropy(seed: u64) -> impl Fn() -> f64 + Send + Sync + 'static {
    let random = Mutex::new(Rng::with_seed(seed ^ 0x5eed));
    move || random.lock().map_or(0.5, |mut random| random.f64())
}

/// Whether one of two calls gets a response, whatever it says: the first may be the one whose credentials never come. It
/// is a call that no fault is planned for.
pub(crate) async fn is_of_use(client: &Client, work: Work) -> Result<(), String> {
    let mut outcome = Ok(());
    for _ in 0..2 {
        let called = match work {
            Work::Download => client.list_objects_v2(ListObjectsV2Request::new(BUCKET)).await.map(drop),
            _ => client.get_object(GetObjectRequest::new(BUCKET, "key")).await.map(drop),
        };
        outcome = match called {
            Ok(()) => return Ok(()),
            Err(error) if error.service().is_some() => return Ok(()),
            Err(error) => Err(error.to_string()),
        };
    }
    outcome
}

/// Returns at this moment of a run.
pub(crate) async fn until(server: &Server, moment: Moment) {
    let history = server.history();
    let is_past = |arrived: u32| match moment {
        Moment::Requests(requests) => arrived >= requests,
        Moment::Struck(on, how) => history
            .events()
            .iter()
            .any(|event| matches!(event, Event::Struck(effect, call) if call.op == on && *effect == how)),
    };
    // The sender lives as long as the server.
    drop(server.arrivals().wait_for(|arrived| is_past(*arrived)).await);
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Bytes that a connection holds in each direction.
const BUFFER: usize = 64 * 1024;
