//! What is not HTTP, or not the HTTP that OSS takes, sent as it is.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::support::{Raw, Response, Server, exchange, read_response};

/// The headers that every response has, and the error document.
fn assert_is_a_whole_refusal(response: &Response, status: u16, code: &str, name: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code), "{name}: {}", response.text());
    assert_eq!(response.header("server"), "AliyunOSS", "{name}");
    assert_eq!(response.header("content-type"), "application/xml", "{name}");
    assert_eq!(response.header("connection"), "close", "{name}");
    assert_eq!(response.header("content-length"), response.body.len().to_string(), "{name}");
    assert!(response.header("date").ends_with(" GMT"), "{name}");
    assert!(!response.header("x-oss-server-time").is_empty(), "{name}");
    assert_eq!(response.header("x-oss-request-id").len(), 24, "{name}");
    assert_eq!(response.element("RequestId"), response.header("x-oss-request-id"), "{name}");
}

#[tokio::test]
async fn broken_http_is_refused_with_an_error_document() {
    let server = Server::new().await;
    let many: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(100_000));
    let long_header = format!("GET / HTTP/1.1\r\nHost: localhost\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    for (text, status, code) in [
        ("\r\n\r\nhello\r\n\r\n", 400, "InvalidRequest"),
        ("GET\r\n\r\n", 400, "InvalidRequest"),
        ("GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "InvalidRequest"),
        ("G(T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/3.0\r\n\r\n", 400, "InvalidRequest"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "InvalidRequest"),
        ("GET no-slash HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n folded: a\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nx: a\0b\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, "InvalidRequest"),
        ("PUT /demo/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "NotImplemented"),
        ("PUT /demo/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400, "NotImplemented"),
        ("PUT /demo/a HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "NotImplemented"),
        (&format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"), 431, "InvalidRequest"),
        (&long_target, 431, "InvalidRequest"),
        (&long_header, 431, "InvalidRequest"),
    ] {
        let name = &text[..text.len().min(70)];
        let response = exchange(&mut server.connect().await, text.as_bytes(), false).await;
        let response = response.unwrap_or_else(|| panic!("no response to {name:?}"));
        if response.header("connection") == "close" {
            assert_is_a_whole_refusal(&response, status, code, name);
        } else {
            assert_eq!((response.status, response.code().as_str()), (status, code), "{name}");
        }
    }
    server.ok(&Raw::put("a").body("still alive")).await;
}

#[tokio::test]
async fn a_length_that_cannot_be_trusted_is_refused_before_anything_else() {
    let server = Server::new().await;
    for lines in [
        "Content-Length: abc",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 5.0",
        "Content-Length: 0x5",
        "Content-Length: ",
        "Content-Length: 5, 5",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ] {
        let response = server.send(&Raw::put("a").body("hello").line(lines)).await;
        assert_is_a_whole_refusal(&response, 400, "InvalidArgument", lines);
        assert_eq!(response.header("x-oss-ec"), "0017-00000103", "{lines}");
        assert_eq!(response.element("EC"), "0017-00000103", "{lines}");
        assert_eq!(response.element("ArgumentName"), "Content-Length", "{lines}");
    }
    assert_eq!(server.send(&Raw::get("a")).await.code(), "NoSuchKey");
}

#[tokio::test]
async fn a_malformed_request_is_refused_after_the_responses_before_it() {
    let server = Server::new().await;
    let content = vec![7; 3 << 20];
    server.ok(&Raw::put("large").body(&content)).await;
    let mut all = Raw::put("chunked").body(vec![1; 5000]);
    all.chunked = true;
    let mut all = all.encode(&server.authority);
    all.extend(Raw::put("counted").body("hello").encode(&server.authority));
    all.extend(Raw::get("large").encode(&server.authority));
    all.extend(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\nGET / HTTP/1.1\r\n");
    let mut io = server.connect().await;
    io.write_all(&all).await.unwrap();
    let mut got = Vec::new();
    timeout(Duration::from_secs(20), io.read_to_end(&mut got)).await.expect("the connection stays open").unwrap();
    let (mut got, mut responses) = (&got[..], Vec::new());
    // One response ends where its length says, so that the next can be read from what is left.
    while !got.is_empty() {
        let head = got.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let response = read_response(&mut got[..head].as_ref(), true).await.unwrap();
        let end = head + response.header("content-length").parse::<usize>().unwrap_or(0);
        responses.push(read_response(&mut &got[..end], false).await.unwrap());
        got = &got[end..];
    }
    assert_eq!(responses.iter().map(|response| response.status).collect::<Vec<_>>(), [200, 200, 200, 400]);
    assert_eq!(responses[2].body, content);
    assert_is_a_whole_refusal(&responses[3], 400, "InvalidArgument", "the last");
    assert_eq!(server.ok(&Raw::get("chunked")).await.body, vec![1; 5000]);
    assert_eq!(server.ok(&Raw::get("counted")).await.text(), "hello");
}

#[tokio::test]
async fn a_request_may_arrive_byte_by_byte() {
    let server = Server::new().await;
    let mut chunked = Raw::put("a").body("hello");
    chunked.chunked = true;
    let mut io = server.connect().await;
    for raw in [chunked, Raw::put("b").body("world"), Raw::get("a")] {
        for byte in raw.encode(&server.authority) {
            io.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(read_response(&mut io, false).await.unwrap().status, 200);
    }
    assert_eq!(server.ok(&Raw::get("b")).await.text(), "world");
}

#[tokio::test]
async fn malformed_chunks_store_nothing() {
    let server = Server::new().await;
    let next = String::from_utf8(Raw::put("smuggled").body("x").encode(&server.authority)).unwrap();
    for body in [
        "x\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloo\r\n0\r\n\r\n",
        "5\r\nhello",
        "fffffffffffffffff\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5;a=b\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\r\nx-a: b\n\n",
        "5\r\nhello\r\n0\r\nx-a: b\r\n\n",
        "5\r\nhello\r\n0\r\nx-a: b\n\r\n",
    ] {
        let mut raw = Raw::put("a").line("Transfer-Encoding: chunked");
        raw.no_length = true;
        let bytes = [raw.encode(&server.authority), body.as_bytes().to_vec(), next.clone().into_bytes()].concat();
        let mut io = server.connect().await;
        io.write_all(&bytes).await.unwrap();
        io.shutdown().await.unwrap();
        let mut all = Vec::new();
        timeout(Duration::from_secs(20), io.read_to_end(&mut all)).await.expect(body).unwrap();
        let response = read_response(&mut &all[..], false).await.expect(body);
        assert_eq!((response.status, response.code().as_str()), (400, "IncompleteBody"), "{body:?}");
        assert_eq!(String::from_utf8_lossy(&all).matches("HTTP/1.1 ").count(), 1, "{body:?}");
    }
    assert_eq!(server.send(&Raw::get("smuggled")).await.code(), "NoSuchKey");
    assert_eq!(server.send(&Raw::get("a")).await.code(), "NoSuchKey");
}

#[tokio::test]
async fn a_head_cut_short_is_told_so() {
    let server = Server::new().await;
    let mut io = server.connect().await;
    io.write_all(b"GET / HTTP/1.1\r\nHost: loc").await.unwrap();
    io.shutdown().await.unwrap();
    assert_is_a_whole_refusal(&read_response(&mut io, false).await.unwrap(), 400, "InvalidRequest", "cut");
}
