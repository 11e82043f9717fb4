//! The server of the measurements: the emulator, which checks signatures and CRC64 and throws bodies away.
//!
//! `bench-server CPUS SETTING ...` with the settings `tls`, `keep` (keeps bodies in memory), `unsigned` (accepts any
//! signature, for clients that cannot speak OSS), `bandwidth=BYTES` (each second and connection), `parts=COUNT` (refuses
//! every part after so many), `latency=MILLISECONDS` (of every request) and `synthetic=BUCKET:COUNT:FOLDERS` (a bucket that
//! lists so many objects, evenly in so many folders). It prints one line of JSON, then one for each line on standard input, of
//! which `accept` lifts that refusal: how much is stored (with the wrapped sum of all CRC64s), what is unfinished, and how many
//! connections were open at once. It ends with its standard input.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use oss_emulator::{Emulator, EtagMode, Fault, SyntheticObjects};
use serde_json::json;
use tokio::net::TcpListener;

const BUCKET: &str = "bench";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let cpus = arguments.next().context("missing argument: CPUS")?;
    bench_tools::pin(&cpus)?;
    let settings: Vec<String> = arguments.collect();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(serve(&settings))
}

async fn serve(settings: &[String]) -> Result<()> {
    let has = |name: &str| settings.iter().any(|setting| setting == name);
    let mut builder = Emulator::builder()
        .bucket(BUCKET)
        .discard_bodies(!has("keep"))
        .etag(EtagMode::Crc)
        .history_limit(0)
        .verify_signatures(!has("unsigned"));
    if let Some(bandwidth) = settings.iter().find_map(|setting| setting.strip_prefix("bandwidth=")) {
        builder = builder.bandwidth_per_connection(bandwidth.parse()?);
    }
    if let Some(parts) = settings.iter().find_map(|setting| setting.strip_prefix("parts=")) {
        let refusal = Fault::on("UploadPart").nth(parts.parse::<u64>()? + 1).always();
        builder = builder.fault(refusal.respond(403, "AccessDenied"));
    }
    if let Some(latency) = settings.iter().find_map(|setting| setting.strip_prefix("latency=")) {
        builder = builder.latency(Duration::from_millis(latency.parse()?));
    }
    for synthetic in settings.iter().filter_map(|setting| setting.strip_prefix("synthetic=")) {
        let mut fields = synthetic.split(':');
        let mut next = || fields.next().context("`synthetic` is BUCKET:COUNT:FOLDERS");
        let (bucket, count, folders) = (next()?, next()?.parse()?, next()?.parse()?);
        builder = builder.synthetic_bucket(bucket, SyntheticObjects::new(count).folders(folders));
    }
    // Without TLS connections are accepted here, to count them.
    builder = if has("tls") { builder.tls(true) } else { builder.without_listener() };
    let emulator = Arc::new(builder.start().await?);
    let connections = Arc::new(Connections::default());
    let endpoint = if has("tls") {
        emulator.endpoint().replace("127.0.0.1", "localhost")
    } else {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        tokio::spawn(accept(Arc::clone(&emulator), Arc::clone(&connections), listener));
        endpoint
    };
    let (id, secret) = emulator.credentials();
    say(&json!({
        "endpoint": endpoint, "region": emulator.region(), "bucket": BUCKET,
        "access_key_id": id, "access_key_secret": secret, "ca_pem": emulator.ca_pem(),
    }))?;
    let asked = tokio::task::spawn_blocking(move || -> Result<()> {
        for line in std::io::stdin().lock().lines() {
            if line? == "accept" {
                emulator.clear_faults();
            }
            let objects = emulator.objects(BUCKET)?;
            let crcs = objects.iter().map(|object| object.crc64.unwrap_or_default());
            let counted = connections.most.swap(0, Ordering::Relaxed);
            say(&json!({
                "objects": objects.len(),
                "bytes": objects.iter().map(|object| object.size).sum::<u64>(),
                "crc": crcs.fold(0, u64::wrapping_add),
                "unfinished": emulator.uploads(BUCKET)?.len(),
                "connections": (counted > 0).then_some(counted),
            }))?;
        }
        Ok(())
    });
    asked.await??;
    std::process::exit(0)
}

#[derive(Default)]
struct Connections {
    open: AtomicUsize,
    most: AtomicUsize,
}

async fn accept(emulator: Arc<Emulator>, connections: Arc<Connections>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let (emulator, connections) = (Arc::clone(&emulator), Arc::clone(&connections));
        tokio::spawn(async move {
            let open = connections.open.fetch_add(1, Ordering::Relaxed) + 1;
            connections.most.fetch_max(open, Ordering::Relaxed);
            emulator.serve_connection(stream).await;
            connections.open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn say(value: &serde_json::Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
