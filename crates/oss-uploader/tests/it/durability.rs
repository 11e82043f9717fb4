//! What a loss of power leaves of a record: at every step it names what may be on the server. And what a file system keeps of
//! its owner.

use std::sync::Arc;
use std::time::Duration;

use oss_transfer::files::MemoryFiles;
use oss_uploader::checkpoint::{CheckpointStore, DirectoryStore, Phase, Record};
use oss_uploader::{Upload, Verified};

use crate::fake::{Fake, Fault, PART, bytes, request};
use crate::runs::end;

const SIZE: u64 = 4 * PART + 5;

fn upload(fake: &Fake, files: &MemoryFiles) -> Upload {
    let store = DirectoryStore::new("/state").with_files(Arc::new(files.clone()));
    let uploader = fake.uploader().with_files(Arc::new(files.clone()));
    uploader.upload_file(request(), "/data/a").enable_checkpoint(true).checkpoint_store(Arc::new(store))
}

/// The records that the next process finds.
fn records(files: MemoryFiles) -> Vec<Record> {
    let stored = DirectoryStore::new("/state").with_files(Arc::new(files)).list().unwrap();
    stored.into_iter().map(|stored| stored.record).collect()
}

/// The content of the new record is synced before it is renamed, and the folder after.
///
/// Rows: W32, R30, R34.
#[tokio::test(start_paused = true)]
async fn what_the_server_may_have_is_in_the_record_after_a_loss_of_power() {
    for operation in ["InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] {
        let (fake, files) = (Fake::new(), MemoryFiles::new());
        files.plant("/data/a", bytes(SIZE).to_vec());
        for _ in 0..3 {
            fake.fault(operation, Fault::Hang);
        }
        let uploading = upload(&fake, &files).start();
        while fake.count(operation) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let found = records(files.after_power_loss());
        let [record] = found.as_slice() else { panic!("at {operation}: {found:?}") };
        let id = record.upload().map(|open| open.id.to_string());
        match operation {
            "InitiateMultipartUpload" => assert!(matches!(record.phase, Phase::Intent), "{record:?}"),
            "UploadPart" => assert!(matches!(record.phase, Phase::Uploading(_)), "{record:?}"),
            _ => assert!(matches!(record.phase, Phase::Completing(_)), "{record:?}"),
        }
        assert_eq!(id.as_deref(), (operation != "InitiateMultipartUpload").then_some("ID1"));
        end(uploading).await;

        // And another process continues from there.
        fake.clear_faults();
        let result = upload(&fake, &files.after_power_loss()).await.unwrap();
        assert_eq!((result.verified, fake.content()), (Verified::Crc64, bytes(SIZE)), "after {operation}");
    }
}

/// Rows: W32, R30.
#[tokio::test(start_paused = true)]
async fn a_record_that_was_removed_stays_removed_after_a_loss_of_power() {
    let (fake, files) = (Fake::new(), MemoryFiles::new());
    files.plant("/data/a", bytes(SIZE).to_vec());
    upload(&fake, &files).await.unwrap();
    assert_eq!(records(files.after_power_loss()), []);
}

/// On FAT and some shares on a network a record looks as if another user could have written it.
///
/// Rows: W34, R20.
#[tokio::test(start_paused = true)]
async fn a_record_is_resumed_where_files_have_neither_owners_nor_modes() {
    let (fake, files) = (Fake::new(), MemoryFiles::new().without_owners());
    files.plant("/data/a", bytes(SIZE).to_vec());
    for _ in 0..3 {
        fake.fault("UploadPart 5", Fault::Hang);
    }
    let stored = || fake.state().uploads.values().map(|upload| upload.parts.len()).sum::<usize>();
    let uploading = upload(&fake, &files).start();
    while stored() < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    files.die_at(files.changes());
    end(uploading).await;

    fake.clear_faults();
    let result = upload(&fake, &files.after_kill()).await.unwrap();
    assert_eq!((result.parts_reused, fake.count("InitiateMultipartUpload")), (4, 1));
    assert_eq!((result.verified, fake.content()), (Verified::Crc64, bytes(SIZE)));
}
