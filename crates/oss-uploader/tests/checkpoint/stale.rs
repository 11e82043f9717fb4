use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use http::StatusCode;
use oss_models::BucketName;
use oss_transfer::AnyService;
use oss_uploader::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore, MemoryStore, Record, StoredUpload, UploadIdentity,
};
use oss_uploader::stale::{StaleError, StaleOutcome, StaleUpload, UnfinishedUploads};

use crate::fixture::{identity_of, record_of, time};
use crate::server::Server;

const HOUR: Duration = Duration::from_secs(3600);
const NOW: u64 = 1_700_000_000;

fn unfinished(server: &Server) -> UnfinishedUploads<AnyService> {
    UnfinishedUploads::new(server.service(), BucketName::new("examplebucket").unwrap())
}

fn outcomes(report: &[StaleUpload]) -> Vec<(String, String)> {
    report.iter().map(|stale| (stale.upload.key.clone(), word(&stale.outcome))).collect()
}

fn word(outcome: &StaleOutcome) -> String {
    let debug = format!("{outcome:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, outcome)| ((*key).to_owned(), (*outcome).to_owned())).collect()
}

#[tokio::test]
async fn uploads_older_than_the_limit_are_aborted_oldest_first_and_others_stay() {
    let server = Server::default();
    for (key, hours) in [("a", 1), ("b", 30), ("c", 24), ("d", 25)] {
        server.begin(key, HOUR * hours);
    }
    let report = unfinished(&server).abort_stale(HOUR * 24, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("b", "Aborted"), ("d", "Aborted"), ("c", "Young"), ("a", "Young")]));
    assert_eq!(server.upload_ids().len(), 2);
}

#[tokio::test]
async fn an_upload_of_unknown_age_stays() {
    let server = Server::default();
    server.begin("old", HOUR * 30);
    server.state().tells_age = false;
    let report = unfinished(&server).abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("old", "Young")]));
    assert_eq!(server.upload_ids().len(), 1);
}

#[tokio::test]
async fn looking_changes_nothing() {
    let server = Server::default();
    server.begin("old", HOUR * 30);
    let report = unfinished(&server).list_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("old", "WouldAbort")]));
    assert_eq!(server.upload_ids().len(), 1);
    assert_eq!(server.count("AbortMultipartUpload"), 0);
}

#[tokio::test]
async fn only_keys_with_the_prefix_are_looked_at_page_by_page() {
    let server = Server::default();
    server.state().page = 2;
    for n in 0..5 {
        server.begin(&format!("in/{n}"), HOUR * 2);
        server.begin(&format!("out/{n}"), HOUR * 2);
    }
    let report = unfinished(&server).prefix("in/").abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(report.len(), 5);
    assert_eq!(server.count("ListMultipartUploads"), 3);
    assert!(server.state().uploads.values().all(|upload| upload.key.starts_with("out/")));
}

/// Rows: R44.
#[tokio::test]
async fn a_list_that_does_not_get_on_is_an_error() {
    let server = Server::default();
    server.state().page = 0;
    server.begin("a", HOUR);
    assert!(matches!(unfinished(&server).list().await, Err(StaleError::Listing)));
}

/// A store that cannot be listed.
struct Unlisted;

impl CheckpointStore for Unlisted {
    fn open(&self, _: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        Err(CheckpointError::NoRecord)
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        Err(CheckpointError::Store("the disk is gone".into()))
    }
}

#[tokio::test]
async fn what_cannot_be_listed_ends_the_work_and_says_why() {
    let server = Server::default();
    server.begin("a", HOUR * 30);
    let broken = unfinished(&server).checkpoints(Arc::new(Unlisted));
    let local = broken.abort_stale(HOUR, time(NOW)).await.unwrap_err();
    server.state().refuse = vec![("ListMultipartUploads", StatusCode::FORBIDDEN, "AccessDenied")];
    let refused = unfinished(&server).abort_stale(HOUR, time(NOW)).await.unwrap_err();
    server.state().refuse.clear();
    server.state().page = 0;
    let endless = unfinished(&server).abort_stale(HOUR, time(NOW)).await.unwrap_err();
    let told = [&local, &refused, &endless].map(|error| {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        format!("{error}, because of {cause:?}")
    });
    expect![[r#"
        the checkpoint store failed, because of Some("the disk is gone")
        ListMultipartUploads oss://examplebucket: 403 AccessDenied, because of None
        the list of uploads does not end: a page began where the one before it began, because of None"#]]
    .assert_eq(&told.join("\n"));
    assert!(matches!((local, refused), (StaleError::Checkpoint(_), StaleError::Call(_))));
    assert_eq!((server.count("AbortMultipartUpload"), server.upload_ids().len()), (0, 1));
}

/// Rows: W41, R25.
#[tokio::test]
async fn an_upload_that_is_running_here_is_never_aborted() {
    let server = Server::default();
    let store = MemoryStore::new();
    let record = |key: &str| {
        let record = record_of(identity_of(key), &server.begin(key, HOUR * 30));
        let mut slot = store.open(&record.identity).unwrap();
        slot.save(&record).unwrap();
        slot
    };
    let running = record("running");
    drop(record("left"));
    let uploads = unfinished(&server).checkpoints(Arc::new(store.clone()));
    let listed = uploads.list().await.unwrap();
    assert_eq!(listed.iter().map(|upload| upload.local.is_some()).collect::<Vec<_>>(), [true, true]);
    let report = uploads.abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("left", "Aborted"), ("running", "Running")]));
    let left: Vec<_> = store.list().unwrap().iter().map(|upload| upload.record.identity.key.to_string()).collect();
    assert_eq!(left, ["running"], "the record of an aborted upload goes with it");
    drop(running);
    let report = uploads.abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("running", "Aborted")]));
}

/// A store in which an upload begins as soon as it was listed.
struct Busy {
    store: MemoryStore,
    /// What the upload saves, unless its record is there.
    record: Record,
    slot: Mutex<Option<Box<dyn CheckpointSlot>>>,
}

impl CheckpointStore for Busy {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        self.store.open(identity)
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        let listed = self.store.list();
        let mut running = self.slot.lock().unwrap();
        if running.is_none() {
            let mut slot = self.store.open(&self.record.identity)?;
            slot.save(&self.record)?;
            *running = Some(slot);
        }
        listed
    }
}

/// Whether it resumes an upload whose record was listed, or has written its record since.
///
/// Rows: W41, R25.
#[tokio::test]
async fn an_upload_that_begins_between_the_list_and_the_abort_is_not_aborted() {
    for recorded in [true, false] {
        let (server, store) = (Server::default(), MemoryStore::new());
        let record = record_of(identity_of("key"), &server.begin("key", HOUR * 30));
        if recorded {
            store.open(&record.identity).unwrap().save(&record).unwrap();
        }
        let busy = Busy { store: store.clone(), record, slot: Mutex::default() };
        let uploads = unfinished(&server).checkpoints(Arc::new(busy));
        let report = uploads.abort_stale(HOUR, time(NOW)).await.unwrap();
        assert_eq!(outcomes(&report), expected(&[("key", "Running")]), "recorded before: {recorded}");
        assert_eq!((server.count("AbortMultipartUpload"), server.upload_ids().len()), (0, 1));
        assert_eq!(store.list().unwrap().len(), 1, "its record stays");
    }
}

#[tokio::test]
async fn a_record_that_has_gone_on_to_another_upload_stays() {
    let server = Server::default();
    let store = MemoryStore::new();
    server.begin("key", HOUR * 30);
    let newer = record_of(identity_of("key"), &server.begin("key", HOUR / 2));
    store.open(&newer.identity).unwrap().save(&newer).unwrap();
    let uploads = unfinished(&server).checkpoints(Arc::new(store.clone()));
    let report = uploads.abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("key", "Aborted"), ("key", "Young")]));
    assert_eq!(store.list().unwrap()[0].record, newer);
}

#[tokio::test]
async fn a_refusal_that_all_would_meet_ends_the_work() {
    let server = Server::default();
    server.begin("a", HOUR * 30);
    server.begin("b", HOUR * 29);
    server.state().refuse = vec![("AbortMultipartUpload", StatusCode::FORBIDDEN, "AccessDenied")];
    let report = unfinished(&server).abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("a", "Failed")]));
    server.state().refuse = vec![("AbortMultipartUpload", StatusCode::NOT_FOUND, "NoSuchUpload")];
    let report = unfinished(&server).abort_stale(HOUR, time(NOW)).await.unwrap();
    assert_eq!(outcomes(&report), expected(&[("a", "Aborted"), ("b", "Aborted")]));
}
