//! What a sync writes to a log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use oss_sync::Comparison;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{count, folder, put, run, start, up};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Lists, comparisons, transfers and deletions: some in tasks of their own.
#[tokio::test]
async fn every_request_of_a_sync_is_logged_below_its_places() {
    let (emulator, service) = start().await;
    put(&service, &[("x/same", "1"), ("x/extra", "1")]).await;
    let folder = folder(&[("same", "1"), ("new", "1")]);
    emulator.clear_history();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::NEW)
        .with_writer(log.clone())
        .finish();
    let subscribed = tracing::subscriber::set_default(subscriber);
    run(up(folder.path()).comparison(Comparison::Content), &service).await.unwrap();
    drop(subscribed);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let calls: Vec<_> = text.lines().filter(|line| line.contains("operation=\"") && line.ends_with(": new")).collect();
    for operation in ["ListObjectsV2", "HeadObject", "PutObject", "DeleteMultipleObjects"] {
        let of = calls.iter().filter(|line| line.contains(&format!("operation=\"{operation}\"")));
        assert!(of.clone().count() > 0 && count(&emulator, operation) > 0, "{operation}: {text}");
        for line in of {
            assert!(line.contains("sync{source=") && line.contains("destination=oss://demo/x/}"), "{line}");
        }
    }
}
