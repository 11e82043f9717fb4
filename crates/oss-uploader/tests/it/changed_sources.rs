use std::time::Duration;

use oss_uploader::{Scheduler, SourceError, Stored, UploadErrorKind, Verified};

use crate::fake::{Fake, Fault, PART, bytes, file, request, until_asked};

/// Rows: W26, W30, R1, R2, R3, R15.
#[tokio::test(start_paused = true)]
async fn a_file_that_changes_while_it_is_uploaded_is_an_error_and_no_object() {
    type Change = fn(&std::path::Path);
    let rewrite: Change = |path| std::fs::write(path, bytes(9 * PART)).unwrap();
    let cut: Change = |path| std::fs::write(path, vec![1; 5]).unwrap();
    let grow: Change = |path| std::fs::write(path, bytes(10 * PART)).unwrap();
    for (when, change) in [(1, rewrite), (4, cut), (9, cut), (9, grow), (9, rewrite)] {
        let (fake, file) = (Fake::new(), file(9 * PART));
        let uploading = fake.uploader().upload_file(request(), file.path()).start();
        while fake.count("UploadPart") < when {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        change(file.path());
        let began = tokio::time::Instant::now();
        let error = uploading.await.unwrap_err();
        assert!(error.attempts() == 1 && began.elapsed() < Duration::from_secs(1), "it is told at once: {error}");
        assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "after {when}: {error}");
        assert!(fake.object().is_none() && fake.state().uploads.is_empty());
        assert!(fake.count("UploadPart") < when + 3, "only those under way were sent: {}", fake.history());
    }
}

/// Rows: R1, R2, R3.
#[tokio::test(start_paused = true)]
async fn a_small_file_that_changes_before_or_while_it_is_sent_is_an_error() {
    for content in ["longer than it was", "short"] {
        let (fake, file) = (Fake::new(), file(10));
        let uploading = fake.uploader().upload_file(request(), file.path()).start();
        until_asked(&fake, "PutObject", 1).await;
        std::fs::write(file.path(), content).unwrap();
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{content}: {error}");
        assert_eq!(fake.count("PutObject"), 1);
        // What was to be sent of the longer one was there.
        assert_eq!(error.stored(), if fake.object().is_some() { Stored::Yes } else { Stored::No }, "{content}");
        assert_eq!(fake.object().is_some(), content.len() > 10);
    }

    let (fake, file) = (Fake::new(), file(10));
    let uploader = fake.uploader().scheduler(Scheduler::new().connections(1));
    fake.fault("PutObject", Fault::Slow(Duration::from_secs(9)));
    let other = uploader.upload_from(request(), bytes(3)).start();
    until_asked(&fake, "PutObject", 1).await;
    let uploading = uploader.upload_file(request(), file.path()).start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    std::fs::write(file.path(), "another content").unwrap();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{error}");
    assert_eq!((error.stored(), fake.count("PutObject")), (Stored::No, 1), "it was not sent");
    other.await.unwrap();
}

/// Writes other bytes of the same length and sets the time of the last change back. The clock of a file system ticks
/// slowly, so this is repeated until the attributes tell of it.
#[cfg(unix)]
fn rewrite_in_secret(path: &std::path::Path) {
    use std::os::unix::fs::MetadataExt;
    let before = std::fs::metadata(path).unwrap();
    let changed = |now: &std::fs::Metadata| (now.ctime(), now.ctime_nsec()) != (before.ctime(), before.ctime_nsec());
    while !changed(&std::fs::metadata(path).unwrap()) {
        std::fs::write(path, vec![7; before.len() as usize]).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
    }
}

/// Rows: R1.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_mixture_of_contents_is_noticed_though_the_mtime_is_set_back() {
    for (threshold, stored) in [(PART, Stored::No), (9 * PART, Stored::Yes)] {
        let (fake, file) = (Fake::new(), file(3 * PART));
        let slow = Scheduler::new().bandwidth(PART);
        let uploader = fake.uploader().scheduler(slow).multipart_threshold(threshold);
        let uploading = uploader.upload_file(request(), file.path()).start();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        rewrite_in_secret(file.path());
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Source(SourceError::Changed { .. })), "{error}");
        assert_eq!((error.stored(), fake.object().is_some()), (stored, stored == Stored::Yes));
        assert!(fake.state().uploads.is_empty());
    }
}

/// Rows: R4, R5.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_a_path_or_a_link_leads_to_later_does_not_count() {
    for (threshold, operation) in [(PART, "UploadPart"), (9 * PART, "PutObject")] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("old"), bytes(3 * PART)).unwrap();
        std::fs::write(path("new"), bytes(4 * PART)).unwrap();
        for (target, link) in [("old", "link"), ("new", "other")] {
            std::os::unix::fs::symlink(path(target), path(link)).unwrap();
        }
        for (named, replaced_by) in [("link", "other"), ("old", "new")] {
            let fake = Fake::new();
            let uploading = fake.uploader().multipart_threshold(threshold).upload_file(request(), path(named)).start();
            until_asked(&fake, operation, 1).await;
            std::fs::rename(path(replaced_by), path(named)).unwrap();
            assert_eq!((uploading.await.unwrap().verified, fake.content()), (Verified::Crc64, bytes(3 * PART)));
        }
    }
}

/// Rows: R1.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn where_only_the_attributes_of_a_file_change_its_bytes_are_read_again() {
    for (threshold, operation) in [(PART, "UploadPart"), (9 * PART, "PutObject")] {
        let (fake, file) = (Fake::new(), file(3 * PART));
        let uploading = fake.uploader().multipart_threshold(threshold).upload_file(request(), file.path()).start();
        until_asked(&fake, operation, 1).await;
        std::fs::hard_link(file.path(), file.path().with_extension("link")).unwrap();
        let result = uploading.await;
        std::fs::remove_file(file.path().with_extension("link")).unwrap();
        assert_eq!(result.unwrap().verified, Verified::Crc64);
    }
}
