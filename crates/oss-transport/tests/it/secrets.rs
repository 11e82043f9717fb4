//! Secrets stay where they belong.

use oss_transport::credentials::{RefreshingProvider, StaticProvider};
use oss_transport::{Proxy, Transport};

use crate::support::{
    Log, Net, SECRET, TOKEN, Written, builder, chain, credentials, get, http_response, memory, put, read_request,
    refusal, send, write,
};

/// What must not be in `text`: the secrets themselves, and whatever is made of them.
fn assert_clean(text: &str) {
    for secret in [SECRET, TOKEN, "OSS4-HMAC", "Signature=", "proxy-pw", "cHJveHktcHc", "query-secret"] {
        assert!(!text.contains(secret), "{secret} in:\n{text}");
    }
}

/// Rows: R91, R92, R94.
#[tokio::test(start_paused = true)]
async fn nothing_secret_is_logged_at_any_level_or_told_in_errors() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    // Another test's thread may meet one of our log lines for the first time just when this subscriber is set, and then it
    // stays switched off. After a first pass all of them have been met, and can be switched on together.
    tell_all().await;
    tracing::callsite::rebuild_interest_cache();
    let told = tell_all().await;

    assert_clean(&told);
    let written = written.text();
    assert!(written.contains("another attempt follows") && written.contains("request_id"), "{written}");
    assert_clean(&written);
}

/// Everything that is told of calls that go well, are refused, lead elsewhere or break.
async fn tell_all() -> String {
    let mut told = String::new();
    let responses: [fn(usize) -> String; 5] = [
        |_| "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
        |_| "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
        |_| {
            "HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: http://x.test/?Signature=query-secret\r\n\r\n".to_owned()
        },
        |_| "nonsense\r\n\r\n".to_owned(),
        |_| String::new(),
    ];
    for response in responses {
        let net = Net::new(move |number, mut stream| async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, response(number)).await;
        });
        let transport =
            builder().proxy(Proxy::parse("http://me:proxy-pw@proxy.test").unwrap()).connector(net).build().unwrap();
        let mut request = put("abc");
        request.query.push(("x-secret".to_owned(), "query-secret".to_owned()));
        told.push_str(&format!("{transport:?}"));
        match send(&transport, request).await {
            Ok(response) => told.push_str(&format!("{response:?}")),
            Err(error) => told.push_str(&chain(&error)),
        }
    }
    let log = Log::default();
    let service =
        memory(&log, |n, _| if n == 0 { Err("reset".into()) } else { Ok(refusal(403, "SecurityTokenExpired")) });
    let transport = builder().http_service(service).build().unwrap();
    told.push_str(&chain(&send(&transport, get()).await.unwrap_err()));
    assert!(log.all()[0].headers["authorization"].is_sensitive());
    assert!(log.all()[0].headers["x-oss-security-token"].is_sensitive());
    // The request as a whole, as an intermediary might log it.
    told.push_str(&format!("{:?}", log.all()[0].headers));
    told
}

/// Rows: R93.
#[tokio::test]
async fn debug_of_everything_that_holds_credentials_hides_them() {
    let provider = RefreshingProvider::new("test", || async { Ok(credentials()) });
    oss_transport::credentials::CredentialsProvider::credentials(&provider).await.unwrap();
    let builder = builder().proxy(Proxy::parse("http://me:proxy-pw@proxy.test").unwrap());
    let told = format!(
        "{provider:?} {:?} {builder:?} {:?} {:?}",
        StaticProvider::new(credentials()),
        Proxy::parse("http://me:proxy-pw@proxy.test"),
        builder.clone().build().unwrap(),
    );
    assert_clean(&told);
}

/// Rows: R91.
#[tokio::test(start_paused = true)]
async fn credentials_go_to_the_endpoint_and_nowhere_else() {
    let log = Log::default();
    let service = memory(&log, |_, _| Ok(http_response(301, &[("location", "http://evil.test/")], "")));
    let transport = builder().http_service(service).build().unwrap();
    let mut request = put("abc");
    request.headers.insert("host", http::HeaderValue::from_static("evil.test"));
    request.headers.insert("authorization", http::HeaderValue::from_static("Basic x"));
    let _ = send(&transport, request).await;
    for seen in log.all() {
        assert_eq!((seen.uri.host(), seen.headers["host"].as_bytes()), (Some("demo.oss.test"), &b"demo.oss.test"[..]));
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
        assert!(seen.headers["authorization"].to_str().unwrap().starts_with("OSS4"));
    }
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn the_role_of_an_instance_is_fetched_over_the_same_client() {
    use oss_auth::credentials::{CredentialsSource, EcsRamRole};
    use oss_transport::credentials::SourceClient;

    let net = Net::new(|_, mut stream| async move {
        let Some(request) = read_request(&mut stream).await else { return };
        let response = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let response = match request.head.lines().next().unwrap_or_default() {
            line if line.starts_with("PUT /latest/api/token ") => response("imds-token"),
            line if line.ends_with("/security-credentials/ HTTP/1.1") => response("my-role"),
            line if line.ends_with("/security-credentials/my-role HTTP/1.1") => response(
                r#"{"Code":"Success","AccessKeyId":"STS.id","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2999-01-01T00:00:00Z"}"#,
            ),
            line => panic!("{line}"),
        };
        write(&mut stream, response).await;
    });
    let client = SourceClient::new().proxy(Proxy::parse("http://proxy.test").unwrap()).connector(net.clone());
    let provider = RefreshingProvider::of_source_over(client, CredentialsSource::EcsRamRole(EcsRamRole::new()));
    let log = Log::default();
    let transport = Transport::builder()
        .region("cn-test")
        .credentials_provider(provider)
        .http_service(memory(&log, |_, _| Ok(http_response(200, &[], ""))))
        .build()
        .unwrap();
    for _ in 0..3 {
        send(&transport, put("abc")).await.unwrap();
    }
    assert!(log.all()[2].headers["authorization"].to_str().unwrap().contains("Credential=STS.id/"));
    assert_eq!(net.dialed(), ["100.100.100.200:80"; 3], "fetched once, past the proxy");
}
