//! Remote sources against canned responses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, StatusCode};
use oss_auth::Credentials;
use oss_auth::credentials::{
    AssumeRole, AssumeRoleWithOidc, Chain, CredentialsError, CredentialsSource, CredentialsUri, EcsRamRole, Exchange,
    ProcessSource, RoleSession, SourceKind, Step,
};
use oss_auth::encoding::decode_query;

const KEYS: &str = r#"{"AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T06:30:45Z","Code":"Success"}"#;
const STS: &str = r#"{"RequestId":"r","AssumedRoleUser":{},"Credentials":{"AccessKeyId":"STS.y","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T06:30:45Z"}}"#;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

/// What a stand-in says to one request.
#[derive(Clone, Copy)]
enum Response {
    Says(u16, &'static str),
    Silence,
}
use Response::{Says, Silence};

/// What a stand-in was asked: method, path, form or token, delay.
#[derive(Debug, PartialEq)]
struct Asked {
    line: String,
    token: Option<String>,
    delay: Duration,
}

/// Plays the responses to the exchange, one for each request.
fn play(exchange: &mut Exchange, responses: &[Response]) -> (Vec<Asked>, Result<Credentials, CredentialsError>) {
    let mut asked = Vec::new();
    let mut responses = responses.iter();
    let outcome = loop {
        let step = match exchange.next(now()) {
            Ok(step) => step,
            Err(error) => break Err(error),
        };
        let reported = match step {
            Step::Send(request) => {
                let header = request.http.headers().get("x-aliyun-ecs-metadata-token");
                asked.push(Asked {
                    line: format!("{} {}", request.http.method(), request.http.uri().path()),
                    token: header.map(|value| value.to_str().unwrap().to_owned()),
                    delay: request.delay,
                });
                match responses.next().expect("the exchange asks more than there are responses") {
                    Says(status, body) => {
                        exchange.on_response(StatusCode::from_u16(*status).unwrap(), body.as_bytes(), now())
                    }
                    Silence => exchange.on_no_response("connection refused"),
                }
            }
            Step::Run(process) => exchange.on_process(process.run(now())),
            Step::Done(credentials) => break Ok(credentials),
            step => panic!("unknown step {step:?}"),
        };
        if let Err(error) = reported {
            break Err(error);
        }
    };
    assert_eq!(responses.count(), 0, "not all responses were asked for");
    (asked, outcome)
}

fn run(source: &CredentialsSource, responses: &[Response]) -> (Vec<Asked>, Result<Credentials, CredentialsError>) {
    play(&mut source.exchange(), responses)
}

fn lines(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(|asked| asked.line.as_str()).collect()
}

const TOKEN: &str = "PUT /latest/api/token";
const ROLES: &str = "GET /latest/meta-data/ram/security-credentials/";
const ROLE: &str = "GET /latest/meta-data/ram/security-credentials/my-role";

fn ecs(role: EcsRamRole) -> CredentialsSource {
    CredentialsSource::EcsRamRole(role)
}

#[test]
fn the_metadata_service_is_asked_for_token_role_and_keys() {
    let (asked, outcome) = run(&ecs(EcsRamRole::new()), &[Says(200, "tok\n"), Says(200, "my-role\n"), Says(200, KEYS)]);
    assert_eq!(lines(&asked), [TOKEN, ROLES, ROLE]);
    assert_eq!(asked.iter().map(|asked| asked.token.as_deref()).collect::<Vec<_>>(), [None, Some("tok"), Some("tok")]);
    assert_eq!(outcome.unwrap().access_key_id(), "STS.x");
}

#[test]
fn the_metadata_service_is_on_the_machine_itself() {
    let Step::Send(request) = ecs(EcsRamRole::new()).exchange().next(now()).unwrap() else { panic!("no request") };
    assert_eq!(request.http.uri(), "http://100.100.100.200/latest/api/token");
    assert_eq!(request.http.method(), Method::PUT);
    assert_eq!(request.http.headers()["x-aliyun-ecs-metadata-token-ttl-seconds"], "21600");
    assert!(request.bypass_proxy);
    assert_eq!((request.connect_timeout, request.read_timeout), (Duration::from_secs(1), Duration::from_secs(1)));
}

#[test]
fn a_named_role_saves_a_request() {
    let source = ecs(EcsRamRole::new().role_name("my-role"));
    assert_eq!(lines(&run(&source, &[Says(200, "tok"), Says(200, KEYS)]).0), [TOKEN, ROLE]);
}

#[test]
fn without_a_token_version_1_is_used_unless_it_is_forbidden() {
    let page = [Says(200, "<html> </html>"), Says(200, "<html></html>"), Says(200, "{\"code\":200}"), Says(200, "")];
    for no_token in [Says(404, ""), Says(403, "no"), Silence].into_iter().chain(page) {
        let named = EcsRamRole::new().role_name("my-role");
        let (asked, outcome) = run(&ecs(named.clone()), &[no_token, Says(200, KEYS)]);
        assert_eq!((lines(&asked), asked[1].token.as_deref()), (vec![TOKEN, ROLE], None));
        assert!(outcome.is_ok());
        assert!(run(&ecs(named.allow_v1(false)), &[no_token]).1.is_err());
    }
}

#[test]
fn an_unwanted_token_is_left_out_once() {
    let source = ecs(EcsRamRole::new().role_name("my-role"));
    let (asked, outcome) = run(&source, &[Says(200, "tok"), Says(403, ""), Says(200, KEYS)]);
    assert_eq!((asked[1].token.as_deref(), asked[2].token.as_deref()), (Some("tok"), None));
    assert!(outcome.is_ok());
    assert!(run(&source, &[Says(200, "tok"), Says(403, ""), Says(403, "")]).1.is_err());
}

#[test]
fn an_expired_metadata_token_is_replaced_once_without_version_1() {
    let source = ecs(EcsRamRole::new().role_name("my-role").allow_v1(false));
    let (asked, outcome) = run(&source, &[Says(200, "old"), Says(401, ""), Says(200, "new"), Says(200, KEYS)]);
    assert_eq!(lines(&asked), [TOKEN, ROLE, TOKEN, ROLE]);
    assert_eq!(asked[3].token.as_deref(), Some("new"));
    assert!(outcome.is_ok());
    let again = [Says(200, "old"), Says(401, ""), Says(200, "new"), Says(401, "")];
    assert!(matches!(run(&source, &again).1, Err(CredentialsError::Refused { .. })));
}

#[test]
fn an_instance_without_a_role_says_so() {
    let (_, outcome) = run(&ecs(EcsRamRole::new()), &[Says(200, "tok"), Says(404, "<html>not found</html>")]);
    assert_eq!(outcome.unwrap_err().to_string(), "ECS RAM role: the instance has no RAM role");
    let source = ecs(EcsRamRole::new().role_name("other"));
    let (_, outcome) = run(&source, &[Says(200, "tok"), Says(404, "")]);
    assert_eq!(outcome.unwrap_err().to_string(), "ECS RAM role: the instance has no RAM role \"other\"");
}

#[test]
fn a_page_of_html_is_neither_a_role_nor_keys() {
    let page = "<html><body>captive portal</body></html>";
    let (_, outcome) = run(&ecs(EcsRamRole::new()), &[Says(200, "tok"), Says(200, page)]);
    assert_eq!(outcome.unwrap_err().to_string(), "ECS RAM role: the response is not a role name");
    for (source, before) in [
        (ecs(EcsRamRole::new().role_name("my-role")), vec![Says(200, "tok")]),
        (CredentialsSource::Uri(CredentialsUri::new("http://127.0.0.1/c")), vec![]),
        (assume(Credentials::new("ak", "sk").into()), vec![]),
    ] {
        let responses: Vec<Response> = before.into_iter().chain([Says(200, page)]).collect();
        let error = run(&source, &responses).1.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{}: the response is not the expected JSON (line 1, column 1)", source.kind())
        );
    }
}

#[test]
fn a_server_at_fault_is_asked_again_after_a_while() {
    let uri = CredentialsSource::Uri(CredentialsUri::new("https://example.com/c"));
    for (source, good) in [(uri, KEYS), (assume(Credentials::new("ak", "sk").into()), STS)] {
        for bad in [Says(500, "<html>"), Says(503, "{}"), Says(429, ""), Silence] {
            let (asked, outcome) = run(&source, &[bad, bad, Says(200, good)]);
            let delays: Vec<u128> = asked.iter().map(|asked| asked.delay.as_millis()).collect();
            assert_eq!(delays, [0, 500, 1000]);
            assert!(outcome.is_ok());
            assert!(run(&source, &[bad, bad, bad]).1.is_err());
        }
    }
    let source = ecs(EcsRamRole::new().role_name("my-role"));
    let (asked, outcome) = run(&source, &[Says(200, "tok"), Says(500, ""), Silence, Says(200, KEYS)]);
    assert_eq!(lines(&asked), [TOKEN, ROLE, ROLE, ROLE]);
    assert!(outcome.is_ok());
}

#[test]
fn credentials_that_have_expired_are_a_failed_fetch() {
    let old = r#"{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T00:30:45Z"}"#;
    let source = CredentialsSource::Uri(CredentialsUri::new("http://127.0.0.1/c"));
    assert!(matches!(run(&source, &[Says(200, old)]).1, Err(CredentialsError::Expired { kind: SourceKind::Uri })));
}

#[test]
fn a_credentials_uri_must_be_one_of_the_web() {
    for url in ["", "file:///etc/passwd", "ftp://example.com", "http://", "https://a b"] {
        let source = CredentialsSource::Uri(CredentialsUri::new(url));
        assert!(matches!(run(&source, &[]).1, Err(CredentialsError::Invalid { .. })), "{url:?}");
    }
}

fn session() -> RoleSession {
    RoleSession::new("acs:ram::123456789012:role/oss-reader")
}

fn assume(base: CredentialsSource) -> CredentialsSource {
    CredentialsSource::AssumeRole(Box::new(AssumeRole::new(base, session())))
}

#[test]
fn a_role_can_be_assumed_with_an_assumed_role() {
    let source = assume(assume(Credentials::new("ak", "sk").into()));
    let (asked, outcome) = run(&source, &[Says(200, STS), Says(200, STS)]);
    assert_eq!(lines(&asked), ["POST /", "POST /"]);
    assert_eq!(outcome.unwrap().access_key_id(), "STS.y");
}

#[test]
fn a_refusal_of_sts_is_told_with_code_message_and_request_id() {
    let body = r#"{"Code":"NoPermission","Message":"not allowed","RequestId":"r-1"}"#;
    let (_, outcome) = run(&assume(Credentials::new("ak", "sk").into()), &[Says(403, body)]);
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "AssumeRole: refused with 403 Forbidden NoPermission: not allowed (request id r-1)"
    );
}

#[test]
fn a_session_is_a_quarter_of_an_hour_at_least() {
    let short = session().duration(Duration::from_secs(899));
    let source = CredentialsSource::AssumeRole(Box::new(AssumeRole::new(Credentials::new("ak", "sk"), short)));
    let error = run(&source, &[]).1.unwrap_err();
    assert_eq!(error.to_string(), "AssumeRole: a session of 899s is shorter than 900s");
}

#[test]
fn an_oidc_token_is_read_for_each_exchange_and_sent_in_the_form() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let role = AssumeRoleWithOidc::new(session().session_name("s".to_owned()), "acs:ram::1:oidc-provider/p", &file);
    let source = CredentialsSource::AssumeRoleWithOidc(role);
    assert!(matches!(source.exchange().next(now()), Err(CredentialsError::File { .. })));
    for token in ["first", "second"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        let Step::Send(request) = source.exchange().next(now()).unwrap() else { panic!("no request") };
        let query = decode_query(request.http.uri().query().unwrap()).unwrap();
        let form = decode_query(std::str::from_utf8(request.http.body()).unwrap()).unwrap();
        assert!(query.contains(&("Action".into(), "AssumeRoleWithOIDC".into())));
        assert!(query.contains(&("Timestamp".into(), "2024-07-02T00:30:45Z".into())));
        assert!(!query.iter().any(|(name, _)| name.starts_with("Signature") || name == "OIDCToken"));
        for pair in [("OIDCToken", token), ("RoleSessionName", "s"), ("DurationSeconds", "3600")] {
            assert!(form.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?}");
        }
    }
    assert_eq!(run(&source, &[Says(200, STS)]).1.unwrap().access_key_id(), "STS.y");
}

#[test]
fn a_chain_takes_the_first_source_that_has_credentials_and_stays_with_it() {
    let uri = |host: &str| CredentialsSource::Uri(CredentialsUri::new(format!("http://{host}/")));
    let chain = Chain::new([uri("a.example"), uri("b.example"), uri("c.example")]);
    let source = CredentialsSource::Chain(chain.clone());
    let mut exchange = source.exchange();
    assert!(play(&mut exchange, &[Says(404, ""), Says(200, KEYS)]).1.is_ok());
    assert_eq!(exchange.report().to_string(), "credentials URI: refused with 404 Not Found; credentials URI: found");
    assert_eq!(chain.chosen(), Some(SourceKind::Uri));
    // A failure of the chosen one is an error, not a change of identity.
    let (asked, outcome) = run(&source, &[Says(404, "")]);
    assert_eq!(asked.len(), 1);
    assert!(matches!(outcome, Err(CredentialsError::Refused { .. })));
}

#[test]
fn a_chain_without_credentials_tells_what_each_source_said() {
    let chain = Chain::new([
        CredentialsSource::Uri(CredentialsUri::new("ftp://example.com")),
        CredentialsSource::Process(ProcessSource::new("/nonexistent/program", [""; 0])),
        CredentialsSource::EcsRamRole(EcsRamRole::new()),
    ]);
    let (asked, outcome) = run(&CredentialsSource::Chain(chain.clone()), &[Silence, Silence]);
    assert_eq!(lines(&asked), [TOKEN, ROLES]);
    let message = outcome.unwrap_err().to_string();
    assert!(message.starts_with("no source has credentials: credentials URI: the URL is not one of http or https; process: could not start the command: "), "{message}");
    assert!(message.ends_with("; ECS RAM role: no response from 100.100.100.200: connection refused"), "{message}");
    assert_eq!(chain.chosen(), None);
}

#[test]
fn an_empty_chain_has_no_credentials() {
    assert!(run(&CredentialsSource::Chain(Chain::new([])), &[]).1.is_err());
}
