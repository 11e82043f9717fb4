//! What the record of a run says that begins, and when an upload goes without one.

use std::time::SystemTime;

use super::PartReceipt;
use crate::checkpoint::{CheckpointError, InitiateDigest, Record, SourceStamp, StoredPart, UploadIdentity};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;

/// The record of a run that begins at `now`, in parts of `part_size`.
///
/// # Errors
/// A field of the request breaks a rule.
pub(crate) fn new_record(
    requests: &Requests,
    identity: UploadIdentity,
    stamp: SourceStamp,
    part_size: u64,
    now: SystemTime,
) -> Result<Record, UploadError> {
    let invalid = |error| UploadError::new(Stage::Options, error, Stored::No);
    let digest = InitiateDigest::of(&requests.initiate_on_the_wire().map_err(invalid)?);
    let requested = Some(requests.requested().map_err(invalid)?);
    Ok(Record { requested, ..Record::intent(identity, stamp, part_size, digest, now) })
}

/// The warning of an upload whose record could not be opened because its names are taken by something else. Without a record it
/// cannot be resumed, which is no reason not to upload.
///
/// # Errors
/// Any other error ends the upload.
pub(crate) fn without_record(error: UploadError) -> Result<String, UploadError> {
    match error.kind() {
        UploadErrorKind::Checkpoint(CheckpointError::Obstructed { .. }) => {
            Ok(format!("no record of the upload is kept, so it cannot be resumed: {error}"))
        }
        _ => Err(error),
    }
}

impl From<&PartReceipt> for StoredPart {
    fn from(receipt: &PartReceipt) -> Self {
        Self::new(receipt.part.number, receipt.part.len, receipt.etag.clone(), receipt.crc64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Phase;
    use crate::plan::testing::{receipt, record};
    use oss_models::{Crc64, ObjectAcl, PutObjectRequest};
    use oss_transfer::files::FileKind;

    #[test]
    fn a_record_tells_requests_apart_by_what_is_sent_first_and_last() {
        let (stamp, started) = (SourceStamp::new(10, 0), SystemTime::UNIX_EPOCH);
        let of =
            |request| new_record(&Requests::new(request, None), record(10, 5, "").identity, stamp, 5, started).unwrap();
        let plain = of(PutObjectRequest::new("demo", "a"));
        assert_eq!((plain.phase, plain.part_size, plain.source, plain.started), (Phase::Intent, 5, stamp, started));
        let private = of(PutObjectRequest::new("demo", "a").acl(ObjectAcl::Private));
        assert_eq!(private.initiate, plain.initiate);
        assert_ne!(private.requested, plain.requested);
        let typed = of(PutObjectRequest::new("demo", "a").content_type("text/plain"));
        assert_ne!(typed.initiate, plain.initiate);
    }

    #[test]
    fn only_names_that_are_taken_are_gone_without() {
        let error = |error: CheckpointError| UploadError::new(Stage::Checkpoint, error, Stored::No);
        let obstructed = CheckpointError::Obstructed { path: "/r".into(), kind: FileKind::Directory };
        let warning = without_record(error(obstructed)).unwrap();
        assert!(warning.contains("cannot be resumed"), "{warning}");
        assert!(without_record(error(CheckpointError::NoRecord)).is_err());
    }

    #[test]
    fn a_stored_part_is_recorded_as_the_server_has_it() {
        let StoredPart { number, len, etag, crc64 } = (&receipt(3, 10, 7)).into();
        assert_eq!((number.get(), len, etag.as_str(), crc64), (3, 10, "e", Some(Crc64::from_u64(7))));
    }
}
