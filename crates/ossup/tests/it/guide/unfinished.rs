//! The snippets of `docs/guide/unfinished.md`.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use oss_emulator::Fault;
use ossup::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore, DirectoryStore, Loaded, Owner, Record, SourceStamp, StoredPart,
    StoredUpload, UploadIdentity,
};
use ossup::session::MultipartSession;
use ossup::{BucketName, Client, PartNumber, PutObjectRequest, UploadResult, Uploader, Verified};

use super::{BUCKET, assert_stored, bytes, client, config_for, file};

#[expect(dead_code, reason = "reads the state folder of the user")]
async fn cleaned_up(client: &Client) -> anyhow::Result<()> {
    use ossup::stale::{StaleOutcome, UnfinishedUploads};

    let unfinished = UnfinishedUploads::new(client.transport().clone(), BucketName::new("my-bucket")?)
        .prefix("films/")
        .checkpoints(Arc::new(DirectoryStore::for_user()?));

    for upload in unfinished.list().await? {
        println!("{} since {:?}, local record: {}", upload.key, upload.initiated, upload.local.is_some());
    }
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    for stale in unfinished.abort_stale(week, SystemTime::now()).await? {
        if let StaleOutcome::Failed(error) = stale.outcome {
            eprintln!("{}: {error}", stale.upload.key);
        }
    }
    Ok(())
}

const HALF: u64 = 100 * 1024;

async fn together(
    uploader: &Uploader,
    request: PutObjectRequest,
    path: &Path,
    size: u64,
) -> anyhow::Result<UploadResult> {
    // One process initiates the upload, and passes the token to the others. It holds no secret.
    let session = MultipartSession::begin(&uploader, request.clone(), Some(size)).await?;
    let token = serde_json::to_string(&session)?;

    // Each worker, with credentials of its own, sends some of the parts.
    let session: MultipartSession = serde_json::from_str(&token)?;
    let first = session.upload_file_part(&uploader, PartNumber::new(1)?, path, 0..HALF).await?;
    let second = session.upload_file_part(&uploader, PartNumber::new(2)?, path, HALF..size).await?;

    // One process gathers the receipts, which travel as JSON too, and completes.
    let result = session.complete(&uploader, request, vec![second, first]).await?;
    assert_eq!(result.verified, Verified::Crc64);
    Ok(result)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_the_token_sends_parts() {
    let (emulator, client) = client().await;
    let content = bytes(150 * 1024);
    let request = PutObjectRequest::new(BUCKET, "film");
    together(&client.uploader(), request, file(&content).path(), content.len() as u64).await.unwrap();
    assert_stored(&emulator, "film", &content);
}

/// Stands for a table in a database.
#[derive(Default)]
struct Table {
    records: Mutex<HashMap<String, Record>>,
    leases: Mutex<HashSet<String>>,
}

/// Ends with its owner; a database would let it expire.
struct Lease(String, Arc<Table>);

impl Drop for Lease {
    fn drop(&mut self) {
        self.1.leases.lock().unwrap().remove(&self.0);
    }
}

impl Table {
    fn lease(self: &Arc<Self>, name: &str) -> Option<Lease> {
        let is_free = self.leases.lock().unwrap().insert(name.to_owned());
        is_free.then(|| Lease(name.to_owned(), Arc::clone(self)))
    }

    fn rows(&self) -> io::Result<Vec<(Record, bool)>> {
        let leases = self.leases.lock().unwrap();
        Ok(self.records.lock().unwrap().iter().map(|(name, record)| (record.clone(), leases.contains(name))).collect())
    }

    fn read(&self, lease: &Lease) -> io::Result<Option<Record>> {
        Ok(self.records.lock().unwrap().get(&lease.0).cloned())
    }

    fn write(&self, lease: &Lease, record: &Record) -> io::Result<()> {
        self.records.lock().unwrap().insert(lease.0.clone(), record.clone());
        Ok(())
    }

    fn add(&self, lease: &Lease, part: &StoredPart) -> io::Result<()> {
        let mut records = self.records.lock().unwrap();
        let record = records.get_mut(&lease.0).ok_or(io::ErrorKind::NotFound)?;
        record.parts.insert(part.number, part.clone());
        Ok(())
    }

    fn delete(&self, lease: &Lease) -> io::Result<()> {
        self.records.lock().unwrap().remove(&lease.0);
        Ok(())
    }
}

/// Records as rows of a table that several machines share.
struct TableStore(Arc<Table>);

/// One row, and the lease on it.
struct Row {
    table: Arc<Table>,
    lease: Lease,
}

impl CheckpointStore for TableStore {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        match self.0.lease(&identity.digest()) {
            Some(lease) => Ok(Box::new(Row { table: Arc::clone(&self.0), lease })),
            None => Err(CheckpointError::AlreadyRunning { owner: Owner::default() }),
        }
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        let rows = self.0.rows().map_err(|error| CheckpointError::Store(error.into()))?;
        Ok(rows.into_iter().map(|(record, leased)| StoredUpload::new(record, leased.then(Owner::default))).collect())
    }
}

impl CheckpointSlot for Row {
    fn load(&mut self, _source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        let record = self.table.read(&self.lease).map_err(|error| CheckpointError::Store(error.into()))?;
        Ok(record.map_or(Loaded::Nothing, |record| Loaded::Record(Box::new(record))))
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        self.table.write(&self.lease, record).map_err(|error| CheckpointError::Store(error.into()))
    }

    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError> {
        self.table.add(&self.lease, part).map_err(|error| CheckpointError::Store(error.into()))
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        self.table.delete(&self.lease).map_err(|error| CheckpointError::Store(error.into()))
    }
}

fn with_table(client: &Client, table: Arc<Table>) -> Uploader {
    let uploader = client.uploader().enable_checkpoint(true).checkpoint_store(Arc::new(TableStore(table)));
    uploader
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_from_the_record_in_the_table() {
    let (emulator, _client) = client().await;
    let client = Client::new(config_for(&emulator).max_attempts(1)).unwrap();
    let (table, content) = (Arc::new(Table::default()), bytes(300 * 1024));
    let film = file(&content);
    let upload = || {
        let uploader =
            with_table(&client, Arc::clone(&table)).part_size(100 * 1024).parallel_num(1).part_attempts(1_u32);
        uploader.upload_file(PutObjectRequest::new(BUCKET, "film"), film.path())
    };
    emulator.add_fault(Fault::on("UploadPart").part(3).respond(503, "ServiceUnavailable"));
    let error = upload().await.unwrap_err();
    assert!(error.is_resumable(), "{error}");
    let listed = TableStore(Arc::clone(&table)).list().unwrap();
    assert_eq!(listed.iter().map(|upload| upload.record.parts.len()).collect::<Vec<_>>(), [2]);
    let result = upload().await.unwrap();
    assert_eq!((result.parts_sent, result.parts_reused, result.verified), (1, 2, Verified::Crc64));
    assert_stored(&emulator, "film", &content);
    assert!(table.rows().unwrap().is_empty());
}
