//! Proxies for plain HTTP, addresses, configuration, and keys on the wire.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex};

use oss_auth::SignatureVersion;
use oss_models::{Body, CallErrorKind, ObjectKey};
use oss_transport::{Config, ConfigError, NoProxy, Proxy, Transport};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Log, Net, OK, builder, credentials, get, http_response, memory, put, read_request, send, write};

/// Rows: R72, R91.
#[tokio::test(start_paused = true)]
async fn plain_http_goes_to_the_proxy_whole() {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&heads);
    let net = Net::new(move |_, mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(request) = read_request(&mut stream).await {
                seen.lock().unwrap().push(request.head);
                write(&mut stream, OK).await;
            }
        }
    });
    let transport = |except| {
        let proxy = Proxy::parse("http://me:pw@proxy.test:3128").unwrap();
        builder().proxy(proxy).no_proxy(NoProxy::parse(except)).connector(net.clone()).build().unwrap()
    };
    send(&transport(""), put("abc")).await.unwrap();
    send(&transport("oss.test"), put("abc")).await.unwrap();
    assert_eq!(net.dialed(), ["proxy.test:3128", "demo.oss.test:80"]);
    let heads = heads.lock().unwrap();
    assert!(heads[0].starts_with("PUT http://demo.oss.test/key HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("proxy-authorization: Basic bWU6cHc=\r\n"), "{}", heads[0]);
    assert!(heads[1].starts_with("PUT /key HTTP/1.1\r\n") && !heads[1].contains("proxy-"), "{}", heads[1]);
}

/// Rows: R72.
#[tokio::test(start_paused = true)]
async fn an_unreachable_proxy_is_an_error() {
    let net = Net::new(|_, _| async {}).refusing(|_| Some(io::Error::from(io::ErrorKind::ConnectionRefused)));
    let transport = builder().proxy(Proxy::parse("http://proxy.test").unwrap()).connector(net.clone()).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Connect { .. }));
    assert_eq!(net.dialed(), ["proxy.test:80"; 3]);
}

/// Rows: R72.
#[test]
fn a_proxy_of_the_environment_is_used_only_if_asked_for() {
    // In a process of its own, since the environment is one for all tests.
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "network::dialed_with_a_proxy_in_the_environment", "--ignored"])
        .env("http_proxy", "http://proxy.test")
        .env("no_proxy", "")
        .env_remove("NO_PROXY")
        .env_remove("REQUEST_METHOD")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}");
}

#[tokio::test(start_paused = true)]
#[ignore = "run in a process of its own by the test above"]
async fn dialed_with_a_proxy_in_the_environment() {
    for (asked_for, host) in [(false, "demo.oss.test:80"), (true, "proxy.test:80")] {
        let net = Net::new(|_, mut stream| async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
        });
        let transport = builder().proxy_from_environment(asked_for).connector(net.clone()).build().unwrap();
        send(&transport, put("abc")).await.unwrap();
        assert_eq!(net.dialed(), [host]);
    }
}

/// Rows: R70.
#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_resolve_is_tried_again() {
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, OK).await;
    })
    .refusing(|number| (number == 0).then(|| io::Error::other("failed to lookup address information")));
    let transport = builder().connector(net).build().unwrap();
    assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 2);
}

#[tokio::test]
async fn tcp_reaches_a_listener_by_name_and_by_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let mut head = Vec::new();
                while !head.ends_with(b"abc") {
                    let read = stream.read(&mut buffer).await.unwrap();
                    head.extend_from_slice(&buffer[..read]);
                }
                assert!(head.starts_with(b"PUT /demo/key HTTP/1.1\r\n"), "path style");
                stream.write_all(OK.as_bytes()).await.unwrap();
                let _ = stream.read(&mut buffer).await;
            });
        }
    });
    for host in ["127.0.0.1", "localhost"] {
        let transport = builder().endpoint(format!("http://{host}:{port}")).build().unwrap();
        send(&transport, put("abc")).await.unwrap();
    }
    let source = "127.0.0.1".parse().unwrap();
    let transport =
        builder().endpoint(format!("http://127.0.0.1:{port}")).bind_address(source).send_buffer_size(65_536);
    send(&transport.build().unwrap(), put("abc")).await.unwrap();
}

fn refused(builder: Config) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_configuration_that_contradicts_itself_is_refused() {
    let base = || Transport::builder().credentials(credentials());
    let region = || base().region("cn-hangzhou");
    assert_eq!(refused(base()), "neither an endpoint nor a region is given");
    assert_eq!(refused(base().endpoint("oss.test")), "a V4 signature requires the region of the buckets");
    assert!(base().endpoint("oss.test").signature_version(SignatureVersion::V1).build().is_ok());
    assert!(Transport::builder().endpoint("oss.test").anonymous().build().is_ok());
    assert_eq!(
        refused(region().use_internal_endpoint(true).use_accelerate_endpoint(true)),
        "use_internal_endpoint, use_dualstack_endpoint and use_accelerate_endpoint cannot be used together"
    );
    assert_eq!(refused(region().use_cname(true)), "use_cname requires an endpoint");
    assert_eq!(
        refused(region().endpoint("a.test").use_cname(true).use_path_style(true)),
        "use_cname and use_path_style cannot be used together"
    );
    assert!(matches!(region().endpoint("a.test/x").build(), Err(ConfigError::Endpoint(_))));
    assert!(matches!(base().region("oss-cn-hangzhou").endpoint("a.test").build(), Err(ConfigError::Sign(_))));
    assert!(matches!(Transport::builder().region("cn-hangzhou").build(), Err(ConfigError::NoCredentials)));
    assert_eq!(refused(region().max_attempts(0)), "`max_attempts` must be at least 1, got 0");
    assert_eq!(refused(region().traffic_limit(1)), "`traffic_limit` must be between 245760 and 838860800 bit/s, got 1");
    let none = std::time::Duration::ZERO;
    assert_eq!(refused(region().response_timeout(none)), "`response_timeout` must be longer than 0 s, got 0 s");
    assert_eq!(refused(region().credentials_timeout(none)), "`credentials_timeout` must be longer than 0 s, got 0 s");
    assert_eq!(refused(region().write_buffer_size(100)), "`write_buffer_size` must be at least 8 KiB, got 100 bytes");
    assert_eq!(refused(region().max_concurrency(0)), "`max_concurrency` must be at least 1, got 0");
    assert!(matches!(region().user_agent("a\r\nb").build(), Err(ConfigError::Value { option: "user_agent", .. })));
    assert!(matches!(region().add_root_certificate("no pem").build(), Err(ConfigError::Tls(_))));
    assert!(matches!(region().ca_file("/nonexistent").build(), Err(ConfigError::Tls(_))));
}

#[test]
fn a_scheme_that_is_given_wins_over_disable_ssl() {
    let endpoint = |text: Option<&str>, disable| {
        let mut builder = Transport::builder().anonymous().region("cn-hangzhou").disable_ssl(disable);
        if let Some(text) = text {
            builder = builder.endpoint(text);
        }
        builder.build().unwrap().endpoint().to_string()
    };
    assert_eq!(endpoint(None, false), "https://oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(endpoint(None, true), "http://oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(endpoint(Some("https://oss.test"), true), "https://oss.test");
    assert_eq!(endpoint(Some("oss.test"), true), "http://oss.test");
}

#[tokio::test(start_paused = true)]
async fn a_transfer_limit_and_a_user_agent_are_sent_where_they_belong() {
    let log = Log::default();
    let service = memory(&log, |_, _| Ok(http_response(200, &[], "")));
    let transport = builder().traffic_limit(819_200).user_agent("my-app/1").http_service(service).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    let mut own = get();
    own.headers.insert("x-oss-traffic-limit", http::HeaderValue::from_static("245760"));
    send(&transport, own).await.unwrap();
    send(&transport, crate::support::request(&crate::support::HEAD, http::Method::HEAD)).await.unwrap();
    let limits: Vec<_> = log.all().iter().map(|seen| seen.headers.get("x-oss-traffic-limit").cloned()).collect();
    assert_eq!(limits[0].as_ref().unwrap(), "819200");
    assert_eq!(limits[1].as_ref().unwrap(), "245760");
    assert_eq!(limits[2], None);
    assert!(log.all()[0].headers["user-agent"].to_str().unwrap().ends_with("/my-app/1"));
}

/// Rows: R74.
#[tokio::test(start_paused = true)]
async fn an_anonymous_request_carries_no_login_of_any_kind() {
    let log = Log::default();
    let service = memory(&log, |_, _| Ok(http_response(200, &[], "")));
    let transport = builder().anonymous().http_service(service).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    let mut names: Vec<_> = log.all()[0].headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["content-length", "host", "user-agent"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Rows: R82, R83.
    #[test]
    fn any_key_arrives_byte_for_byte(key in "[^/\\\\].{0,40}|\\.{1,3}(/\\.{0,2}){0,4}|[%+?# &=;~*\u{0}-\u{1f}]{1,20}", path_style in any::<bool>()) {
        let Ok(key) = ObjectKey::new(key) else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let seen: Arc<Mutex<String>> = Arc::default();
        let line = Arc::clone(&seen);
        runtime.block_on(async {
            let net = Net::new(move |_, mut stream| {
                let line = Arc::clone(&line);
                async move {
                    let request = read_request(&mut stream).await.unwrap();
                    *line.lock().unwrap() = request.head.lines().next().unwrap().to_owned();
                    write(&mut stream, OK).await;
                }
            });
            let transport = builder().use_path_style(path_style).connector(net).build().unwrap();
            let mut request = put("abc");
            request.key = Some(key.clone());
            send(&transport, request).await.unwrap();
        });
        let line = seen.lock().unwrap();
        let path = line.strip_prefix(if path_style { "PUT /demo/" } else { "PUT /" }).unwrap().strip_suffix(" HTTP/1.1").unwrap();
        prop_assert_eq!(oss_auth::encoding::decode(path).unwrap(), key.as_str());
    }
}

/// Rows: R78.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn calls_that_fail_leave_no_open_files() {
    const CALLS: usize = 100;
    let open_files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let body = Body::from(vec![0; 1 << 20]);
    for refusal in ["", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // Hangs up without a word, or refuses and listens no further, so that most of the body stays where it is.
        let kept: Arc<Mutex<Vec<_>>> = Arc::default();
        let keeps = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 64]).await;
                let _ = stream.write_all(refusal.as_bytes()).await;
                if !refusal.is_empty() {
                    keeps.lock().unwrap().push(stream);
                }
            }
        });
        let transport =
            builder().endpoint(format!("http://127.0.0.1:{port}")).send_buffer_size(16 << 10).max_attempts(1);
        let transport = transport.build().unwrap();
        let before = open_files();
        for _ in 0..CALLS {
            assert!(send(&transport, put(body.clone())).await.is_err());
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let after = open_files() - kept.lock().unwrap().len();
        // Other tests have files too, but not as many as there were calls.
        assert!(after < before + CALLS / 2, "{before} before, {after} after: {refusal:?}");
    }
}
