//! The plan of an upload is driven by text: a line of options, then events; the log of steps is what is expected.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use http::HeaderMap;

use super::testing::{lost, receipt, refusal};
use super::*;
use crate::UploadOptions;
use crate::checkpoint::CheckpointError;

fn result() -> UploadResult {
    UploadResult::of_response(http::StatusCode::OK, None, HeaderMap::new())
}

fn upload(n: u32) -> OpenUpload {
    OpenUpload::new(UploadId::new(format!("U{n}")).unwrap(), None)
}

/// Words of `setup`: `size=N` or `stream=N` (`stream=N>` has more), of which less than 100 bytes go by one request;
/// `record`, `resumed`, `leave`, `no-restart`; `unsaved=NAME` says that the record of this phase cannot be written.
///
/// Events: `ok` and a failure (`gone`, `refused`, `transient`, `lost`, `unknown`, `stored`, `cancelled`) end the step
/// that was given.
fn check(setup: &str, events: &str, expected: Expect) {
    let value = |name: &str| setup.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let options = UploadOptions::default()
        .multipart_threshold(100_u64)
        .leave_parts_on_error(setup.contains("leave"))
        .restart_lost_upload(!setup.contains("no-restart"));
    let settings = Settings::check(&options).unwrap();
    let resumed = || Session { upload: upload(0), layout: None, adopted: Receipts::default() };
    let mut plan = match value("stream") {
        Some(len) => UploadPlan::stream(len.trim_end_matches('>').parse().unwrap(), !len.ends_with('>'), &settings),
        None => {
            let resumed = setup.contains("resumed").then(resumed);
            let size = value("size").unwrap().parse().unwrap();
            UploadPlan::random_access(size, resumed, setup.contains("record"), &settings)
        }
    };
    let (mut log, mut initiated) = (String::new(), 0);
    let mut events = events.split_whitespace();
    loop {
        let step = plan.next();
        match &step {
            UploadStep::Put => log += " put",
            UploadStep::Record(phase) => {
                let name = match phase {
                    Phase::Intent => "intent",
                    Phase::Uploading(_) => "uploading",
                    Phase::Completing(_) => "completing",
                };
                write!(log, " {name}").unwrap();
                plan.on_recorded(if value("unsaved") == Some(name) { Err(unsaved()) } else { Ok(()) });
            }
            UploadStep::Initiate => log += " initiate",
            UploadStep::Parts(session) => write!(log, " parts:{}", session.upload.id).unwrap(),
            UploadStep::Complete(upload, _) => write!(log, " complete:{}", upload.id).unwrap(),
            UploadStep::Restart { left, .. } => log += if left.is_some() { " restart+left" } else { " restart" },
            UploadStep::Abort(id) => write!(log, " abort:{id}").unwrap(),
            UploadStep::ForgetRecord => log += " forget",
            UploadStep::FinishRecord => log += " finish",
            UploadStep::Done => break,
        }
        let needs_event = !matches!(
            step,
            UploadStep::Record(_) | UploadStep::Restart { .. } | UploadStep::ForgetRecord | UploadStep::FinishRecord
        );
        if !needs_event {
            continue;
        }
        let Some(event) = events.next() else { break };
        write!(log, " | {event} ->").unwrap();
        match step {
            UploadStep::Put => plan.on_put(outcome(event, result())),
            UploadStep::Initiate => {
                initiated += 1;
                plan.on_initiated(outcome(event, upload(initiated)));
            }
            UploadStep::Parts(session) => {
                let mut receipts = Receipts::default();
                receipts.insert(receipt(1, 10, 7));
                plan.on_parts(session.upload, outcome(event, StoredParts::new(receipts)));
            }
            UploadStep::Complete(upload, _) => plan.on_completed(&upload, outcome(event, result())),
            UploadStep::Abort(_) => plan.on_aborted((event != "ok").then(|| refusal(403, "AccessDenied"))),
            _ => {}
        }
    }
    let outcome = match plan.finish() {
        Ok(_) => "done".to_owned(),
        Err(error) => format!(
            "{}{}{}",
            error.kind(),
            error.leftovers().map(|left| format!(", left {}", left.upload_id)).unwrap_or_default(),
            if error.is_resumable() { ", resumable" } else { "" }
        ),
    };
    expected.assert_eq(&format!("{} => {outcome}", log.trim_start()));
}

fn unsaved() -> UploadError {
    UploadError::new(Stage::Checkpoint, CheckpointError::NoRecord, Stored::No)
}

fn outcome<T>(event: &str, ok: T) -> Result<T, UploadError> {
    let failed = |kind: UploadErrorKind, stored| Err(UploadError::new(Stage::Parts, kind, stored));
    match event {
        "ok" => Ok(ok),
        "gone" => failed(refusal(404, "NoSuchUpload").into(), Stored::No),
        "refused" => failed(refusal(403, "AccessDenied").into(), Stored::No),
        "transient" => failed(refusal(503, "ServiceUnavailable").into(), Stored::No),
        "lost" => failed(lost().into(), Stored::No),
        "unknown" => failed(UploadErrorKind::OutcomeUnknown(lost()), Stored::Unknown),
        "stored" => failed(UploadErrorKind::Unverified, Stored::Yes),
        _ => failed(UploadErrorKind::Cancelled, Stored::No),
    }
}

/// Rows: W7, W12.
#[test]
fn a_small_source_goes_by_one_request_and_a_large_one_in_parts() {
    check("size=99", "ok", expect!["put | ok -> => done"]);
    check("size=0", "ok", expect!["put | ok -> => done"]);
    check("size=100", "ok ok ok", expect!["initiate | ok -> parts:U1 | ok -> complete:U1 | ok -> => done"]);
    check("stream=99", "ok", expect!["put | ok -> => done"]);
    check("stream=99>", "ok ok ok", expect!["initiate | ok -> parts:U1 | ok -> complete:U1 | ok -> => done"]);
    check("stream=100", "ok ok ok", expect!["initiate | ok -> parts:U1 | ok -> complete:U1 | ok -> => done"]);
    check("size=99", "refused", expect!["put | refused -> => PutObject oss://demo/a: 403 AccessDenied"]);
}

#[test]
fn nothing_is_begun_that_could_not_be_recorded_before() {
    check(
        "size=100 record unsaved=intent",
        "ok ok ok",
        expect!["intent forget => a part cannot be added before a record was saved"],
    );
    check(
        "size=100 record unsaved=uploading",
        "ok ok ok",
        expect![
            "intent initiate | ok -> uploading abort:U1 | ok -> forget => a part cannot be added before a record was saved"
        ],
    );
    check(
        "size=100 record unsaved=completing",
        "ok ok ok",
        expect![
            "intent initiate | ok -> uploading parts:U1 | ok -> completing abort:U1 | ok -> forget => a part cannot be added before a record was saved"
        ],
    );
}

/// Rows: W38.
#[test]
fn a_record_is_kept_as_long_as_there_is_something_to_resume() {
    check("size=99 record", "ok", expect!["forget put | ok -> => done"]);
    check(
        "size=100 record",
        "ok ok ok",
        expect!["intent initiate | ok -> uploading parts:U1 | ok -> completing complete:U1 | ok -> finish => done"],
    );
    check("size=99 record resumed", "ok ok", expect!["parts:U0 | ok -> completing complete:U0 | ok -> finish => done"]);
    check(
        "size=100 record",
        "ok transient",
        expect![
            "intent initiate | ok -> uploading parts:U1 | transient -> => PutObject oss://demo/a: 503 ServiceUnavailable, left U1, resumable"
        ],
    );
    check(
        "size=100 record",
        "ok refused ok",
        expect![
            "intent initiate | ok -> uploading parts:U1 | refused -> abort:U1 | ok -> forget => PutObject oss://demo/a: 403 AccessDenied"
        ],
    );
    check(
        "size=100 record",
        "ok refused no",
        expect![
            "intent initiate | ok -> uploading parts:U1 | refused -> abort:U1 | no -> => PutObject oss://demo/a: 403 AccessDenied, left U1"
        ],
    );
    check(
        "size=100 record",
        "refused",
        expect!["intent initiate | refused -> forget => PutObject oss://demo/a: 403 AccessDenied"],
    );
    check(
        "size=100 record",
        "lost",
        expect!["intent initiate | lost -> => PutObject oss://demo/a: the connection broke"],
    );
}

/// Rows: W16, W22, W23, R38, R46.
#[test]
fn what_failed_is_aborted_or_kept_by_what_is_known() {
    check(
        "size=100",
        "ok refused ok",
        expect!["initiate | ok -> parts:U1 | refused -> abort:U1 | ok -> => PutObject oss://demo/a: 403 AccessDenied"],
    );
    check(
        "size=100",
        "ok cancelled no",
        expect!["initiate | ok -> parts:U1 | cancelled -> abort:U1 | no -> => cancelled, left U1"],
    );
    check(
        "size=100 leave",
        "ok refused",
        expect!["initiate | ok -> parts:U1 | refused -> => PutObject oss://demo/a: 403 AccessDenied, left U1"],
    );
    check(
        "size=100",
        "ok ok unknown",
        expect![
            "initiate | ok -> parts:U1 | ok -> complete:U1 | unknown -> => the outcome is unknown: PutObject oss://demo/a: the connection broke, left U1"
        ],
    );
    check(
        "size=100 record",
        "ok ok unknown",
        expect![
            "intent initiate | ok -> uploading parts:U1 | ok -> completing complete:U1 | unknown -> => the outcome is unknown: PutObject oss://demo/a: the connection broke, left U1, resumable"
        ],
    );
    check(
        "size=100 record",
        "ok ok stored",
        expect![
            "intent initiate | ok -> uploading parts:U1 | ok -> completing complete:U1 | stored -> finish => the server gave no CRC64 to verify the object by"
        ],
    );
    check(
        "stream=99>",
        "ok refused ok",
        expect!["initiate | ok -> parts:U1 | refused -> abort:U1 | ok -> => PutObject oss://demo/a: 403 AccessDenied"],
    );
    check("size=100", "cancelled", expect!["initiate | cancelled -> => cancelled"]);
    check("size=100", "ok", expect!["initiate | ok -> parts:U1 => cancelled"]);
}

/// Rows: R41.
#[test]
fn an_upload_that_is_called_gone_is_aborted_and_sent_again_once() {
    check(
        "size=100",
        "ok gone ok ok ok ok",
        expect![
            "initiate | ok -> parts:U1 | gone -> abort:U1 | ok -> restart initiate | ok -> parts:U2 | ok -> complete:U2 | ok -> => done"
        ],
    );
    check(
        "size=100",
        "ok gone no ok ok ok",
        expect![
            "initiate | ok -> parts:U1 | gone -> abort:U1 | no -> restart+left initiate | ok -> parts:U2 | ok -> complete:U2 | ok -> => done"
        ],
    );
    check(
        "size=100",
        "ok gone ok ok gone ok",
        expect![
            "initiate | ok -> parts:U1 | gone -> abort:U1 | ok -> restart initiate | ok -> parts:U2 | gone -> abort:U2 | ok -> => PutObject oss://demo/a: 404 NoSuchUpload"
        ],
    );
    check(
        "size=100 record resumed",
        "ok gone ok ok ok ok",
        expect![
            "parts:U0 | ok -> completing complete:U0 | gone -> abort:U0 | ok -> restart intent initiate | ok -> uploading parts:U1 | ok -> completing complete:U1 | ok -> finish => done"
        ],
    );
    check(
        "size=100 record",
        "ok gone ok ok gone ok",
        expect![
            "intent initiate | ok -> uploading parts:U1 | gone -> abort:U1 | ok -> restart intent initiate | ok -> uploading parts:U2 | gone -> abort:U2 | ok -> forget => PutObject oss://demo/a: 404 NoSuchUpload"
        ],
    );
    check(
        "size=100 record",
        "ok gone ok ok gone no",
        expect![
            "intent initiate | ok -> uploading parts:U1 | gone -> abort:U1 | ok -> restart intent initiate | ok -> uploading parts:U2 | gone -> abort:U2 | no -> => PutObject oss://demo/a: 404 NoSuchUpload, left U2"
        ],
    );
    check(
        "size=100 no-restart",
        "ok gone ok",
        expect!["initiate | ok -> parts:U1 | gone -> abort:U1 | ok -> => PutObject oss://demo/a: 404 NoSuchUpload"],
    );
    check(
        "size=100 no-restart",
        "ok gone no",
        expect![
            "initiate | ok -> parts:U1 | gone -> abort:U1 | no -> => PutObject oss://demo/a: 404 NoSuchUpload, left U1"
        ],
    );
    check(
        "stream=99>",
        "ok gone ok",
        expect!["initiate | ok -> parts:U1 | gone -> abort:U1 | ok -> => PutObject oss://demo/a: 404 NoSuchUpload"],
    );
}
