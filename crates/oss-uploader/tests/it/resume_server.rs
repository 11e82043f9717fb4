//! What the server says at a resume: lists of parts, uploads that it no longer knows, objects that are there already.

use std::time::Duration;

use oss_uploader::{Stage, Stored, UploadEvent, Verified};

use crate::fake::{Fault, PART, bytes};
use crate::runs::{PARTS, Runs, SIZE, end};

/// Rows: R33.
#[tokio::test(start_paused = true)]
async fn killed_after_complete_the_next_run_finds_the_object_and_sends_nothing() {
    for (seconds_ago, found) in [(0, true), (100, false)] {
        let runs = Runs::new();
        runs.fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
        let uploading = runs.upload().start();
        while runs.fake.object().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        if !found {
            // Another client's object, older than the upload, took the place.
            runs.fake.plant(bytes(SIZE), "Multipart", seconds_ago);
        }
        let result = runs.finish().await;
        assert_eq!(result.confirmed_by_head, found);
        assert_eq!(runs.fake.count("UploadPart"), if found { 1 } else { 2 } * PARTS as usize);
    }
}

/// Rows: R33.
#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_asked_for_waits_a_forbidden_one_is_sent_again() {
    let runs = Runs::new();
    runs.fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    let uploading = runs.upload().start();
    while runs.fake.object().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    for _ in 0..20 {
        runs.fake.fault("HeadObject", Fault::Refuse(500, "InternalError"));
    }
    let error = runs.upload().await.unwrap_err();
    assert_eq!((error.stored(), error.is_resumable(), runs.records().len()), (Stored::Unknown, true, 1), "{error}");
    runs.fake.clear_faults();
    runs.fake.fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
    let result = runs.finish().await;
    assert_eq!((result.confirmed_by_head, result.parts_sent), (false, PARTS as usize));
}

/// Rows: W38, R43.
#[tokio::test(start_paused = true)]
async fn unknown_numbers_and_other_sizes_are_left_out() {
    let runs = Runs::new();
    runs.interrupted().await;
    {
        let mut state = runs.fake.state();
        let upload = state.uploads.values_mut().next().unwrap();
        upload.parts.insert(77, bytes(PART));
        upload.parts.insert(2, bytes(PART - 1));
    }
    assert_eq!(runs.finish().await.verified, Verified::Crc64);
}

/// Rows: W37, R42.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_transiently_goes_again_and_costs_no_parts() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.fault("ListParts", Fault::Refuse(500, "InternalError")).fault("ListParts", Fault::NotSent);
    let result = runs.finish().await;
    assert!(result.parts_reused >= 2);

    let runs = Runs::new();
    runs.interrupted().await;
    for _ in 0..20 {
        runs.fake.fault("ListParts", Fault::Refuse(500, "InternalError"));
    }
    let error = runs.upload().await.unwrap_err();
    assert_eq!((error.stage(), error.is_resumable()), (Stage::Resume, true), "{error}");
    assert!(runs.records().len() == 1 && runs.fake.state().uploads.len() == 1);
    runs.fake.clear_faults();
    runs.finish().await;
}

/// Rows: R44.
#[tokio::test(start_paused = true)]
async fn pages_that_go_backward_repeat_or_never_end_are_an_error() {
    let page = |part: u16, next: u16| {
        format!(
            "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>\
             <Part><PartNumber>{part}</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>"
        )
    };
    let backward = vec![page(1, 1), page(2, 1)];
    let before_the_marker = vec![page(5, 5), page(3, 6)];
    let twice = vec![page(1, 1), page(1, 2)];
    let nowhere = vec![page(1, 0)];
    let endless = (1..=20).map(|number| page(number, number)).collect();
    for (pages, asked) in [(backward, 2), (before_the_marker, 2), (twice, 2), (nowhere, 1), (endless, 11)] {
        let runs = Runs::new();
        runs.interrupted().await;
        for page in pages {
            runs.fake.fault("ListParts", Fault::Response(page));
        }
        let error = runs.upload().await.unwrap_err();
        assert_eq!((error.stage(), error.is_resumable()), (Stage::Resume, true), "{error}");
        assert_eq!((runs.fake.count("ListParts"), runs.records().len()), (asked, 1));
        runs.fake.clear_faults();
        assert!(runs.finish().await.parts_reused >= 2);
    }
}

/// Rows: R35.
#[tokio::test(start_paused = true)]
async fn an_upload_without_parts_is_used_again() {
    let runs = Runs::new();
    for part in 1..=3 {
        runs.fake.fault(&format!("UploadPart {part}"), Fault::Hang);
    }
    runs.killed_after(1).await;
    runs.finish().await;
    assert_eq!(runs.fake.count("InitiateMultipartUpload"), 1);
}

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn an_upload_that_the_server_forgot_starts_over() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.state().uploads.clear();
    let uploading = runs.upload().start();
    let mut events = uploading.events();
    uploading.await.unwrap();
    let mut restarted = 0;
    while let Some(event) = events.next().await {
        restarted += usize::from(matches!(event, UploadEvent::Restarted { .. }));
    }
    assert_eq!(restarted, 1);

    // The record of the new one is of that one alone.
    let runs = Runs::new();
    runs.killed_after(8).await;
    runs.fake.state().uploads.clear();
    let sent = runs.fake.count("UploadPart");
    let uploading = runs.upload().part_size(2 * PART).start();
    while runs.fake.count("UploadPart") < sent + 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    let records = runs.records();
    let recorded = &records[0].record;
    assert_eq!((recorded.part_size, recorded.upload().map(|open| open.id.as_str())), (2 * PART, Some("ID2")));
    assert!(recorded.parts.values().all(|part| part.len == 2 * PART), "{recorded:?}");
    assert!(runs.finish().await.parts_reused >= 2);
}
