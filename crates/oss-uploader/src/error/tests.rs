use super::*;
use expect_test::expect;
use oss_models::{ServiceError, Target};

fn call(kind: CallErrorKind) -> CallError {
    let mut request = oss_models::Request::new(&INFO, http::Method::PUT);
    request.bucket = BucketName::new("demo").ok();
    request.key = ObjectKey::new("a.bin").ok();
    request.query.push(("partNumber".to_owned(), "3".to_owned()));
    let target: Target = request.target();
    CallError::new(target, kind).with_attempts(3)
}

static INFO: oss_models::OperationInfo = oss_models::OperationInfo::new(
    "UploadPart",
    oss_models::Idempotency::Idempotent,
    oss_models::ResponseShape::Headers,
);

/// Rows: W15, W21, W22.
#[test]
fn the_line_says_every_fact_once() {
    let mut refusal = ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
    refusal.request_id = "R1".to_owned();
    let (bucket, key) = (BucketName::new("demo").unwrap(), ObjectKey::new("a.bin").unwrap());
    let (id, part) = (UploadId::new("U1").unwrap(), PartNumber::new(3).unwrap());
    let error = UploadError::new(Stage::Parts, call(refusal.into()), Stored::No)
        .on(&bucket, &key)
        .with_part(part, 8)
        .with_upload_id(&id)
        .with_others(vec![UploadError::new(Stage::Parts, UploadErrorKind::Cancelled, Stored::No)]);
    let kept = UploadError::new(Stage::Source, SourceError::SizeMismatch { declared: 3, found: 4 }, Stored::No)
        .on(&bucket, &key)
        .with_leftovers(&id, None)
        .resumable();
    let leaked = UploadError::new(Stage::Parts, UploadErrorKind::Cancelled, Stored::No)
        .on(&bucket, &key)
        .with_leftovers(&id, Some("503".into()));
    let corrupt = UploadErrorKind::Corrupt { sent: Crc64::from_u64(1), stored: Crc64::from_u64(2) };
    let corrupt = UploadError::new(Stage::Verify, corrupt, Stored::No)
        .on(&bucket, &key)
        .with_stored_object(StoredObject::new(oss_models::Etag::new("E1").ok(), None, Some("V1".into())));
    let later = UploadError::new(Stage::Put, call(CallErrorKind::Cancelled), Stored::Unknown)
        .after_damage(Some((Crc64::from_u64(1), Crc64::from_u64(2))));
    expect![[r#"
        upload failed while uploading parts: UploadPart oss://demo/a.bin part 3: 503 ServiceUnavailable [request id R1] (after 3 attempts) [8 attempts of the part; upload id U1; 1 more failures]
        upload failed while reading the source oss://demo/a.bin: the source said 3 bytes and has 4 [upload id U1 was kept; running it again resumes]
        upload failed while uploading parts oss://demo/a.bin: cancelled [upload id U1 could not be aborted: 503]
        upload failed while verifying the object oss://demo/a.bin: CRC64 of the bytes sent is 1, the object has 2 [the object is in place with ETag E1 as version V1]
        upload failed while sending the object: UploadPart oss://demo/a.bin part 3: cancelled (after 3 attempts) [in an earlier attempt, CRC64 of the bytes sent was 1, the server had 2; 1 more failures]"#]]
    .assert_eq(&[error, kept, leaked, corrupt, later].map(|error| error.to_string()).join("\n"));
}

#[test]
fn a_body_that_could_not_be_read_is_a_failure_of_the_source() {
    let cause = SourceError::SizeMismatch { declared: 1, found: 2 };
    let error = UploadError::new(Stage::Parts, call(CallErrorKind::Body(cause.into())), Stored::No);
    assert!(matches!(error.kind(), UploadErrorKind::Source(SourceError::SizeMismatch { .. })), "{error}");
    assert!(!error.is_transient());
}

#[test]
fn what_breaks_a_rule_is_told_once_and_has_no_other_cause() {
    for kind in [
        UploadErrorKind::Request(oss_models::InvalidRequest::new("acl", "no such rule")),
        UploadErrorKind::Option(crate::InvalidOption::new("part_size", "no such rule")),
    ] {
        let error = UploadError::new(Stage::Options, kind, Stored::No);
        assert!(error.kind().source().is_none() && error.source().is_none());
        assert_eq!(error.to_string().matches("no such rule").count(), 1, "{error}");
    }
}

/// Rows: W23.
#[test]
fn fatal_refusals_do_not_keep_parts_and_transient_ones_do() {
    let refusal = |status, code: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        UploadError::new(Stage::Parts, call(ServiceError::new(status, code).into()), Stored::No).is_transient()
    };
    assert!(!refusal(403, "AccessDenied") && !refusal(404, "NoSuchBucket"));
    assert!(refusal(503, "ServiceUnavailable") && refusal(403, "SecurityTokenExpired"));
    let is_transient = |kind: UploadErrorKind| UploadError::new(Stage::Parts, kind, Stored::No).is_transient();
    let connection = || call(CallErrorKind::Connection("reset".into()));
    assert!(is_transient(connection().into()) && is_transient(UploadErrorKind::OutcomeUnknown(connection())));
    assert!(is_transient(UploadErrorKind::Cancelled) && is_transient(UploadErrorKind::Panicked { what: "the reader" }));
    let unread = SourceError::Read { path: None, offset: 0, source: std::io::ErrorKind::TimedOut.into() };
    assert!(is_transient(unread.into()));
    assert!(!is_transient(SourceError::Changed { path: None, change: "it was written to".to_owned() }.into()));
    assert!(!is_transient(call(CallErrorKind::Invalid(InvalidRequest::new("key", "is empty"))).into()));
}

#[test]
fn each_stage_and_cause_has_its_words_once() {
    let cause = || std::io::Error::other("cause");
    let path = || std::path::PathBuf::from("/data/a");
    let upload = |stage, kind: UploadErrorKind| UploadError::new(stage, kind, Stored::No);
    let corrupt = || UploadErrorKind::Corrupt { sent: Crc64::from_u64(1), stored: Crc64::from_u64(2) };
    let md5 = SourceError::Md5Mismatch { declared: "A".to_owned(), found: "B".to_owned() };
    let errors = [
        upload(Stage::Resume, SourceError::Panicked.into()),
        upload(Stage::Initiate, UploadErrorKind::Unverified),
        upload(Stage::Abort, UploadErrorKind::Cancelled),
        upload(Stage::Source, SourceError::Consumed.into()),
        upload(Stage::Source, SourceError::Open { path: path(), source: cause() }.into()),
        upload(Stage::Source, SourceError::Read { path: Some(path()), offset: 5, source: cause() }.into()),
        upload(Stage::Source, md5.into()),
        upload(Stage::Options, UploadErrorKind::ByteBudget { reason: "it is too small".to_owned() }),
        upload(Stage::Parts, UploadErrorKind::Panicked { what: "the progress callback" }),
        upload(Stage::Source, UploadErrorKind::Cancelled).of_copy(),
        upload(Stage::Parts, UploadErrorKind::Cancelled).of_copy(),
        upload(Stage::Complete, corrupt()).of_copy(),
    ];
    let with_cause = |error: &UploadError| match std::error::Error::source(error) {
        Some(cause) => format!("{error} <- {cause}"),
        None => error.to_string(),
    };
    expect![[r#"
        upload failed while resuming: the reader panicked
        upload failed while initiating: the server gave no CRC64 to verify the object by
        upload failed while aborting: cancelled
        upload failed while reading the source: the source can be read only once
        upload failed while reading the source: could not open /data/a <- cause
        upload failed while reading the source: could not read /data/a at offset 5 <- cause
        upload failed while reading the source: the source has the MD5 B, not the A of content_md5
        upload failed while checking the request: the source cannot be uploaded within the byte budget: it is too small
        upload failed while uploading parts: the progress callback panicked
        copy failed while examining the source: cancelled
        copy failed while copying parts: cancelled
        copy failed while completing: CRC64 of the source is 1, the copy has 2"#]]
    .assert_eq(&errors.each_ref().map(with_cause).join("\n"));
    let lost = upload(Stage::Complete, UploadErrorKind::OutcomeUnknown(call(CallErrorKind::Cancelled)));
    let lost = lost.on(&BucketName::new("demo").unwrap(), &ObjectKey::new("a.bin").unwrap());
    assert_eq!(lost.bucket().map(BucketName::as_str), Some("demo"));
    assert_eq!(lost.key().map(ObjectKey::as_str), Some("a.bin"));
    assert_eq!(lost.request_id(), None);
}
