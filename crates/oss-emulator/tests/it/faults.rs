//! Faults on demand, over TCP, over pipes in simulated time, and through the control port.

use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::time::{Instant, timeout};

use crate::support::{ID, Raw, Response, SECRET, Server, exchange, read_response};

fn put() -> Raw {
    Raw::put("a").body("hello")
}

async fn sim() -> Emulator {
    Emulator::builder().credentials(ID, SECRET).bucket("demo").without_listener().start().await.unwrap()
}

/// One request over a new pipe.
async fn over_pipe(emulator: &Emulator, raw: &Raw) -> Option<Response> {
    let (mut client, server) = duplex(64 * 1024);
    emulator.spawn_connection(server);
    exchange(&mut client, &raw.encode("localhost"), raw.method == http::Method::HEAD).await
}

#[tokio::test]
async fn a_scripted_response_says_what_the_fault_says() {
    let server = Server::new().await;
    server.emulator.add_fault(
        Fault::on("PutObject")
            .respond(503, "ServiceUnavailable")
            .ec("0000-1")
            .retry_after(7)
            .element("ServerTime", "now"),
    );
    let response = server.send(&put()).await;
    assert_eq!(
        (response.status, response.code().as_str(), response.header("x-oss-ec")),
        (503, "ServiceUnavailable", "0000-1")
    );
    assert_eq!((response.header("retry-after"), response.element("ServerTime").as_str()), ("7", "now"));
    assert!(server.emulator.objects("demo").unwrap().is_empty());
    server.ok(&put()).await;
}

#[tokio::test]
async fn a_wrong_response_after_storing_leaves_the_object_there() {
    for (name, fault) in [
        ("500", Fault::on("PutObject").response_after_storing(500, "InternalError")),
        ("203", Fault::on("PutObject").response_after_storing(203, "CallbackFailed")),
        ("error in 200", Fault::on("PutObject").effect(FaultEffect::ErrorIn200("InternalError".into()))),
        ("closed", Fault::on("PutObject").effect(FaultEffect::CloseAfterStoring)),
        (
            "raw",
            Fault::on("PutObject")
                .effect(FaultEffect::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort".to_vec())),
        ),
        ("half a head", Fault::on("PutObject").effect(FaultEffect::CloseMidResponse(20))),
    ] {
        let server = Server::new().await;
        server.emulator.add_fault(fault);
        let response = server.try_send(&put()).await;
        match name {
            "500" => assert_eq!(response.unwrap().status, 500),
            "203" => {
                assert_eq!(
                    (response.as_ref().unwrap().status, response.unwrap().code().as_str()),
                    (203, "CallbackFailed")
                );
            }
            "error in 200" => {
                assert_eq!(
                    (response.as_ref().unwrap().status, response.unwrap().code().as_str()),
                    (200, "InternalError")
                );
            }
            "raw" => assert_eq!(response.unwrap().text(), "short"),
            _ => assert!(response.is_none(), "{name}"),
        }
        assert_eq!(server.emulator.content("demo", "a").unwrap().unwrap(), b"hello", "{name}");
    }
}

#[tokio::test]
async fn a_cut_body_leaves_nothing() {
    for effect in [FaultEffect::CloseBeforeReading, FaultEffect::CloseMidBody(0), FaultEffect::CloseMidBody(100_000)] {
        let server = Server::new().await;
        server.emulator.add_fault(Fault::on("PutObject").effect(effect));
        assert!(server.try_send(&Raw::put("a").body(vec![1; 1_000_000])).await.is_none());
        assert!(server.emulator.objects("demo").unwrap().is_empty());
    }
}

#[tokio::test]
async fn headers_and_bodies_can_be_wrong_or_missing() {
    let server = Server::new().await;
    let right = server.ok(&put()).await;
    let with = async |effect: FaultEffect| {
        server.emulator.add_fault(Fault::on("PutObject").effect(effect));
        server.ok(&put()).await
    };
    assert_ne!(with(FaultEffect::WrongCrc).await.header("x-oss-hash-crc64ecma"), right.header("x-oss-hash-crc64ecma"));
    assert_eq!(with(FaultEffect::MissingCrc).await.header("x-oss-hash-crc64ecma"), "");
    assert_ne!(with(FaultEffect::WrongEtag).await.header("etag"), right.header("etag"));
    assert_eq!(with(FaultEffect::MissingEtag).await.header("etag"), "");
    assert_eq!(with(FaultEffect::MissingDate).await.header("date"), "");
    assert_ne!(with(FaultEffect::DateOffset(86_400)).await.header("date")[..16], right.header("date")[..16]);
    assert_eq!(with(FaultEffect::Informational(3)).await.header("etag"), right.header("etag"));

    server.emulator.add_fault(Fault::on("ListObjectsV2").effect(FaultEffect::CutXml(50)));
    let list = Raw::new("GET").query("list-type", "2");
    assert_eq!(server.ok(&list).await.body.len(), 50);
    server.emulator.add_fault(Fault::on("ListObjectsV2").effect(FaultEffect::LengthOffBy(10)));
    let long = server.ok(&list).await;
    assert_eq!(long.header("content-length").parse::<usize>().unwrap(), long.body.len() + 10);
    let id = server.initiate("k").await;
    server.part("k", &id, 1, b"x").await;
    server.emulator.add_fault(Fault::on("ListParts").effect(FaultEffect::DropPartCrc));
    let parts = Raw::get("k").query("uploadId", &id);
    assert_eq!(server.ok(&parts).await.element("HashCrc64ecma"), "");
    assert_ne!(server.ok(&parts).await.element("HashCrc64ecma"), "");
}

/// Everything that comes until the server closes.
async fn until_closed(server: &Server, raw: &Raw) -> (Response, Vec<u8>) {
    let mut io = server.connect().await;
    io.write_all(&raw.encode(&server.authority)).await.unwrap();
    let mut all = Vec::new();
    timeout(Duration::from_secs(20), io.read_to_end(&mut all)).await.expect("the connection stays open").unwrap();
    let body = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (read_response(&mut &all[..], true).await.unwrap(), all.split_off(body))
}

#[tokio::test]
async fn a_wrong_length_goes_with_every_kind_of_body() {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = Emulator::builder().credentials(ID, SECRET).bucket("demo").dir(dir.path()).start().await.unwrap();
    for server in [Server::new().await, Server::from(on_disk)] {
        let content: Vec<u8> = (0..=255).cycle().take(700_000).collect();
        server.ok(&Raw::put("a").body(&content)).await;
        for off in [-10_isize, 10] {
            let list = server.ok(&Raw::new("GET").query("list-type", "2")).await.body;
            for (raw, right, len) in [
                (Raw::get("a"), &content[..], content.len()),
                (Raw::new("GET").query("list-type", "2"), &list[..], list.len()),
                (Raw::head("a"), &[][..], content.len()),
                (Raw::put("a").body(&content), &[][..], 0),
            ] {
                server.emulator.add_fault(Fault::on_any().effect(FaultEffect::LengthOffBy(off as i64)));
                let (response, body) = until_closed(&server, &raw).await;
                assert_eq!(response.header("content-length"), len.saturating_add_signed(off).to_string(), "{raw:?}");
                assert!(body == right, "{} {off}: {} bytes", raw.method, body.len());
                server.emulator.clear_faults();
            }
        }
    }
}

#[tokio::test]
async fn a_refused_connection_is_reset_and_counted_as_a_connection() {
    let server = Server::new().await;
    server.emulator.add_fault(Fault::on_any().nth(2).times(2).effect(FaultEffect::Refuse));
    let mut first = server.connect().await;
    let bytes = put().encode(&server.authority);
    assert_eq!(exchange(&mut first, &bytes, false).await.unwrap().status, 200);
    for _ in 0..2 {
        let mut io = server.connect().await;
        let error = timeout(Duration::from_secs(20), io.read(&mut [0; 1])).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    // Requests on a connection that is there do not count.
    assert_eq!(exchange(&mut first, &put().encode(&server.authority), false).await.unwrap().status, 200);
    assert_eq!(server.emulator.history().len(), 2);
    server.ok(&put()).await;
}

#[tokio::test]
async fn a_connection_can_end_between_two_requests_without_a_word() {
    let server = Server::new().await;
    server.emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::CloseAfterResponse));
    let (response, body) = until_closed(&server, &put()).await;
    assert_eq!((response.status, response.header("connection"), body.len()), (200, "", 0));
    server.ok(&put()).await;
}

#[tokio::test(start_paused = true)]
async fn delays_and_stalls_take_simulated_time() {
    let emulator = sim().await;
    emulator.add_fault(Fault::on("PutObject").delay(Duration::from_secs(30)));
    let began = Instant::now();
    assert_eq!(over_pipe(&emulator, &put()).await.unwrap().status, 200);
    assert!(began.elapsed() >= Duration::from_secs(30) && began.elapsed() < Duration::from_secs(31));

    for effect in [
        FaultEffect::Stall,
        FaultEffect::StallAfterStoring,
        FaultEffect::StallMidBody(2),
        FaultEffect::StallMidResponse(10),
    ] {
        emulator.add_fault(Fault::on("PutObject").effect(effect.clone()));
        let waited = timeout(Duration::from_secs(3600), over_pipe(&emulator, &put())).await;
        assert!(waited.is_err(), "{effect:?}");
    }
    assert_eq!(over_pipe(&emulator, &put()).await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn throttled_reads_and_responses_keep_their_rate() {
    let emulator = sim().await;
    emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::ThrottleRead(1000)));
    let began = Instant::now();
    assert_eq!(over_pipe(&emulator, &Raw::put("a").body(vec![0; 10_000])).await.unwrap().status, 200);
    assert!(began.elapsed() >= Duration::from_secs(9), "{:?}", began.elapsed());
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::ThrottleResponse(1000)));
    let began = Instant::now();
    assert_eq!(over_pipe(&emulator, &Raw::get("a")).await.unwrap().body.len(), 10_000);
    assert!(began.elapsed() >= Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stands_still_times_out() {
    let emulator = sim().await;
    let (mut client, server) = duplex(64 * 1024);
    emulator.spawn_connection(server);
    let bytes = put().encode("localhost");
    client.write_all(&bytes[..bytes.len() - 2]).await.unwrap();
    let response = read_response(&mut client, false).await.unwrap();
    assert_eq!(
        (response.status, response.code().as_str(), response.header("connection")),
        (400, "RequestTimeout", "close")
    );
    assert!(emulator.objects("demo").unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn latency_and_bandwidth_slow_a_connection_down() {
    let builder = Emulator::builder().credentials(ID, SECRET).bucket("demo").without_listener();
    let emulator = builder.latency(Duration::from_secs(1)).bandwidth_per_connection(10_000).start().await.unwrap();
    let began = Instant::now();
    assert_eq!(over_pipe(&emulator, &Raw::put("a").body(vec![0; 100_000])).await.unwrap().status, 200);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(14), "{took:?}");
}

#[tokio::test]
async fn faults_choose_by_operation_part_key_and_count() {
    let server = Server::new().await;
    let id = server.initiate("k").await;
    server.emulator.add_fault(Fault::on("UploadPart").key("k*").part(2).nth(2).times(2).respond(500, "InternalError"));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(server.send(&crate::support::part("k", &id, "2").body("x")).await.status);
        assert_eq!(server.send(&crate::support::part("k", &id, "1").body("x")).await.status, 200);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    server.emulator.add_fault(Fault::on_any().method("GET").always().respond(418, ""));
    assert_eq!(server.send(&Raw::new("GET")).await.status, 418);
    assert_eq!(server.send(&Raw::get("k")).await.status, 418);
    server.emulator.clear_faults();
    assert_eq!(server.send(&Raw::new("GET")).await.status, 200);
}

#[tokio::test]
async fn the_control_port_takes_json_from_this_machine_only() {
    let builder = Emulator::builder().credentials(ID, SECRET).bucket("demo").control_port(0);
    let server = Server::from(builder.start().await.unwrap());
    let control = server.emulator.control_endpoint().unwrap().strip_prefix("http://").unwrap().to_owned();
    assert_ne!(control, server.authority);
    let ask = async |method: &str, path: &str, host: &str, body: &str| {
        let mut io = tokio::net::TcpStream::connect(&control).await.unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        exchange(&mut io, request.as_bytes(), false).await.unwrap()
    };
    let fault = r#"{"operation":"PutObject","effects":[{"response":{"status":500,"code":"InternalError"}}]}"#;
    assert_eq!(ask("POST", "/faults", "evil.example", fault).await.status, 403);
    assert_eq!(ask("POST", "/faults", "127.0.0.1:1", "{\"effects\":[\"explode\"]}").await.status, 400);
    assert_eq!(ask("POST", "/faults", "127.0.0.1:1", &format!("[{fault},{fault}]")).await.status, 200);
    assert_eq!(ask("GET", "/faults", "localhost", "").await.text().matches("PutObject").count(), 2);
    assert_eq!(server.send(&put()).await.status, 500);
    assert_eq!(ask("DELETE", "/faults", "localhost", "").await.status, 200);
    server.ok(&put()).await;
    assert_eq!(ask("GET", "/history", "localhost", "").await.text().matches("\"operation\":\"PutObject\"").count(), 2);
    assert_eq!(ask("PUT", "/clock", "localhost", "{\"offset_seconds\":7200}").await.status, 200);
    assert_eq!(server.send(&put()).await.code(), "RequestTimeTooSkewed");
}

#[tokio::test]
async fn pipelined_requests_get_responses_in_order_after_an_unread_body() {
    let server = Server::new().await;
    let mut io = server.connect().await;
    let refused = Raw::put("a").secret("wrong").body(vec![0; 300_000]).encode(&server.authority);
    let good = put().encode(&server.authority);
    io.write_all(&[refused, good].concat()).await.unwrap();
    assert_eq!(read_response(&mut io, false).await.unwrap().status, 403);
    assert_eq!(read_response(&mut io, false).await.unwrap().status, 200);
    let mut rest = [0; 1];
    drop(server);
    assert_eq!(io.read(&mut rest).await.unwrap_or(0), 0);
}
