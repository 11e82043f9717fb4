//! What an upload writes to a log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use oss_models::Callback;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::fake::{Fake, Fault, PART, bytes, request};

/// A log in memory.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

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

pub(crate) fn subscribe(log: &Log) -> tracing::subscriber::DefaultGuard {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_default(subscriber)
}

/// Every line of the log that a request or a failure of one upload writes names its object, its upload and its part.
#[tokio::test(start_paused = true)]
async fn two_uploads_at_once_can_be_told_apart_in_a_log() {
    let log = Log::default();
    let _subscribed = subscribe(&log);
    let (one, two) = (Fake::new(), Fake::new());
    two.state().next_id = 2;
    one.fault("UploadPart 2", Fault::Refuse(503, "SlowDown"));
    let mut requests = [request(), request()];
    requests[0].key = "one".into();
    requests[1].key = "two".into();
    let [first, second] = requests;
    let (first, second) =
        (one.uploader().upload_from(first, bytes(4 * PART)), two.uploader().upload_from(second, bytes(3 * PART)));
    // One in a task of its own, one in that of the caller.
    let (first, second) = (first.start(), second.into_future());
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap();

    let lines = log.lines();
    let of = |key: &str| -> Vec<&String> {
        let name = format!("upload{{bucket=demo key={key}");
        lines.iter().filter(|line| line.contains(&name)).collect()
    };
    for (fake, key, id, parts) in [(&one, "one", "ID1", 4), (&two, "two", "ID2", 3)] {
        let requests: Vec<_> = of(key).into_iter().filter(|line| line.contains("a request arrived")).collect();
        assert_eq!(requests.len(), fake.state().log.len(), "{lines:#?}");
        let after: Vec<_> = requests.iter().filter(|line| !line.contains("InitiateMultipartUpload")).collect();
        assert!(after.iter().all(|line| line.contains(&format!("upload_id=\"{id}\""))), "{after:#?}");
        for number in 1..=parts {
            let span = format!("part{{number={number} attempt=1}}");
            assert!(
                after.iter().any(|line| line.contains(&span) && line.contains("UploadPart")),
                "{number}: {after:#?}"
            );
        }
    }
    assert!(of("one").iter().any(|line| line.contains("part{number=2 attempt=2}")), "{lines:#?}");
    assert_eq!(
        lines.iter().filter(|line| line.contains("a request arrived")).count(),
        of("one").iter().chain(&of("two")).filter(|line| line.contains("a request arrived")).count()
    );
}

/// What only the caller and the server should know is in no span and no line.
#[tokio::test(start_paused = true)]
async fn no_secret_of_a_request_is_in_the_log() {
    let log = Log::default();
    let _subscribed = subscribe(&log);
    for len in [10, 2 * PART] {
        let fake = Fake::new();
        fake.fault("PutObject", Fault::ResponseLost).fault("UploadPart 1", Fault::LostOnTheWay);
        fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
        let callback = Callback::new("http://h/?token=SECRET", "SECRET");
        let request = request().callback(callback).metadata([("token", "SECRET")]).header("x-oss-secret", "SECRET");
        fake.uploader().upload_from(request, bytes(len)).await.unwrap();
    }
    let lines = log.lines();
    assert!(lines.len() > 4, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("SECRET")), "{lines:#?}");
}
