//! A conversation of one request, tried again when the server is at fault.

use std::error::Error;
use std::time::{Duration, SystemTime};

use http::{Request, StatusCode};

use super::{Conversation, Event, ExchangeRequest, Step};
use crate::credentials::Credentials;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::json::Object;
use crate::credentials::response::{Required, read_keys};
use crate::credentials::source::CredentialsUri;
use crate::encoding::encode;
use crate::secret::Secret;

/// A request as its source writes it, and the secrets in it that no error may repeat.
pub(super) struct Written {
    pub(super) http: Request<Vec<u8>>,
    pub(super) secrets: Vec<Secret>,
}

type Write = Box<dyn Fn(SystemTime) -> Result<Written, CredentialsError> + Send>;
type Read = Box<dyn Fn(&[u8], SystemTime) -> Result<Credentials, CredentialsError> + Send>;

/// One request, written again for each attempt.
pub(super) struct Single {
    kind: SourceKind,
    write: Write,
    read: Read,
    tries: Tries,
    host: String,
    secrets: Vec<Secret>,
    found: Option<Credentials>,
}

impl Single {
    pub(super) fn new(kind: SourceKind, write: Write, read: Read) -> Self {
        Self { kind, write, read, tries: Tries::default(), host: String::new(), secrets: Vec::new(), found: None }
    }

    fn on_response(&mut self, status: StatusCode, body: &[u8], now: SystemTime) -> Result<(), CredentialsError> {
        if status == StatusCode::OK {
            self.found = Some((self.read)(body, now)?);
            return Ok(());
        }
        if is_server_fault(status) && self.tries.again() {
            return Ok(());
        }
        Err(refused(self.kind, status, body, &self.secrets))
    }

    fn on_no_response(&mut self, source: Box<dyn Error + Send + Sync>) -> Result<(), CredentialsError> {
        if self.tries.again() {
            return Ok(());
        }
        Err(CredentialsError::NoResponse { kind: self.kind, host: self.host.clone(), source })
    }
}

impl Conversation for Single {
    fn next(&mut self, now: SystemTime) -> Result<Step, CredentialsError> {
        if let Some(credentials) = &self.found {
            return Ok(Step::Done(credentials.clone()));
        }
        let written = (self.write)(now)?;
        self.host = written.http.uri().host().unwrap_or_default().to_owned();
        self.secrets = written.secrets;
        Ok(Step::Send(Box::new(ExchangeRequest {
            http: written.http,
            delay: self.tries.delay(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            bypass_proxy: false,
        })))
    }

    fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError> {
        match event {
            Event::Response { status, body, now } => self.on_response(status, body, now),
            Event::NoResponse(error) => self.on_no_response(error),
            Event::Process(_) => Ok(()),
        }
    }
}

/// Credentials from a URL.
pub(super) fn from_uri(source: CredentialsUri) -> Single {
    let write = move |_| {
        let invalid = || CredentialsError::Invalid {
            kind: SourceKind::Uri,
            problem: "the URL is not one of http or https".to_owned(),
        };
        let is_web = source.url.starts_with("http://") || source.url.starts_with("https://");
        if !is_web {
            return Err(invalid());
        }
        let http = Request::get(&source.url).body(Vec::new()).map_err(|_| invalid())?;
        Ok(Written { http, secrets: vec![Secret::new(source.url.clone())] })
    };
    let read = |body: &[u8], now| read_keys(SourceKind::Uri, body, Required::TokenAndExpiration, now);
    Single::new(SourceKind::Uri, Box::new(write), Box::new(read))
}

/// How often a request has been tried.
#[derive(Default)]
pub(super) struct Tries(u32);

impl Tries {
    /// Counts a failure; `false` if that was the last try.
    pub(super) fn again(&mut self) -> bool {
        self.0 += 1;
        self.0 < MAX_TRIES
    }

    /// How long to wait before the try that comes now.
    pub(super) fn delay(&self) -> Duration {
        FIRST_DELAY * self.0
    }
}

const MAX_TRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(500);

/// Whether the same request may well succeed in a moment.
pub(super) fn is_server_fault(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The error of a response that is not a success.
pub(super) fn refused(kind: SourceKind, status: StatusCode, body: &[u8], secrets: &[Secret]) -> CredentialsError {
    let mut response = Object::parse(body).ok();
    let mut text = |name| response.as_mut()?.text(name).ok()?;
    // Any other source knows the credentials already and might quote them.
    let is_sts = matches!(kind, SourceKind::AssumeRole | SourceKind::AssumeRoleWithOidc);
    CredentialsError::Refused {
        kind,
        status,
        code: text("Code").filter(|text| is_identifier(text)),
        message: text("Message").filter(|_| is_sts).and_then(|text| harmless(text, secrets)),
        request_id: text("RequestId").filter(|text| is_identifier(text)),
    }
}

fn is_identifier(text: &str) -> bool {
    let is_identifier_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(is_identifier_byte)
}

/// Text of a server that may be printed: short, on one line, and without any of the secrets that were sent.
///
/// STS quotes the whole string to sign in a mismatch, percent-encoded twice, and the token with it.
fn harmless(text: String, secrets: &[Secret]) -> Option<String> {
    let repeats = |secret: &Secret| {
        let once = encode(secret.expose());
        let twice = encode(&once);
        !secret.expose().is_empty() && [secret.expose(), &once, &twice].into_iter().any(|form| text.contains(form))
    };
    if text.is_empty() || secrets.iter().any(repeats) || text.contains("string to sign") {
        return None;
    }
    let line = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    Some(line.take(MAX_MESSAGE_CHARS).collect())
}

const MAX_MESSAGE_CHARS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_repeats_a_secret_is_left_out() {
        let secrets = [Secret::new("t+/=")];
        assert_eq!(harmless("no such\nrole".into(), &secrets).as_deref(), Some("no such role"));
        for text in ["token t+/= is bad", "SecurityToken=t%2B%2F%3D", "SecurityToken%3Dt%252B%252F%253D", ""] {
            assert_eq!(harmless(text.into(), &secrets), None, "{text}");
        }
        assert_eq!(harmless("x".repeat(1000), &secrets).map(|text| text.len()), Some(200));
    }
}
