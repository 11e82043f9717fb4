//! Unique secrets go in everywhere; none may come out where people look.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, StatusCode};
use oss_auth::credentials::{
    AssumeRole, AssumeRoleWithOidc, Chain, CredentialsSource, CredentialsUri, EcsRamRole, Environment, ProcessSource,
    Refresh, RoleSession, Step,
};
use oss_auth::v4::{Authorization, CanonicalRequest, Scope, SigningKey, StringToSign, UNSIGNED_PAYLOAD};
use oss_auth::{Credentials, PostPolicy, Product, Signer, SigningRequest, V1Signer, V4Signer, v1};

const SECRET: &str = "canary-secret-6a7f";
const TOKEN: &str = "canary-token-91c3+/=";
const OIDC: &str = "canary-oidc-5d20";
const URL: &str = "http://127.0.0.1/canary-path-77b1?canary-query-02ee";

/// Everything that was said, and the secrets made on the way.
#[derive(Default)]
struct Said {
    text: String,
    secrets: Vec<String>,
}

impl Said {
    fn debug(&mut self, value: &dyn Debug) {
        write!(self.text, "{value:?}\n{value:#?}\n").unwrap();
    }

    fn error(&mut self, error: &dyn Error) {
        self.debug(&error);
        let mut next = Some(error);
        while let Some(error) = next {
            writeln!(self.text, "{error}").unwrap();
            next = error.source();
        }
    }

    fn secret(&mut self, secret: impl Into<String>) {
        self.secrets.push(secret.into());
    }

    /// Fails with the name of the secret that was said in any of the usual spellings.
    fn check(&self) {
        let fixed = [SECRET, TOKEN, OIDC, "canary-path-77b1", "canary-query-02ee"].map(str::to_owned);
        for secret in fixed.iter().chain(&self.secrets) {
            let encoded = oss_auth::encoding::encode(secret);
            let bytes = format!("{:?}", secret.as_bytes());
            for form in [secret.clone(), encoded, STANDARD.encode(secret), bytes] {
                assert!(!self.text.contains(&form), "{form} was said in:\n{}", self.text);
            }
        }
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

fn credentials() -> Credentials {
    Credentials::new("ak", SECRET).with_security_token(TOKEN).with_expiration(now() + Duration::from_secs(3600))
}

fn signers() -> [Signer; 3] {
    let v4 = V4Signer::new("cn-hangzhou", Product::OSS).unwrap();
    [Signer::V4(v4), Signer::V1(V1Signer::new()), Signer::Anonymous]
}

fn sign_everything(said: &mut Said) {
    let request = SigningRequest::new(Method::PUT).bucket("b").key("k").host("b.example.com");
    for signer in signers() {
        let mut headers = HeaderMap::new();
        signer.sign(&request, &mut headers, &credentials(), now()).unwrap();
        said.debug(&signer);
        said.debug(&headers);
        said.debug(&signer.string_to_sign(&request, &headers));
        if let Some(value) = headers.get("authorization").and_then(|value| value.to_str().ok()) {
            said.secret(value.rsplit(['=', ':']).find(|part| !part.is_empty()).unwrap());
            if let Ok(parsed) = Authorization::parse(value) {
                said.debug(&parsed);
            } else {
                let parsed = v1::Authorization::parse(value).unwrap();
                said.secret(parsed.signature());
                said.debug(&parsed);
            }
        }
        let life = Duration::from_secs(60);
        let presigned = signer.presign(&request, &headers, &credentials(), now(), life).unwrap();
        said.debug(&presigned);
        if let Some((_, signature)) = presigned.url().split_once("ignature=") {
            said.secret(oss_auth::encoding::decode(signature).unwrap());
        }
        let policy = PostPolicy::new(now() + life).equal("bucket", "b");
        said.debug(&policy);
        if let Ok(form) = signer.sign_post_policy(&policy, &credentials(), now()) {
            for (name, value) in form.fields() {
                if name.to_ascii_lowercase().ends_with("signature") || *name == "policy" {
                    said.secret(value.clone());
                }
            }
            said.debug(&form);
        }
        let bad = credentials().with_security_token(format!("{TOKEN}\n"));
        for (request, lifetime) in [
            (request.clone(), life),
            (request.clone().query("a", "").query("a", ""), life),
            (request.clone(), Duration::ZERO),
        ] {
            if let Err(error) = signer.sign(&request, &mut HeaderMap::new(), &bad, now()) {
                said.error(&error);
            }
            if let Err(error) = signer.presign(&request, &HeaderMap::new(), &bad, now(), lifetime) {
                said.error(&error);
            }
        }
    }
    let mut headers = HeaderMap::new();
    signers()[0].sign(&request, &mut headers, &credentials(), now()).unwrap();
    let scope = Scope::parse("20240702/cn-hangzhou/oss/aliyun_v4_request").unwrap();
    let canonical = CanonicalRequest::new(&request, &headers, &[], UNSIGNED_PAYLOAD);
    let key = SigningKey::derive(SECRET, &scope);
    said.secret(key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    said.secret(format!("{:?}", key.as_bytes()));
    said.debug(&canonical);
    said.debug(&StringToSign::new("20240702T003045Z", &scope, &canonical));
    said.debug(&v1::StringToSign::for_header(&request, &headers));
    said.debug(&key);
    said.debug(&credentials());
    said.debug(&Refresh::new(&credentials(), now()));
}

/// Plays every response that could quote something to every remote source.
fn fetch_everything(said: &mut Said) {
    let dir = tempfile::tempdir().unwrap();
    let token_file = dir.path().join("token");
    std::fs::write(&token_file, OIDC).unwrap();
    let session = || RoleSession::new("acs:ram::1:role/r");
    let keys = format!(
        r#"{{"AccessKeyId":"i","AccessKeySecret":"{SECRET}","SecurityToken":"{TOKEN}","Expiration":"2024-07-02T06:30:45Z"}}"#
    );
    let encoded = oss_auth::encoding::encode(&oss_auth::encoding::encode(TOKEN));
    let responses = [
        keys.clone(),
        format!(r#"{{"Credentials":{keys}}}"#),
        format!(r#"{{"AccessKeyId":"i","AccessKeySecret":["{SECRET}"]}}"#),
        format!(r#"{{"Expiration":"{SECRET}","AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t"}}"#),
        format!(
            r#"{{"Code":"SignatureDoesNotMatch","Message":"server string to sign is:POST&{encoded}","RequestId":"r"}}"#
        ),
        format!(r#"{{"Code":"InvalidParameter","Message":"bad token {TOKEN}{OIDC}{SECRET}{URL}","RequestId":"r"}}"#),
        format!("<html>{SECRET}</html>"),
        TOKEN.to_owned(),
    ];
    let base: CredentialsSource = credentials().into();
    let sources = [
        base.clone(),
        CredentialsSource::Process(ProcessSource::new("echo", [SECRET, TOKEN])),
        CredentialsSource::Process(ProcessSource::new("/nonexistent", [SECRET])),
        CredentialsSource::EcsRamRole(EcsRamRole::new()),
        CredentialsSource::AssumeRole(Box::new(AssumeRole::new(base, session()))),
        CredentialsSource::AssumeRoleWithOidc(AssumeRoleWithOidc::new(session(), "p", token_file)),
        CredentialsSource::Uri(CredentialsUri::new(URL)),
        CredentialsSource::Chain(Chain::new([CredentialsSource::Uri(CredentialsUri::new(URL))])),
    ];
    for source in &sources {
        said.debug(source);
        for response in &responses {
            for status in [StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::BAD_GATEWAY] {
                let mut exchange = source.exchange();
                // Longer than any conversation.
                for _ in 0..20 {
                    said.debug(&exchange);
                    let reported = match exchange.next(now()) {
                        Ok(Step::Send(request)) => {
                            said.debug(&Step::Send(request));
                            exchange.on_response(status, response.as_bytes(), now())
                        }
                        Ok(Step::Run(process)) => exchange.on_process(process.run(now())),
                        Ok(step) => {
                            said.debug(&step);
                            break;
                        }
                        Err(error) => Err(error),
                    };
                    said.debug(&exchange.report());
                    if let Err(error) = reported {
                        said.error(&error);
                        break;
                    }
                }
            }
        }
    }
    let environment = Environment::new(|name| match name {
        "OSS_ACCESS_KEY_ID" => Some("ak".to_owned()),
        "OSS_ACCESS_KEY_SECRET" => Some(SECRET.to_owned()),
        "OSS_SESSION_TOKEN" => Some(TOKEN.to_owned()),
        _ => None,
    });
    said.debug(&environment);
    said.debug(&Chain::standard(&environment));
}

/// Rows: R91, R92, R93.
#[test]
fn no_secret_is_said_by_debug_display_or_errors() {
    let mut said = Said::default();
    sign_everything(&mut said);
    fetch_everything(&mut said);
    assert!(said.text.contains("REDACTED"));
    assert!(said.secrets.len() >= 6, "the signatures themselves must be looked for");
    said.check();
}

#[test]
fn the_canary_can_die() {
    for text in [SECRET.to_owned(), oss_auth::encoding::encode(TOKEN), STANDARD.encode(OIDC)] {
        let said = Said { text, ..Said::default() };
        assert!(std::panic::catch_unwind(|| said.check()).is_err());
    }
}

/// Keeps every event and every span with all fields.
struct Recorder(Arc<Mutex<String>>);

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        writeln!(self.0.lock().unwrap(), "{span:?}").unwrap();
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{values:?}").unwrap();
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{event:?}").unwrap();
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// The crate itself traces nothing; this keeps it so for what it depends on, too.
///
/// Rows: R91.
#[test]
fn no_secret_is_traced_at_any_level() {
    let log = Arc::new(Mutex::new(String::new()));
    tracing::subscriber::with_default(Recorder(Arc::clone(&log)), || {
        tracing::trace!("the recorder works");
        let mut said = Said::default();
        sign_everything(&mut said);
        fetch_everything(&mut said);
        said.text = log.lock().unwrap().clone();
        said.check();
    });
    assert!(log.lock().unwrap().contains("the recorder works"));
}
