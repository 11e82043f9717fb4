//! TLS: who is believed, and what happens to the others.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oss_models::CallErrorKind;
use oss_transport::{Config, Proxy, TrustRoots};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::{Net, OK, builder, chain, put, read_head, send, write};

struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    fn server(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        self.server_with(names, change, rustls::ALL_VERSIONS)
    }

    fn server_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).unwrap();
        acceptor(certificate.der().clone(), &key, versions)
    }
}

fn acceptor(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(acceptor: TlsAcceptor, stream: S) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\nabc") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let _ = stream.write_all(OK.as_bytes()).await;
    let _ = stream.flush().await;
    let _ = stream.read_u8().await;
}

fn net(acceptor: TlsAcceptor) -> Net {
    Net::new(move |_, stream| serve(acceptor.clone(), stream))
}

fn https(authority: &Authority) -> Config {
    builder()
        .endpoint("https://oss.test")
        .trust_roots(TrustRoots::OnlyAdded)
        .add_root_certificate(authority.pem.clone())
}

/// The connector of `hyper-rustls` is below the pool and the meter, so both still know what retry has to know.
///
/// Rows: R64.
#[tokio::test]
async fn over_tls_a_reused_connection_and_bytes_that_left_are_known() {
    let authority = Authority::new();
    // Each connection is closed at the first byte of its second request.
    let net = net(authority.server(&["*.oss.test"], |_| {}));
    let transport = https(&authority).connector(net.clone()).max_attempts(1).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!(response.attempts, 2, "the first attempt met a closed connection, which is not counted");
    assert!(response.earlier_attempt_unknown, "bytes of it had left");
    assert_eq!(net.dialed().len(), 2);
}

#[tokio::test]
async fn a_good_certificate_is_believed() {
    let authority = Authority::new();
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let net = net(authority.server_with(&["*.oss.test"], |_| {}, versions));
        let transport = https(&authority).connector(net.clone()).build().unwrap();
        assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 1);
        assert_eq!(net.dialed(), ["demo.oss.test:443"]);
    }
}

/// Rows: R71.
#[tokio::test]
async fn a_bad_certificate_is_refused_at_once_and_nothing_is_sent() {
    let authority = Authority::new();
    let other = Authority::new();
    let self_signed = {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["demo.oss.test".to_owned()]).unwrap();
        acceptor(params.self_signed(&key).unwrap().der().clone(), &key, rustls::ALL_VERSIONS)
    };
    let names = ["demo.oss.test"];
    for (why, acceptor) in [
        ("unknown authority", other.server(&names, |_| {})),
        ("self-signed", self_signed),
        ("wrong name", authority.server(&["demo.oss.example"], |_| {})),
        ("wildcard one level too high", authority.server(&["*.test"], |_| {})),
        ("no name", authority.server(&[], |_| {})),
        ("expired", authority.server(&names, |params| params.not_after = date_time_ymd(2001, 1, 1))),
        ("not yet valid", authority.server(&names, |params| params.not_before = date_time_ymd(2999, 1, 1))),
        (
            "for clients only",
            authority.server(&names, |params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            }),
        ),
    ] {
        let net = net(acceptor);
        let transport = https(&authority).connector(net.clone()).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::Tls { .. }), "{why}: {error:?}");
        assert_eq!((error.attempts(), error.outcome_unknown(), net.dialed().len()), (1, false, 1), "{why}");
        assert!(std::error::Error::source(&error).is_some(), "{why}");
    }
}

/// Rows: R71.
#[tokio::test]
async fn a_server_of_the_past_is_refused() {
    // The hello of TLS 1.1: a handshake record with version 3.2.
    let old = Net::new(|_, mut stream| async move {
        let mut hello = [0; 5];
        let _ = stream.read_exact(&mut hello).await;
        let mut server_hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        server_hello.extend_from_slice(&[7; 32]);
        server_hello.extend_from_slice(&[0, 0xc0, 0x13, 0]);
        write(&mut stream, server_hello).await;
        let _ = read_head(&mut stream).await;
    });
    let transport = https(&Authority::new()).connector(old.clone()).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Tls { .. }), "{error:?}");
    assert_eq!(old.dialed().len(), 1);
}

/// Rows: R71.
#[tokio::test]
async fn the_wrong_scheme_is_an_error_that_names_the_right_one() {
    let authority = Authority::new();
    let plain = Net::new(|_, mut stream| async move {
        let _ = stream.read_u8().await;
        write(&mut stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let tls = net(authority.server(&["*.oss.test"], |_| {}));
    for (config, net, right) in [
        (
            https(&authority),
            plain,
            "demo.oss.test:443 was refused: the server does not speak TLS at this port; for plain HTTP, write http://",
        ),
        (builder(), tls, "demo.oss.test:80 was refused: the server speaks TLS at this port: write https://"),
    ] {
        let transport = config.connector(net.clone()).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::Tls { .. }), "{error:?}");
        let text = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(text.contains(right), "{text}");
        assert_eq!((error.attempts(), error.outcome_unknown(), net.dialed().len()), (1, false, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_in_the_handshake_is_tried_again() {
    let authority = Authority::new();
    let good = authority.server(&["demo.oss.test"], |_| {});
    let net = Net::new(move |number, stream| {
        let good = good.clone();
        async move {
            if number > 0 {
                serve(good, stream).await;
            }
        }
    });
    let transport = https(&authority).connector(net).build().unwrap();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (2, false));
}

/// Rows: R72.
#[tokio::test]
async fn tls_goes_through_a_tunnel_of_the_proxy() {
    let authority = Authority::new();
    let acceptor = authority.server(&["demo.oss.test"], |_| {});
    let net = Net::new(move |_, mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let head = read_head(&mut stream).await.unwrap();
            assert!(head.starts_with("CONNECT demo.oss.test:443 HTTP/1.1\r\nHost: demo.oss.test:443\r\n"), "{head}");
            assert!(head.contains("Proxy-Authorization: Basic bWU6cHc=\r\n"), "{head}");
            assert!(!head.contains("OSS4"));
            write(&mut stream, "HTTP/1.1 200 Connection established\r\n\r\n").await;
            serve(acceptor, stream).await;
        }
    });
    let proxy = Proxy::parse("http://me:pw@proxy.test:3128").unwrap();
    let transport = https(&authority).proxy(proxy).connector(net.clone()).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(net.dialed(), ["proxy.test:3128"]);
}

/// Reads a head and a body of so many bytes, in whatever they are wrapped.
async fn head_of(stream: &mut (impl AsyncRead + Unpin), body: usize) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    stream.read_exact(&mut vec![0; body]).await.ok()?;
    Some(String::from_utf8(head).unwrap())
}

/// The login is for the proxy alone; the origin, and those who read its logs, must not get it.
///
/// Rows: R72, R91.
#[tokio::test]
async fn the_login_of_a_proxy_is_not_sent_to_the_origin() {
    let authority = Authority::new();
    let origin = authority.server(&["demo.oss.test"], |_| {});
    let secure_proxy = authority.server(&["proxy.test"], |_| {});
    for proxy in ["http://me:pw@proxy.test:3128", "https://me:pw@proxy.test:3128"] {
        let heads: Arc<Mutex<(Vec<String>, Vec<String>)>> = Arc::default();
        let (seen, origin, secure_proxy) = (Arc::clone(&heads), origin.clone(), secure_proxy.clone());
        let net = Net::new(move |_, stream| {
            let (seen, origin, secure_proxy) = (Arc::clone(&seen), origin.clone(), secure_proxy.clone());
            async move {
                let mut stream: Box<dyn Stream> = if proxy.starts_with("https") {
                    Box::new(secure_proxy.accept(stream).await.unwrap())
                } else {
                    Box::new(stream)
                };
                let asked = head_of(&mut stream, 0).await.unwrap();
                seen.lock().unwrap().0.push(asked);
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                stream.flush().await.unwrap();
                let mut inside = origin.accept(stream).await.unwrap();
                while let Some(head) = head_of(&mut inside, 3).await {
                    seen.lock().unwrap().1.push(head);
                    inside.write_all(OK.as_bytes()).await.unwrap();
                    inside.flush().await.unwrap();
                }
            }
        });
        let transport = https(&authority).proxy(Proxy::parse(proxy).unwrap()).connector(net.clone()).build().unwrap();
        for _ in 0..2 {
            send(&transport, put("abc")).await.unwrap();
        }
        assert_eq!(net.dialed(), ["proxy.test:3128"], "the second over the same tunnel");
        let (to_proxy, to_origin) = heads.lock().unwrap().clone();
        assert!(to_proxy[0].contains("Proxy-Authorization: Basic bWU6cHc=\r\n"), "{}", to_proxy[0]);
        assert!(!to_proxy[0].to_ascii_lowercase().contains("\r\nauthorization:"), "{}", to_proxy[0]);
        assert_eq!(to_origin.len(), 2);
        for head in to_origin {
            assert!(head.starts_with("PUT /key HTTP/1.1\r\n"), "{head}");
            assert!(!head.to_ascii_lowercase().contains("proxy-") && !head.contains("bWU6cHc="), "{head}");
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Rows: R65, R72.
#[tokio::test(start_paused = true)]
async fn an_endless_response_of_a_proxy_is_cut_off() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let net = Net::new(move |_, mut stream| {
        let count = Arc::clone(&count);
        async move {
            let _ = read_head(&mut stream).await;
            write(&mut stream, "HTTP/1.1 200 OK\r\n").await;
            while count.load(Relaxed) < 8 << 20 && stream.write_all(&[b'A'; 8192]).await.is_ok() {
                count.fetch_add(8192, Relaxed);
            }
        }
    });
    let proxy = Proxy::parse("http://proxy.test").unwrap();
    let transport = https(&Authority::new()).proxy(proxy).connector(net).max_attempts(1).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Connect { .. }), "{}", chain(&error));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(written.load(Relaxed) < 1 << 20, "the client went on reading");
}

/// Rows: R72.
#[tokio::test(start_paused = true)]
async fn a_proxy_that_refuses_is_an_error_and_never_gone_around() {
    for response in ["HTTP/1.1 407 No\r\n\r\n", "HTTP/1.1 200", "nonsense\r\n\r\n", ""] {
        let net = Net::new(move |_, mut stream| async move {
            let _ = read_head(&mut stream).await;
            write(&mut stream, response).await;
        });
        let proxy = Proxy::parse("http://proxy.test").unwrap();
        let transport = https(&Authority::new()).proxy(proxy).connector(net.clone()).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(
            matches!(error.kind(), CallErrorKind::Connect { host, .. } if host == "proxy.test:80"),
            "{}",
            chain(&error)
        );
        assert!(net.dialed().iter().all(|host| host == "proxy.test:80"));
        assert!(!error.outcome_unknown());
    }
}
