//! What a hostile response costs, measured in a process of its own.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use oss_models::{
    CallError, Callback, CompleteMultipartUploadRequest, CompletedPart, CompletedParts, Etag, GetObjectRequest,
    HeadObjectRequest, ListObjectsV2Request, ListPartsRequest, PartNumber, PutObjectRequest, ResponseBody, UploadId,
    call,
};
use oss_transport::Transport;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::support::{Net, builder, read_request};

/// Most KiB that a call may cost, and most simulated seconds that it may take.
const MOST_KIB: u64 = 8 << 10;
const LONGEST: Duration = Duration::from_secs(600);

/// A server that never stops would go on to this.
const ENDLESS: usize = 512 << 20;

/// What a server sends, none of which is ever in memory as a whole.
struct Hostile {
    name: &'static str,
    begin: String,
    item: String,
    items: usize,
    end: String,
}

/// `begin`, and then `item` over and over.
fn hostile(name: &'static str, begin: impl Into<String>, item: impl Into<String>) -> Hostile {
    let item = item.into();
    let items = ENDLESS.checked_div(item.len()).unwrap_or(0);
    Hostile { name, begin: begin.into(), item, items, end: String::new() }
}

/// A document that ends, of so many items.
fn whole(name: &'static str, root: &str, item: impl Into<String>, items: usize) -> Hostile {
    let (item, open, end) = (item.into(), format!("<{root}>"), format!("</{root}>"));
    let length = open.len() + item.len() * items + end.len();
    let begin = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{open}");
    Hostile { name, begin, item, items, end }
}

fn responses() -> Vec<Hostile> {
    let ok = |length: &str| format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n");
    let chunked = || ok("Transfer-Encoding: chunked");
    let list = |root: &str| format!("{}7fffffff\r\n<{root}>", chunked());
    let bomb: String = (1..9).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let bomb = format!("<!DOCTYPE a [<!ENTITY e0 \"boom\">{bomb}]><ListPartsResult><Key>&e8;</Key></ListPartsResult>");
    vec![
        hostile("a head without end", "HTTP/1.1 200 OK\r\n", "x-filler: 0123456789\r\n"),
        hostile("a header without end", "HTTP/1.1 200 OK\r\nx-filler: ", "A"),
        hostile("interim responses without end", "", "HTTP/1.1 102 Processing\r\n\r\n"),
        hostile("an error of 512 MiB", "HTTP/1.1 403 No\r\nContent-Length: 536870912\r\n\r\n<Error><Code>", "A"),
        hostile("an error without a length", "HTTP/1.1 500 No\r\n\r\n<Error><Code>", "A"),
        hostile("a binary error", "HTTP/1.1 500 No\r\nContent-Length: 536870912\r\n\r\n", "\u{1}"),
        hostile("one chunk without end", chunked() + "7fffffff\r\n", "A"),
        hostile("an extension of a chunk without end", chunked() + "5;", "A"),
        hostile("trailers without end", chunked() + "0\r\n", "x-filler: 0123456789\r\n"),
        hostile("a text without end", list("ListPartsResult") + "<Key>", "A"),
        hostile("parts without end", list("ListPartsResult"), "<Part><PartNumber>1</PartNumber></Part>"),
        hostile("empty parts without end", list("ListPartsResult"), "<Part/>"),
        hostile("keys without end", list("ListBucketResult"), "<Contents><Key>k</Key></Contents>"),
        hostile(
            "prefixes without end",
            list("ListBucketResult"),
            "<CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>",
        ),
        hostile("depth without end", list("ListPartsResult"), "<a>"),
        hostile("attributes without end", list("ListPartsResult") + "<Part ", "a=\"b\" "),
        hostile("a list of 512 MiB", ok("Content-Length: 536870912") + "<ListPartsResult>", "<Part/>"),
        whole("as many parts as a document may have", "ListPartsResult", "<Part/>", 15_990),
        whole("as many keys as a document may have", "ListBucketResult", "<Contents><Key>k</Key></Contents>", 7_990),
        whole("as much text as a document may have", "ListPartsResult", "<Key>some text &amp; more</Key>", 15_990),
        whole("a document of 4 MiB", "ListPartsResult", format!("<Key>{}</Key>", "A".repeat(100_000)), 41),
        hostile("a document type", format!("{}{bomb}", ok(&format!("Content-Length: {}", bomb.len()))), ""),
        hostile("half a head", "HTTP/1.1 200 OK\r\nContent-Le", ""),
        hostile("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<ListParts", ""),
        hostile("something else", "SSH-2.0-OpenSSH_9.6\r\n", ""),
    ]
}

fn server(response: &Hostile) -> Net {
    let per_block = (64 << 10) / response.item.len().max(1) + 1;
    let blocks = response.items / per_block;
    let rest = response.item.repeat(response.items % per_block) + &response.end;
    let (begin, block) = (response.begin.clone(), response.item.repeat(per_block));
    let all: Arc<[String]> = Arc::new([begin, block, rest]);
    Net::new(move |_, mut stream| {
        let all = Arc::clone(&all);
        async move {
            let [begin, block, rest] = &*all else { return };
            if read_request(&mut stream).await.is_none() || stream.write_all(begin.as_bytes()).await.is_err() {
                return;
            }
            for _ in 0..blocks {
                if stream.write_all(block.as_bytes()).await.is_err() {
                    return;
                }
            }
            let _ = stream.write_all(rest.as_bytes()).await;
        }
    })
}

/// Makes a call of each kind; its outcome is of no interest.
async fn calls(transport: &Transport) {
    let id = UploadId::new("1").unwrap();
    let parts = CompletedParts::Listed(vec![CompletedPart::new(PartNumber::new(1).unwrap(), Etag::new("e").unwrap())]);
    let complete = CompleteMultipartUploadRequest::new("demo", "key", id.clone(), parts);
    ended(call(transport.clone(), PutObjectRequest::new("demo", "key").body("abc")).await);
    ended(call(transport.clone(), HeadObjectRequest::new("demo", "key")).await);
    ended(call(transport.clone(), ListPartsRequest::new("demo", "key", id)).await);
    ended(call(transport.clone(), ListObjectsV2Request::new("demo")).await);
    ended(call(transport.clone(), complete.clone()).await);
    ended(call(transport.clone(), complete.callback(Callback::new("http://a.test", "a=b"))).await);
    if let Ok(result) = call(transport.clone(), GetObjectRequest::new("demo", "key")).await
        && let ResponseBody::Stream(mut content) = result.body
    {
        // How much is read of a content is up to the caller.
        for _ in 0..1000 {
            let Some(Ok(_)) = content.frame().await else { break };
        }
    }
}

/// A response is dropped before the next call is made.
fn ended<T>(_: Result<T, CallError>) {}

/// Peak of resident memory so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Names the response to the process that measures it.
const RESPONSE: &str = "OSS_TRANSPORT_TEST_RESPONSE";

/// Rows: R65, R75, R76.
#[test]
fn no_response_costs_more_than_8_mib_or_takes_for_ever() {
    let program = std::env::current_exe().unwrap();
    for response in responses() {
        let run = Command::new(&program)
            .args(["--exact", "hostile::measured_calls", "--ignored", "--nocapture"])
            .env(RESPONSE, response.name)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{output}{}", String::from_utf8_lossy(&run.stderr));
        assert!(output.contains("KiB more"), "{}: {output}", response.name);
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "run in a process of its own by the test above"]
async fn measured_calls() {
    let name = std::env::var(RESPONSE).unwrap();
    let response = responses().into_iter().find(|response| response.name == name).unwrap();
    // Honest calls first: what is needed once is no cost of the others.
    let honest = hostile("honest", "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n", "");
    calls(&builder().connector(server(&honest)).build().unwrap()).await;

    let transport = builder().connector(server(&response)).build().unwrap();
    let (before, begin) = (peak(), Instant::now());
    calls(&transport).await;
    let (more, took) = (peak().saturating_sub(before), begin.elapsed());
    println!("{name}: {more} KiB more, {} s", took.as_secs());
    assert!(more <= MOST_KIB, "{name}: {more} KiB more");
    assert!(took <= LONGEST * 7, "{name}: {took:?} for seven calls");
}
