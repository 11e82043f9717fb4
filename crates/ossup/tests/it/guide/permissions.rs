//! `docs/guide/permissions.md` names every operation that a task sends.

use std::collections::BTreeSet;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{Client, CopyObjectRequest, CopySource, GetObjectRequest, PutBucketRequest, PutObjectRequest, Tagging};

use super::{BUCKET, bytes, client};

const PART: u64 = 100 * 1024;

/// The operations that the page names for a task.
fn named(task: &str) -> BTreeSet<String> {
    let page = include_str!("../../../../../docs/guide/permissions.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")).map(|row| row.split(" | ").collect::<Vec<_>>());
    let (mut current, mut words) = (String::new(), BTreeSet::new());
    for row in rows {
        let first = row[0].trim_matches(['`', ' ', '|']);
        // A row without a task continues the one above.
        let operations = if row.len() > 2 { row[1] } else { row[0] };
        if row.len() > 2 && !first.is_empty() {
            current = first.to_owned();
        }
        if current == task {
            let named = operations
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| word.chars().filter(char::is_ascii_uppercase).count() > 1);
            words.extend(named.map(str::to_owned));
        }
    }
    words
}

/// The operations that were sent meanwhile.
async fn sent<T, E: std::fmt::Display>(
    emulator: &Emulator,
    task: impl Future<Output = Result<T, E>>,
) -> BTreeSet<String> {
    emulator.clear_history();
    if let Err(error) = task.await {
        println!("{error}");
    }
    emulator.clear_faults();
    emulator.history().into_iter().map(|request| request.operation).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_permissions_names_every_operation_that_is_sent() {
    let (emulator, client) = client().await;
    client.put_bucket(PutBucketRequest::new("other")).await.unwrap();
    let content = bytes(300_000);
    let lost = |operation: &str| Fault::on(operation).effect(FaultEffect::CloseAfterStoring).times(9);

    let mut uploads = BTreeSet::new();
    for (faults, part_size) in [
        (vec![], 1_u64 << 20),
        (vec![], PART),
        (vec![lost("PutObject")], 1 << 20),
        (vec![lost("CompleteMultipartUpload")], PART),
        (vec![Fault::on("UploadPart").always().respond(403, "AccessDenied")], PART),
    ] {
        faults.into_iter().for_each(|fault| emulator.add_fault(fault));
        let put = PutObjectRequest::new(BUCKET, "film").tagging(Tagging::new().tag("a", "b"));
        let upload = client.uploader().upload_from(put, content.clone()).part_size(part_size);
        uploads.extend(sent(&emulator, upload.into_future()).await);
    }
    assert_eq!(uploads, named("upload"));

    client.put_object(PutObjectRequest::new(BUCKET, "empty").body("")).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut downloads = BTreeSet::new();
    for key in ["film", "empty"] {
        let download = client.downloader().download_file(GetObjectRequest::new(BUCKET, key), place.path().join("a"));
        downloads.extend(sent(&emulator, download.part_size(PART).into_future()).await);
    }
    assert_eq!(downloads, named("download"));
    #[cfg(feature = "directory")]
    {
        let download = client.downloader().download_dir(GetObjectRequest::new(BUCKET, ""), place.path().join("all"));
        assert_eq!(sent(&emulator, download.into_future()).await, named("download of a prefix"));
    }

    let copying = |client: &Client, parts: bool| {
        let request = CopyObjectRequest::new("other", "copy", CopySource::new(BUCKET, "film"));
        let copy = client.copier().copy(request).part_size(PART);
        if parts { copy.multipart_copy_threshold(0_u64) } else { copy }
    };
    let mut copies = sent(&emulator, copying(&client, false).into_future()).await;
    for fault in [lost("CompleteMultipartUpload"), Fault::on("UploadPartCopy").always().respond(403, "AccessDenied")] {
        emulator.add_fault(fault);
        copies.extend(sent(&emulator, copying(&client, true).into_future()).await);
    }
    assert_eq!(copies, named("copy"));

    assert_eq!(sent(&emulator, client.exists(BUCKET, "film")).await, named("exists"));
    let deleting = async { Ok::<_, std::fmt::Error>(client.delete_objects(BUCKET, ["film"]).failures().await) };
    assert_eq!(sent(&emulator, deleting).await, named("deletion of many"));
}
