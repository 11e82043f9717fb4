//! Remote sources of credentials, against a stand-in of the services that hand them out.

mod services;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use oss_auth::Credentials;
use oss_auth::credentials::{
    AssumeRole, AssumeRoleWithOidc, CredentialsSource, CredentialsUri, EcsRamRole, MAX_RESPONSE_BYTES, RoleSession,
};
use oss_auth::time::UtcTime;
use oss_models::BoxError;
use oss_transport::credentials::{CredentialsProvider, RefreshingProvider, SourceClient};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use self::services::{
    KEYS, METADATA, METADATA_HOST, METADATA_TOKEN, OIDC_TOKEN, PAST, ROLES, SECRET_PATH, STS_HOST, TOKEN_PATH,
    URI_HOST, VALID, form, keys, map, metadata_v1, plain_response, query, refuse, reply, rpc_signature, serve,
    sts_response,
};
use crate::support::{Net, Raw, SECRET, Seen, TOKEN, chain, credentials, read_request, write};

/// In everything that no error may tell.
const CANARY: &str = "canary";

const ROLE_ARN: &str = "acs:ram::123456789012:role/oss-reader";
const PROVIDER_ARN: &str = "acs:ram::123456789012:oidc-provider/ack";
const POLICY: &str = r#"{"a b":"*~"}"#;
const PAGE: &str = "<!DOCTYPE html>\n<title>canary</title>\n";

/// All share what was read of the system's certificates, which takes a while.
static CLIENT: LazyLock<SourceClient> = LazyLock::new(SourceClient::new);

fn provider(net: &Net, source: impl Into<CredentialsSource>) -> RefreshingProvider {
    RefreshingProvider::of_source_over(CLIENT.clone().connector(net.clone()), source)
}

/// The services on a network in memory, with a connection for each request, and what they were asked.
struct StandIn {
    net: Net,
    asked: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    /// Responds to the nth request (from 0) by `response`, then waits until the client hangs up: a response that is not whole
    /// is one that does not come.
    fn new(response: impl Fn(usize, &Seen) -> String + Send + Sync + 'static) -> Self {
        let asked: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, response) = (Arc::clone(&asked), Arc::new(response));
        let net = Net::new(move |number, mut stream| {
            let (log, response) = (Arc::clone(&log), Arc::clone(&response));
            async move {
                let Some(request) = read_request(&mut stream).await else { return };
                let request = parse(request);
                log.lock().unwrap().push(request.clone());
                write(&mut stream, response(number, &request)).await;
                let _ = stream.read_u8().await;
            }
        });
        Self { net, asked }
    }

    /// Everything goes well but for the requests in `faulty`, which get `fault`.
    fn with_fault(faulty: Range<usize>, fault: impl Into<String>) -> Self {
        let fault = fault.into();
        Self::new(move |number, asked| if faulty.contains(&number) { fault.clone() } else { serve(number, asked) })
    }

    fn provider(&self, source: impl Into<CredentialsSource>) -> RefreshingProvider {
        provider(&self.net, source)
    }

    /// Fetches once; a failure is told along with its causes, and checked for secrets.
    async fn fetch(&self, source: impl Into<CredentialsSource>) -> Result<Credentials, Told> {
        fetch(&self.provider(source)).await
    }

    fn asked(&self) -> Vec<Seen> {
        self.asked.lock().unwrap().clone()
    }

    /// Method and target of every request.
    fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.uri)).collect()
    }

    /// The metadata token of every request.
    fn tokens(&self) -> Vec<Option<String>> {
        let token = |asked: &Seen| Some(asked.headers.get(METADATA)?.to_str().unwrap().to_owned());
        self.asked().iter().map(token).collect()
    }
}

fn parse(request: Raw) -> Seen {
    let mut lines = request.head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let method = first.next().unwrap().parse().unwrap();
    let uri = first.next().unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
    };
    Seen { method, uri, headers: lines.filter_map(header).collect::<HeaderMap>(), body: request.body.into() }
}

/// What an error says of itself, and what it says with all its causes.
#[derive(Debug)]
struct Told {
    message: String,
    chain: String,
}

async fn fetch(provider: &RefreshingProvider) -> Result<Credentials, Told> {
    let told = |error: BoxError| {
        let chain = chain(&*error);
        assert!(!chain.contains(CANARY), "a secret in: {chain}");
        Told { message: error.to_string(), chain }
    };
    provider.credentials().await.map(Option::unwrap).map_err(told)
}

fn message(outcome: Result<Credentials, Told>) -> String {
    outcome.unwrap_err().message
}

/// A source, and what is known of its service.
struct Case {
    name: &'static str,
    source: CredentialsSource,
    host: &'static str,
    /// How many requests credentials take. The last one is the one that responds with them.
    requests: usize,
    response: fn(&str) -> String,
    /// The most that a request may take, connecting included.
    limit: Duration,
    _token_file: Option<NamedTempFile>,
}

fn session() -> RoleSession {
    RoleSession::new(ROLE_ARN).session_name("session-1".to_owned()).endpoint(format!("http://{STS_HOST}"))
}

fn assume_role(base: impl Into<CredentialsSource>, session: RoleSession) -> CredentialsSource {
    CredentialsSource::AssumeRole(Box::new(AssumeRole::new(base, session)))
}

fn with_oidc(file: &NamedTempFile, session: RoleSession) -> CredentialsSource {
    std::fs::write(file, format!("{OIDC_TOKEN}\n")).unwrap();
    CredentialsSource::AssumeRoleWithOidc(AssumeRoleWithOidc::new(session, PROVIDER_ARN, file.path()))
}

fn ecs(role: EcsRamRole) -> CredentialsSource {
    CredentialsSource::EcsRamRole(role)
}

fn cases() -> [Case; 4] {
    let sts_limit = Duration::from_secs(5 + 10);
    let file = NamedTempFile::new().unwrap();
    [
        Case {
            name: "ECS RAM role",
            source: ecs(EcsRamRole::new().allow_v1(false)),
            host: METADATA_HOST,
            requests: 3,
            response: plain_response,
            limit: Duration::from_secs(1 + 1),
            _token_file: None,
        },
        Case {
            name: "AssumeRole",
            source: assume_role(credentials(), session()),
            host: STS_HOST,
            requests: 1,
            response: sts_response,
            limit: sts_limit,
            _token_file: None,
        },
        Case {
            name: "AssumeRoleWithOIDC",
            source: with_oidc(&file, session()),
            host: STS_HOST,
            requests: 1,
            response: sts_response,
            limit: sts_limit,
            _token_file: Some(file),
        },
        Case {
            name: "credentials URI",
            source: CredentialsSource::Uri(CredentialsUri::new(format!("http://{URI_HOST}{SECRET_PATH}"))),
            host: URI_HOST,
            requests: 1,
            response: plain_response,
            limit: sts_limit,
            _token_file: None,
        },
    ]
}

#[test]
fn the_stand_in_signs_as_the_worked_examples_say() {
    let mut parameters = map([
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("Timestamp", "2024-07-02T00:30:45Z"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("AccessKeyId", "ak"),
        ("RoleArn", ROLE_ARN),
        ("RoleSessionName", "session-1"),
        ("DurationSeconds", "3600"),
    ]);
    assert_eq!(rpc_signature("POST", &parameters, "sk").1, "Rjrx4MDPlIastpSqFdpwSBvzPCI=");
    assert_eq!(rpc_signature("GET", &parameters, "sk").1, "u2CX9RCf1ZZZA0cDOn075Qt8ZEg=");
    parameters.extend(map([("Policy", POLICY), ("SecurityToken", "t+/=")]));
    assert_eq!(rpc_signature("POST", &parameters, "sk").1, "ItDkga832soqJ2mBk1q19ZM6abc=");
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn each_source_gets_what_its_service_hands_out_and_keeps_it() {
    for case in cases() {
        let cloud = StandIn::new(serve);
        let provider = cloud.provider(case.source);
        let fetched = fetch(&provider).await.unwrap();
        assert_eq!((fetched.access_key_id(), fetched.access_key_secret()), ("STS.id", SECRET), "{}", case.name);
        assert_eq!(fetched.security_token(), Some(TOKEN), "{}", case.name);
        let expiration = UtcTime::parse_rfc3339(VALID).map(UtcTime::to_system_time);
        assert_eq!(fetched.expiration(), expiration, "{}", case.name);
        fetch(&provider).await.unwrap();
        assert_eq!(cloud.net.dialed(), vec![format!("{}:80", case.host); case.requests], "{}", case.name);
        assert_eq!(provider.name(), case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_no_credentials_is_told_by_the_source_without_a_secret() {
    let refused = "refused with 403 Forbidden NoPermission (request id R-1)";
    for case in cases() {
        let tokenless = r#""AccessKeyId":"STS.id","AccessKeySecret":"canary","Expiration":"2999-01-01T00:00:00Z""#;
        let redirect =
            format!("HTTP/1.1 302 x\r\nLocation: http://{URI_HOST}{SECRET_PATH}\r\nContent-Length: 0\r\n\r\n");
        for (response, expected) in [
            (reply(200, PAGE), "the response is not the expected JSON (line 1, column 1)"),
            (reply(200, &(case.response)(&keys(PAST))), "the credentials have expired already"),
            (reply(200, &(case.response)(tokenless)), "the response has no SecurityToken"),
            (reply(200, &" ".repeat(MAX_RESPONSE_BYTES + 1)), "the response is too long"),
            (reply(200, r#"{"Code":"Failed","Credentials":{"Code":"Failed"}}"#), "the response's Code is not Success"),
            (refuse(403, "NoPermission", &format!("string to sign {SECRET}")), refused),
            (reply(404, PAGE), "refused with 404 Not Found"),
            (redirect, "refused with 302 Found"),
        ] {
            let last = case.requests - 1;
            let cloud = StandIn::with_fault(last..usize::MAX, response);
            let told = message(cloud.fetch(case.source.clone()).await);
            let expected = match (case.name, expected) {
                ("ECS RAM role", "refused with 404 Not Found") => r#"the instance has no RAM role "my-role""#,
                (_, expected) => expected,
            };
            assert_eq!(told, format!("{}: {expected}", case.name));
            assert_eq!(cloud.asked().len(), case.requests, "asking again does not help: {told}");
        }
    }
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn a_response_that_does_not_come_is_given_up_at_the_limit_of_the_source() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{\"AccessKeySecret\":\"canary";
    for case in cases() {
        for silence in ["", "HTTP/1.1 200 OK\r\n", half] {
            let last = case.requests - 1;
            let cloud = StandIn::with_fault(last..usize::MAX, silence);
            let begin = Instant::now();
            let told = cloud.fetch(case.source.clone()).await.unwrap_err();
            // Three tries, half a second and then a second apart.
            assert_within_a_moment(begin.elapsed(), case.limit * 3 + Duration::from_millis(1500), case.name);
            assert_eq!(told.message, format!("{}: no response from {}", case.name, case.host));
            assert!(told.chain.contains("no response within"), "{}", told.chain);
            assert_eq!(cloud.asked().len(), last + 3, "{}", case.name);
        }
    }
}

/// Timers have a resolution of a millisecond.
fn assert_within_a_moment(took: Duration, expected: Duration, what: &str) {
    let most = expected + Duration::from_millis(10);
    assert!((expected..most).contains(&took), "{what}: {took:?} instead of {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_at_fault_is_asked_again_after_a_while_but_not_for_ever() {
    let refused = "503 Service Unavailable ServiceUnavailable (request id R-1)";
    for case in cases() {
        let last = case.requests - 1;
        for (faults, wait) in [(1, 500), (2, 1500), (3, 1500)] {
            let cloud = StandIn::with_fault(last..last + faults, refuse(503, "ServiceUnavailable", ""));
            let begin = Instant::now();
            let outcome = cloud.fetch(case.source.clone()).await;
            assert_within_a_moment(begin.elapsed(), Duration::from_millis(wait), case.name);
            match outcome {
                Ok(fetched) => assert_eq!((fetched.access_key_id(), faults < 3), ("STS.id", true), "{}", case.name),
                Err(told) => {
                    assert_eq!((told.message, faults), (format!("{}: refused with {refused}", case.name), 3));
                }
            }
            assert_eq!(cloud.asked().len(), last + 3.min(faults + 1), "{}", case.name);
        }
    }
}

/// Rows: R69, R75.
#[tokio::test(start_paused = true)]
async fn an_endless_response_is_cut_off() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let net = Net::new(move |_, mut stream| {
        let count = Arc::clone(&count);
        async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
            while count.load(Relaxed) < 8 << 20 && stream.write_all(&[b' '; 8192]).await.is_ok() {
                count.fetch_add(8192, Relaxed);
            }
        }
    });
    let source = CredentialsSource::Uri(CredentialsUri::new(format!("http://{URI_HOST}/")));
    assert!(fetch(&provider(&net, source)).await.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(written.load(Relaxed) < 2 << 20, "the client went on reading");
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn after_a_failed_fetch_the_next_caller_fetches_again() {
    for case in cases() {
        let last = case.requests - 1;
        let cloud = StandIn::with_fault(last..last + 1, reply(200, &(case.response)(&keys(PAST))));
        let provider = cloud.provider(case.source);
        assert_eq!(message(fetch(&provider).await), format!("{}: the credentials have expired already", case.name));
        assert_eq!(fetch(&provider).await.unwrap().access_key_id(), "STS.id", "{}", case.name);
        assert_eq!(cloud.asked().len(), case.requests * 2, "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_refused_is_tried_again() {
    for case in cases() {
        let last = case.requests - 1;
        let mut cloud = StandIn::new(serve);
        cloud.net = cloud.net.refusing(move |number| (number == last).then(|| std::io::Error::other("refused")));
        assert_eq!(cloud.fetch(case.source).await.unwrap().access_key_id(), "STS.id", "{}", case.name);
        assert_eq!(
            (cloud.net.dialed().len(), cloud.asked().len()),
            (case.requests + 1, case.requests),
            "{}",
            case.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_metadata_service_is_asked_with_a_token_for_role_and_keys() {
    let cloud = StandIn::new(serve);
    cloud.fetch(ecs(EcsRamRole::new())).await.unwrap();
    assert_eq!(cloud.lines(), [format!("PUT {TOKEN_PATH}"), format!("GET {ROLES}"), format!("GET {KEYS}")]);
    let token = Some(format!("{METADATA_TOKEN}-0"));
    assert_eq!(cloud.tokens(), [None, token.clone(), token]);
    assert!(cloud.asked().iter().all(|asked| asked.body.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_role_that_the_instance_does_not_have_is_said_to_be_missing() {
    for (role, faulty, expected) in [
        (EcsRamRole::new(), 1, "ECS RAM role: the instance has no RAM role"),
        (EcsRamRole::new(), 2, r#"ECS RAM role: the instance has no RAM role "my-role""#),
        (EcsRamRole::new().role_name("other"), 1, r#"ECS RAM role: the instance has no RAM role "other""#),
    ] {
        let cloud = StandIn::with_fault(faulty..usize::MAX, reply(404, ""));
        assert_eq!(message(cloud.fetch(ecs(role)).await), expected);
        assert_eq!(cloud.asked().len(), faulty + 1, "{expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_html_is_neither_a_metadata_token_nor_a_role() {
    let page = reply(200, PAGE);
    for (faulty, expected) in [(0, "the response is not a metadata token"), (1, "the response is not a role name")] {
        let cloud = StandIn::with_fault(faulty..usize::MAX, page.clone());
        let told = message(cloud.fetch(ecs(EcsRamRole::new().allow_v1(false))).await);
        assert_eq!((told, cloud.asked().len()), (format!("ECS RAM role: {expected}"), faulty + 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_metadata_token_is_replaced_once() {
    let token = |number: usize| Some(format!("{METADATA_TOKEN}-{number}"));
    let source = || ecs(EcsRamRole::new().allow_v1(false));

    let cloud = StandIn::with_fault(2..3, reply(401, ""));
    cloud.fetch(source()).await.unwrap();
    assert_eq!(cloud.tokens(), [None, token(0), token(0), None, token(3), token(3)]);

    let cloud = StandIn::new(|number, asked| match asked.method.as_str() {
        "PUT" => serve(number, asked),
        _ => reply(401, "canary"),
    });
    assert_eq!(message(cloud.fetch(source()).await), "ECS RAM role: refused with 401 Unauthorized");
    assert_eq!(cloud.tokens(), [None, token(0), None, token(2)]);
}

#[tokio::test(start_paused = true)]
async fn without_a_good_metadata_token_version_1_is_used_unless_it_is_forbidden() {
    for (response, seconds, forbidden) in [
        (reply(404, ""), 0, "ECS RAM role: refused with 404 Not Found"),
        (reply(200, PAGE), 0, "ECS RAM role: the response is not a metadata token"),
        (String::new(), 2, "ECS RAM role: no response from 100.100.100.200"),
    ] {
        let service = || {
            let response = response.clone();
            StandIn::new(move |number, asked| if number == 0 { response.clone() } else { metadata_v1(asked) })
        };
        let (old, begin) = (service(), Instant::now());
        assert_eq!(old.fetch(ecs(EcsRamRole::new())).await.unwrap().access_key_id(), "STS.id", "{forbidden}");
        assert_within_a_moment(begin.elapsed(), Duration::from_secs(seconds), forbidden);
        assert_eq!(old.tokens(), [None, None, None]);

        let old = service();
        assert_eq!(message(old.fetch(ecs(EcsRamRole::new().allow_v1(false))).await), forbidden);
        assert_eq!(old.asked().len(), 1, "{forbidden}");
    }

    // A token that is handed out, but not taken.
    let cloud = StandIn::new(|number, asked| if number == 0 { serve(number, asked) } else { metadata_v1(asked) });
    cloud.fetch(ecs(EcsRamRole::new())).await.unwrap();
    assert_eq!(cloud.tokens(), [None, Some(format!("{METADATA_TOKEN}-0")), None, None]);
}

#[tokio::test(start_paused = true)]
async fn assume_role_signs_query_and_form_and_keeps_the_token_out_of_the_url() {
    let token = "canary+/=";
    let base = Credentials::new("test-id", SECRET).with_security_token(token);
    let session =
        session().duration(Duration::from_secs(900)).policy(POLICY.to_owned()).external_id("id of theirs".to_owned());
    // Refused once, so that it is written twice.
    let cloud = StandIn::with_fault(0..1, reply(500, ""));
    let begin = SystemTime::now() - Duration::from_secs(1);
    cloud.fetch(assume_role(base, session)).await.unwrap();

    let asked = cloud.asked();
    let mut nonces = BTreeSet::new();
    for asked in &asked {
        let mut query = query(asked);
        nonces.insert(query.remove("SignatureNonce").unwrap());
        assert!(query.remove("Signature").is_some());
        let time = UtcTime::parse_rfc3339(&query.remove("Timestamp").unwrap()).unwrap().to_system_time();
        assert!((begin..=SystemTime::now()).contains(&time));
        let expected = map([
            ("Action", "AssumeRole"),
            ("Version", "2015-04-01"),
            ("Format", "JSON"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("AccessKeyId", "test-id"),
        ]);
        assert_eq!(query, expected);
        let expected = map([
            ("RoleArn", ROLE_ARN),
            ("RoleSessionName", "session-1"),
            ("DurationSeconds", "900"),
            ("Policy", POLICY),
            ("ExternalId", "id of theirs"),
            ("SecurityToken", token),
        ]);
        assert_eq!(form(asked), expected);
    }
    assert_eq!((asked.len(), nonces.len()), (2, 2), "each request with a nonce of its own");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_told_without_the_text_that_was_signed() {
    let cloud = StandIn::new(serve);
    let base = Credentials::new("test-id", "canary-wrong");
    let told = message(cloud.fetch(assume_role(base, session())).await);
    assert_eq!(told, "AssumeRole: refused with 400 Bad Request SignatureDoesNotMatch (request id R-1)");
    assert_eq!(cloud.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_with_what_the_instance_has() {
    let source = || assume_role(ecs(EcsRamRole::new()), session());
    let whole = StandIn::new(serve);
    whole.fetch(source()).await.unwrap();
    assert_eq!(whole.net.dialed()[2..], ["100.100.100.200:80", "sts.test:80"]);
    let asked = whole.asked().pop().unwrap();
    assert_eq!(query(&asked)["AccessKeyId"], "STS.id");
    assert_eq!(form(&asked)["SecurityToken"], TOKEN);

    let roleless = StandIn::with_fault(1..usize::MAX, reply(404, ""));
    assert_eq!(message(roleless.fetch(source()).await), "ECS RAM role: the instance has no RAM role");
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn an_oidc_token_is_read_for_each_fetch_and_sent_unsigned() {
    let file = NamedTempFile::new().unwrap();
    let cloud = StandIn::new(serve);
    let provider = cloud.provider(with_oidc(&file, session().external_id("left out".to_owned())));
    let first = fetch(&provider).await.unwrap();
    std::fs::write(&file, format!("{OIDC_TOKEN}.rotated")).unwrap();
    assert!(provider.reject(&first));
    fetch(&provider).await.unwrap();

    let asked = cloud.asked();
    assert_eq!(asked.len(), 2);
    for (asked, token) in asked.iter().zip([OIDC_TOKEN.to_owned(), format!("{OIDC_TOKEN}.rotated")]) {
        let mut query = query(asked);
        assert!(query.remove("Timestamp").is_some_and(|time| UtcTime::parse_rfc3339(&time).is_some()));
        assert_eq!(query, map([("Action", "AssumeRoleWithOIDC"), ("Version", "2015-04-01"), ("Format", "JSON")]));
        let expected = map([
            ("RoleArn", ROLE_ARN),
            ("OIDCProviderArn", PROVIDER_ARN),
            ("OIDCToken", &token),
            ("RoleSessionName", "session-1"),
            ("DurationSeconds", "3600"),
        ]);
        assert_eq!(form(asked), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn sts_is_asked_by_https_unless_the_endpoint_says_otherwise() {
    let first_bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
    let log = Arc::clone(&first_bytes);
    let net = Net::new(move |_, mut stream| {
        let log = Arc::clone(&log);
        async move {
            if let Ok(byte) = stream.read_u8().await {
                log.lock().unwrap().push(byte);
            }
        }
    });
    let source = assume_role(credentials(), RoleSession::new(ROLE_ARN));
    assert_eq!(message(fetch(&provider(&net, source)).await), "AssumeRole: no response from sts.aliyuncs.com");
    assert_eq!(net.dialed(), ["sts.aliyuncs.com:443"; 3]);
    const TLS_HANDSHAKE: u8 = 22;
    assert_eq!(*first_bytes.lock().unwrap(), [TLS_HANDSHAKE; 3]);
}
