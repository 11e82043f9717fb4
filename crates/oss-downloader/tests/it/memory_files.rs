//! Downloads to files in memory, where the process can die at any call and the power can go.

use std::sync::Arc;

use oss_downloader::{Downloader, Verified};
use oss_transfer::files::MemoryFiles;

use crate::fake::{Fake, PART, bytes, request};

const SIZE: u64 = 5 * PART;

fn downloader(fake: &Fake, files: &MemoryFiles) -> Downloader {
    fake.downloader().files(Arc::new(files.clone())).checkpoint_dir("/records")
}

fn planted() -> MemoryFiles {
    let files = MemoryFiles::new();
    files.plant("/d/a", "old");
    files
}

/// At whichever call the process is killed or the power goes, the file is the old one or the new one, and the next run
/// ends with the new one and nothing beside it.
///
/// Rows: R18, W32, W38.
#[tokio::test(start_paused = true)]
async fn a_death_at_any_call_leaves_the_old_file_or_the_new_one() {
    let fake = Fake::new(bytes(SIZE));
    let whole = planted();
    downloader(&fake, &whole).download_file(request(), "/d/a").enable_checkpoint(true).await.unwrap();
    let calls = whole.changes();
    assert!(calls > 30, "{calls}");
    for call in 1..=calls {
        let files = planted();
        files.die_at(call);
        let outcome = downloader(&fake, &files).download_file(request(), "/d/a").enable_checkpoint(true).await;
        for after in [files.after_kill(), files.after_power_loss()] {
            let content = after.content("/d/a").unwrap();
            assert!(content == b"old" || content == bytes(SIZE), "after call {call}: {} bytes", content.len());
            assert!(outcome.is_err() || content == bytes(SIZE), "what was reported stays");
            let again =
                downloader(&fake, &after).download_file(request(), "/d/a").enable_checkpoint(true).await.unwrap();
            assert_eq!((again.verified, after.content("/d/a").unwrap()), (Verified::Crc64, bytes(SIZE).to_vec()));
            let left: Vec<_> = after.paths().into_iter().filter(|path| !path.ends_with("a")).collect();
            let records = left.iter().all(|path| path.display().to_string().ends_with("-lock"));
            assert!(records, "after call {call}: {left:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_at_any_byte_leaves_the_old_file() {
    for allocates in [true, false] {
        for capacity in [3, PART, 3 * PART, SIZE - 1, SIZE + 2] {
            let fake = Fake::new(bytes(SIZE));
            let files = planted().capacity(capacity);
            let files = if allocates { files } else { files.without_allocation() };
            let error = downloader(&fake, &files).download_file(request(), "/d/a").await.unwrap_err();
            assert!(error.to_string().contains(if allocates { "allocate" } else { "write" }), "{error}");
            assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"old".to_vec(), 1));
            assert!(!allocates || fake.requests() == 1, "nothing is fetched that has no room");
        }
    }
}
