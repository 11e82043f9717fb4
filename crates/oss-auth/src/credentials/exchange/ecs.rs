//! The metadata service of an ECS instance: token, role name, credentials.

use std::error::Error;
use std::time::{Duration, SystemTime};

use http::{HeaderName, Method, Request, StatusCode};

use super::single::{Tries, is_server_fault, refused};
use super::{Conversation, Event, ExchangeRequest, Step};
use crate::credentials::Credentials;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::response::{Required, read_keys};
use crate::credentials::source::EcsRamRole;
use crate::encoding::encode;
use crate::request::sensitive_value;
use crate::secret::Secret;

const KIND: SourceKind = SourceKind::EcsRamRole;
const TOKEN_PATH: &str = "/latest/api/token";
const ROLES_PATH: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN_TTL: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token-ttl-seconds");
const TOKEN_TTL_SECONDS: &str = "21600";
const TOKEN: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token");
/// The service is on the machine itself: what takes longer is not there.
const TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct Ecs {
    role: EcsRamRole,
    stage: Stage,
    token: Option<Secret>,
    /// Whether a refused token has been replaced once already.
    renewed_token: bool,
    tries: Tries,
}

enum Stage {
    Token,
    RoleName,
    Keys { role_name: String },
    Done(Credentials),
}

impl Ecs {
    pub(super) fn new(role: EcsRamRole) -> Self {
        Self { role, stage: Stage::Token, token: None, renewed_token: false, tries: Tries::default() }
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.tries = Tries::default();
    }

    /// After the token, with or without one.
    fn enter_first_get(&mut self) {
        let stage = match &self.role.role_name {
            Some(name) => Stage::Keys { role_name: name.clone() },
            None => Stage::RoleName,
        };
        self.enter(stage);
    }

    fn on_response(&mut self, status: StatusCode, body: &[u8], now: SystemTime) -> Result<(), CredentialsError> {
        if is_server_fault(status) && self.tries.again() {
            return Ok(());
        }
        if status != StatusCode::OK {
            return self.on_refusal(status, body);
        }
        match &self.stage {
            Stage::Token => {
                let token = std::str::from_utf8(body).map(str::trim).unwrap_or_default();
                if !is_token(token) {
                    return self.without_token(problem("the response is not a metadata token"));
                }
                self.token = Some(Secret::new(token));
                self.enter_first_get();
            }
            Stage::RoleName => {
                let name = std::str::from_utf8(body).map(str::trim).unwrap_or_default();
                if !is_role_name(name) {
                    return Err(problem("the response is not a role name"));
                }
                self.enter(Stage::Keys { role_name: name.to_owned() });
            }
            Stage::Keys { .. } => {
                let credentials = read_keys(KIND, body, Required::TokenAndExpiration, now)?;
                self.enter(Stage::Done(credentials));
            }
            Stage::Done(_) => {}
        }
        Ok(())
    }

    fn on_refusal(&mut self, status: StatusCode, body: &[u8]) -> Result<(), CredentialsError> {
        let error = match (&self.stage, status) {
            (Stage::RoleName, StatusCode::NOT_FOUND) => {
                CredentialsError::NotConfigured { kind: KIND, missing: "the instance has no RAM role".to_owned() }
            }
            (Stage::Keys { role_name }, StatusCode::NOT_FOUND) => {
                CredentialsError::Invalid { kind: KIND, problem: format!("the instance has no RAM role {role_name:?}") }
            }
            _ => refused(KIND, status, body, &[]),
        };
        match &self.stage {
            Stage::Token => self.without_token(error),
            _ if status == StatusCode::NOT_FOUND || self.token.is_none() => Err(error),
            // The token is not good, or not wanted.
            _ if self.role.allow_v1 => {
                self.token = None;
                self.tries = Tries::default();
                Ok(())
            }
            _ if status == StatusCode::UNAUTHORIZED && !self.renewed_token => {
                self.token = None;
                self.renewed_token = true;
                self.enter(Stage::Token);
                Ok(())
            }
            _ => Err(error),
        }
    }

    fn on_no_response(&mut self, source: Box<dyn Error + Send + Sync>) -> Result<(), CredentialsError> {
        let error = CredentialsError::NoResponse { kind: KIND, host: self.host(), source };
        match self.stage {
            Stage::Token => self.without_token(error),
            // It gave a token, so it is there.
            _ if self.token.is_some() && self.tries.again() => Ok(()),
            _ => Err(error),
        }
    }

    /// There is no token: go on as version 1 does, or not at all.
    fn without_token(&mut self, error: CredentialsError) -> Result<(), CredentialsError> {
        if !self.role.allow_v1 {
            return Err(error);
        }
        self.token = None;
        self.enter_first_get();
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> Result<ExchangeRequest, CredentialsError> {
        let invalid = || CredentialsError::Invalid {
            kind: KIND,
            problem: "the endpoint or the role name is not valid".to_owned(),
        };
        let is_put = method == Method::PUT;
        let url = format!("{}{path}", self.role.endpoint.trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(url);
        if is_put {
            request = request.header(TOKEN_TTL, TOKEN_TTL_SECONDS);
        } else if let Some(token) = &self.token {
            request = request.header(TOKEN, sensitive_value(token.expose(), "metadata token").map_err(|_| invalid())?);
        }
        Ok(ExchangeRequest {
            http: request.body(Vec::new()).map_err(|_| invalid())?,
            delay: self.tries.delay(),
            connect_timeout: TIMEOUT,
            read_timeout: TIMEOUT,
            bypass_proxy: true,
        })
    }

    fn host(&self) -> String {
        let endpoint = &self.role.endpoint;
        endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host).to_owned()
    }
}

impl Conversation for Ecs {
    fn next(&mut self, _now: SystemTime) -> Result<Step, CredentialsError> {
        let request = match &self.stage {
            Stage::Token => self.request(Method::PUT, TOKEN_PATH),
            Stage::RoleName => self.request(Method::GET, ROLES_PATH),
            Stage::Keys { role_name } => self.request(Method::GET, &format!("{ROLES_PATH}{}", encode(role_name))),
            Stage::Done(credentials) => return Ok(Step::Done(credentials.clone())),
        };
        request.map(|request| Step::Send(Box::new(request)))
    }

    fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError> {
        match event {
            Event::Response { status, body, now } => self.on_response(status, body, now),
            Event::NoResponse(error) => self.on_no_response(error),
            Event::Process(_) => Ok(()),
        }
    }
}

fn problem(problem: &str) -> CredentialsError {
    CredentialsError::Response { kind: KIND, problem: problem.to_owned() }
}

/// Whether a text can be a token: base64 of either alphabet or words joined by dots. A page of HTML is none.
fn is_token(text: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    (1..=1024).contains(&text.len()) && text.bytes().all(is_token_byte)
}

/// A page of HTML is none.
fn is_role_name(text: &str) -> bool {
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(is_name_byte)
}
