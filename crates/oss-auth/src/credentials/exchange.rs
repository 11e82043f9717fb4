//! Fetching credentials as a conversation in which the other side does the IO.

mod assume_role;
mod ecs;
mod single;
mod sts;

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use http::{Request, StatusCode};

use super::Credentials;
use super::chain::ChainExchange;
use super::error::{ChainReport, CredentialsError};
use super::process::ProcessSource;
use super::source::CredentialsSource;

/// Fetches the credentials of one source, once.
///
/// It asks for one thing at a time: call [`next`](Self::next), do what the [`Step`] says, report with one of the `on_`
/// methods, and so on until [`Step::Done`]. It never waits, connects or looks at a clock. Small local files (an OIDC
/// token) are read in `next`.
///
/// After an error from any method the exchange is over; begin a new one.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use http::StatusCode;
/// use oss_auth::credentials::{CredentialsSource, CredentialsUri, Step};
///
/// # fn main() -> Result<(), oss_auth::credentials::CredentialsError> {
/// let now = UNIX_EPOCH + Duration::from_secs(1_719_880_245);
/// let source = CredentialsSource::Uri(CredentialsUri::new("http://127.0.0.1:8080/credentials"));
/// let mut exchange = source.exchange();
/// let credentials = loop {
///     match exchange.next(now)? {
///         Step::Send(request) => {
///             assert_eq!(request.http.uri().path(), "/credentials");
///             // Send it; this is what the server says:
///             let body = br#"{"AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T06:30:45Z"}"#;
///             exchange.on_response(StatusCode::OK, body, now)?;
///         }
///         Step::Run(process) => exchange.on_process(process.run(now))?,
///         Step::Done(credentials) => break credentials,
///         _ => unreachable!("there are no other steps yet"),
///     }
/// };
/// assert_eq!(credentials.access_key_id(), "STS.x");
/// # Ok(())
/// # }
/// ```
pub struct Exchange(State);

enum State {
    /// Whatever needs no conversation.
    Ready(Credentials),
    Process(ProcessSource),
    Remote(Box<dyn Conversation>),
    Chain(Box<ChainExchange>),
}

/// What to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// Send a request; then [`Exchange::on_response`] or [`Exchange::on_no_response`].
    Send(Box<ExchangeRequest>),
    /// Run a command, where blocking is allowed; then [`Exchange::on_process`].
    Run(ProcessSource),
    /// That is all.
    Done(Credentials),
}

/// A request and how to send it. Redirects must not be followed.
#[non_exhaustive]
pub struct ExchangeRequest {
    /// The request, with an absolute URI.
    pub http: Request<Vec<u8>>,
    /// Wait this long before sending: zero but for another try.
    pub delay: Duration,
    /// The most that connecting may take.
    pub connect_timeout: Duration,
    /// The most that the response may take.
    pub read_timeout: Duration,
    /// Whether proxy settings must be ignored (the metadata service is on the machine itself).
    pub bypass_proxy: bool,
}

/// The host only: path, query, headers and body may hold secrets.
impl fmt::Debug for ExchangeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeRequest")
            .field("method", self.http.method())
            .field("host", &self.http.uri().host())
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    pub(super) fn new(source: &CredentialsSource) -> Self {
        Self(match source {
            CredentialsSource::Static(credentials) => State::Ready(credentials.clone()),
            CredentialsSource::Process(process) => State::Process(process.clone()),
            CredentialsSource::EcsRamRole(role) => State::Remote(Box::new(ecs::Ecs::new(role.clone()))),
            CredentialsSource::AssumeRole(role) => {
                State::Remote(Box::new(assume_role::Assume::new(role.base.exchange(), role.session.clone())))
            }
            CredentialsSource::AssumeRoleWithOidc(role) => State::Remote(Box::new(sts::with_oidc(role.clone()))),
            CredentialsSource::Uri(uri) => State::Remote(Box::new(single::from_uri(uri.clone()))),
            CredentialsSource::Chain(chain) => State::Chain(Box::new(chain.exchange())),
        })
    }

    /// What to do next. Asking twice gives the same response.
    ///
    /// # Errors
    /// [`CredentialsError`] if there is nothing left to try.
    pub fn next(&mut self, now: SystemTime) -> Result<Step, CredentialsError> {
        match &mut self.0 {
            State::Ready(credentials) => Ok(Step::Done(credentials.clone())),
            State::Process(process) => Ok(Step::Run(process.clone())),
            State::Remote(conversation) => conversation.next(now),
            State::Chain(chain) => chain.next(now),
        }
    }

    /// The response to the request. Give at most [`MAX_RESPONSE_BYTES`](super::MAX_RESPONSE_BYTES) and a byte of the body.
    ///
    /// # Errors
    /// [`CredentialsError`] if there is nothing left to try.
    pub fn on_response(&mut self, status: StatusCode, body: &[u8], now: SystemTime) -> Result<(), CredentialsError> {
        self.on_event(Event::Response { status, body, now })
    }

    /// There was no response to the request. The error becomes the cause of ours, so it should not repeat the URL.
    ///
    /// # Errors
    /// [`CredentialsError`] if there is nothing left to try.
    pub fn on_no_response(&mut self, error: impl Into<Box<dyn Error + Send + Sync>>) -> Result<(), CredentialsError> {
        self.on_event(Event::NoResponse(error.into()))
    }

    /// The command was run: this is what [`ProcessSource::run`] returned.
    ///
    /// # Errors
    /// [`CredentialsError`] if there is nothing left to try.
    pub fn on_process(&mut self, result: Result<Credentials, CredentialsError>) -> Result<(), CredentialsError> {
        self.on_event(Event::Process(result))
    }

    /// What the sources of a chain have said so far. Empty for other sources.
    #[must_use]
    pub fn report(&self) -> ChainReport {
        match &self.0 {
            State::Chain(chain) => chain.report().clone(),
            _ => ChainReport::default(),
        }
    }

    pub(super) fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError> {
        match (&mut self.0, event) {
            (State::Remote(conversation), event) => conversation.on_event(event),
            (State::Chain(chain), event) => chain.on_event(event),
            (State::Process(_), Event::Process(result)) => {
                self.0 = State::Ready(result?);
                Ok(())
            }
            // An event that was not asked for changes nothing.
            (State::Ready(_) | State::Process(_), _) => Ok(()),
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

/// What became of a step.
pub(super) enum Event<'a> {
    Response { status: StatusCode, body: &'a [u8], now: SystemTime },
    NoResponse(Box<dyn Error + Send + Sync>),
    Process(Result<Credentials, CredentialsError>),
}

/// A conversation with a remote source.
trait Conversation: Send {
    fn next(&mut self, now: SystemTime) -> Result<Step, CredentialsError>;
    fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError>;
}
