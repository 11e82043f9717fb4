use std::collections::BTreeMap;

use oss_models::{CallError, CallErrorKind, Crc64, Crc64Digest, Etag, Operation, PartNumber, PartSummary, UploadId};
use tokio::task::JoinSet;

use super::Context;
use super::cleanup;
use super::complete::found_in_place;
use super::proof::{Expected, NotBefore, Proof, look_at_object};
use super::record::Checkpoint;
use crate::checkpoint::{Loaded, OpenUpload, Phase, Record, SdkRecord, StampChange};
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{Part, PartLayout, PartReceipt, Receipts};
use crate::source::{BlockDigest, RandomAccess, SourceError};
use crate::{UploadResult, Verified};

/// A multipart upload that is open on the server.
pub(super) struct Session {
    pub(super) upload: OpenUpload,
    pub(super) layout: PartLayout,
    /// Parts that need not be sent again.
    pub(super) adopted: Receipts,
}

/// What became of an earlier run.
pub(super) enum Found {
    /// There was none, or nothing of it can be used.
    Nothing(Checkpoint),
    /// It can be gone on with.
    Open(Checkpoint, Session),
    /// It had succeeded, and nobody was told.
    Finished(Box<UploadResult>),
}

/// Looks at what an earlier run left: asks the server for its parts, and compares them with the local bytes.
pub(super) async fn look_for_earlier_run(
    context: &Context,
    mut checkpoint: Checkpoint,
    loaded: Loaded,
    source: &RandomAccess,
) -> Result<Found, UploadError> {
    match loaded {
        Loaded::Record(record) => earlier_record(context, checkpoint, *record, source).await,
        Loaded::SdkRecord(foreign) => {
            let Some(layout) = PartLayout::exact(source.len(), foreign.part_size) else {
                return Ok(Found::Nothing(checkpoint));
            };
            take_over(&mut checkpoint, foreign);
            context.reporter.warn(
                "going on with the upload of another program; metadata, storage class and the like are what it set",
            );
            go_on(context, checkpoint, layout, source, comparison(context, StampChange::Same)).await
        }
        Loaded::Quarantined { reason, moved_to } => {
            let moved_to = moved_to.display();
            context.reporter.warn(format!("the record of an earlier run is unusable, now at {moved_to}: {reason}"));
            Ok(Found::Nothing(checkpoint))
        }
        Loaded::UnusableSdkRecord { path, reason } => {
            context.reporter.warn(format!("{} was not taken over: {reason}", path.display()));
            Ok(Found::Nothing(checkpoint))
        }
        _ => Ok(Found::Nothing(checkpoint)),
    }
}

fn take_over(checkpoint: &mut Checkpoint, foreign: SdkRecord) {
    let record = &mut checkpoint.record;
    record.part_size = foreign.part_size;
    record.phase = Phase::Uploading(OpenUpload::new(foreign.upload_id, None));
    record.imported_from = Some(foreign.path);
}

async fn earlier_record(
    context: &Context,
    mut checkpoint: Checkpoint,
    record: Record,
    source: &RandomAccess,
) -> Result<Found, UploadError> {
    let Some(upload) = record.upload().cloned() else {
        context.reporter.warn("an earlier run ended while it initiated an upload; an empty upload may be left of it");
        return Ok(Found::Nothing(checkpoint));
    };
    match fits(&record, &checkpoint.record, source.len()) {
        Ok(layout) => {
            let comparison = comparison(context, record.source.compare(&checkpoint.record.source));
            checkpoint.record = record;
            go_on(context, checkpoint, layout, source, comparison).await
        }
        Err(reason) => {
            context.reporter.emit(UploadEvent::Restarted { reason: reason.to_owned() });
            if let Some(left) = cleanup::abort(context, &upload.id).await {
                context.reporter.warn(format!("the earlier upload {} could not be aborted: {left}", upload.id));
            }
            Ok(Found::Nothing(checkpoint))
        }
    }
}

/// The layout of the earlier run, if `now` is the same source to be stored in the same way.
fn fits(earlier: &Record, now: &Record, size: u64) -> Result<PartLayout, &'static str> {
    if earlier.source.compare(&now.source) == StampChange::Different {
        return Err("the file changed since the earlier run");
    }
    if earlier.initiate != now.initiate {
        return Err("the earlier run stored the object in another way (metadata, storage class or the like)");
    }
    PartLayout::exact(size, earlier.part_size).ok_or("the parts of the earlier run do not fit the file")
}

/// Whether stored parts are compared with the local bytes before they are adopted.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Comparison {
    /// They are.
    Bytes,
    /// They are taken on trust.
    Trust,
}

/// Trust is for a file that nothing speaks against: whoever sets the modification time back leaves a trace in that of
/// the attributes, and then only the bytes can tell.
fn comparison(context: &Context, change: StampChange) -> Comparison {
    match change {
        StampChange::Same if !context.settings.verify_resumed_parts => Comparison::Trust,
        _ => Comparison::Bytes,
    }
}

/// Asks the server what it has of the upload in the record.
async fn go_on(
    context: &Context,
    checkpoint: Checkpoint,
    layout: PartLayout,
    source: &RandomAccess,
    comparison: Comparison,
) -> Result<Found, UploadError> {
    let Some(upload) = checkpoint.record.upload().cloned() else { return Ok(Found::Nothing(checkpoint)) };
    let kept = |error: UploadError| error.with_leftovers(&upload.id, None).with_upload_id(&upload.id);
    let listed = match list_parts(context, Stage::Resume, &upload.id).await {
        Ok(listed) => listed,
        Err(error) if error.is_upload_gone() => return gone(context, checkpoint, &upload, source).await,
        Err(error) => return Err(kept(error).resumable()),
    };
    checkpoint.save().await.map_err(|error| kept(error).resumable())?;
    let adopted = adopt(context, layout, listed, source, comparison).await;
    let adopted = adopted.map_err(|error| if error.is_transient() { kept(error).resumable() } else { kept(error) })?;
    context.reporter.meter.add_reused(adopted.size());
    let (parts, bytes) = (adopted.len(), adopted.size());
    context.reporter.emit(UploadEvent::Resumed { upload_id: upload.id.clone(), parts, bytes });
    Ok(Found::Open(checkpoint, Session { upload, layout, adopted }))
}

/// The server knows the upload no longer: it was completed, aborted, or has expired.
async fn gone(
    context: &Context,
    mut checkpoint: Checkpoint,
    upload: &OpenUpload,
    source: &RandomAccess,
) -> Result<Found, UploadError> {
    if matches!(checkpoint.record.phase, Phase::Completing(_)) {
        let reading = context.unless_cancelled(Stage::Resume, source.crc64(0, source.len()));
        let crc64 = reading.await?.map_err(|error| UploadError::new(Stage::Resume, error))?;
        let expected = Expected {
            size: source.len(),
            crc64: Some(crc64),
            etag: None,
            object_type: "Multipart",
            not_before: upload.initiated.map_or(NotBefore::Unknown, NotBefore::Server),
        };
        let proof = match look_at_object(context, Stage::Resume, &expected).await {
            // Whoever may not look at the object can only upload it again.
            Err(error) if !error.is_transient() => Proof::Refuted(error.to_string()),
            Err(error) => return Err(error.with_upload_id(&upload.id).with_stored(Stored::Unknown).resumable()),
            Ok(proof) => proof,
        };
        if let Proof::Confirmed(head) = proof {
            let parts = PartLayout::exact(source.len(), checkpoint.record.part_size).map_or(0, PartLayout::count);
            let result = UploadResult {
                size: source.len(),
                part_size: checkpoint.record.part_size,
                parts_reused: parts,
                // With no entity tag to expect, nothing but the CRC64 can have confirmed it.
                ..found_in_place(context, &upload.id, *head, Verified::Crc64)
            };
            context.reporter.meter.add_reused(source.len());
            checkpoint.finish(context).await;
            return Ok(Found::Finished(Box::new(result)));
        }
    }
    context.reporter.emit(UploadEvent::Restarted {
        reason: format!("the server no longer knows the upload {} of the earlier run", upload.id),
    });
    checkpoint.forget_foreign(context).await;
    checkpoint.record.imported_from = None;
    Ok(Found::Nothing(checkpoint))
}

/// Those of the listed parts that fit the plan and, unless they are taken on trust, hold the bytes of the source.
async fn adopt(
    context: &Context,
    layout: PartLayout,
    listed: BTreeMap<PartNumber, PartSummary>,
    source: &RandomAccess,
    comparison: Comparison,
) -> Result<Receipts, UploadError> {
    let mut adopted = Receipts::default();
    let mut comparing = Comparing { context, tasks: JoinSet::new() };
    let readers = readers(context);
    for (number, summary) in listed {
        let Some(part) = layout.part(number.index()).filter(|part| part.len == summary.size) else { continue };
        if comparison == Comparison::Trust {
            let PartSummary { etag, hash_crc64: crc64, .. } = summary;
            adopted.insert(PartReceipt { part, etag, crc64, compared: false, reused: true });
            continue;
        }
        if comparing.tasks.len() >= readers {
            comparing.next_into(&mut adopted).await?;
        }
        let source = source.clone();
        comparing.tasks.spawn(async move { compare(part, summary, &source).await });
    }
    while !comparing.tasks.is_empty() {
        comparing.next_into(&mut adopted).await?;
    }
    Ok(adopted)
}

/// Parts that are read at a time: as many as are sent, and no more than can be summed up.
fn readers(context: &Context) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    context.settings.parallel_num.expected().min(processors)
}

/// Parts that are being read and compared; they end with this value.
struct Comparing<'a> {
    context: &'a Context,
    tasks: JoinSet<Result<Option<PartReceipt>, UploadError>>,
}

impl Comparing<'_> {
    /// Waits for the next one, and adds it if the server has the same bytes.
    async fn next_into(&mut self, adopted: &mut Receipts) -> Result<(), UploadError> {
        let compared = match self.context.unless_cancelled(Stage::Resume, self.tasks.join_next()).await? {
            None => return Ok(()),
            Some(Ok(compared)) => compared?,
            Some(Err(_)) => return Err(UploadError::new(Stage::Resume, SourceError::Panicked)),
        };
        compared.into_iter().for_each(|receipt| adopted.insert(receipt));
        Ok(())
    }
}

/// Reads the part's range of the source; `None` if the server has other bytes.
async fn compare(part: Part, summary: PartSummary, source: &RandomAccess) -> Result<Option<PartReceipt>, UploadError> {
    let failed = |error| UploadError::new(Stage::Resume, error).with_part(part.number, 1);
    let etag = summary.etag;
    let (crc64, same) = match summary.hash_crc64 {
        Some(theirs) => {
            let ours = source.crc64(part.offset, part.len).await.map_err(failed)?;
            (ours, ours == theirs)
        }
        // The entity tag of a part is the MD5 of its bytes.
        None => {
            let (ours, md5) = source.digest::<CrcAndMd5>(part.offset, part.len).await.map_err(failed)?;
            (ours, md5 == Some(etag.clone()))
        }
    };
    Ok(same.then_some(PartReceipt { part, etag, crc64: Some(crc64), compared: true, reused: true }))
}

#[derive(Default)]
struct CrcAndMd5(Crc64Digest, md5::Context);

impl BlockDigest for CrcAndMd5 {
    type Output = (Crc64, Option<Etag>);

    fn update(&mut self, block: &[u8]) {
        self.0.update(block);
        self.1.consume(block);
    }

    fn finish(self) -> Self::Output {
        (self.0.value(), Etag::new(format!("{:X}", self.1.finalize())).ok())
    }
}

/// Every part that the server has of an upload.
pub(super) async fn list_parts(
    context: &Context,
    stage: Stage,
    upload_id: &UploadId,
) -> Result<BTreeMap<PartNumber, PartSummary>, UploadError> {
    let mut parts = BTreeMap::new();
    let mut marker = None;
    for _ in 0..MAX_PAGES {
        let mut request = context.requests.list_parts(upload_id);
        request.part_number_marker = marker;
        let page = context.persist(stage, request.clone()).await?;
        let odd = |reason: &str| odd_page(stage, request.clone(), reason);
        for part in page.parts {
            if marker.is_some_and(|marker| part.part_number <= marker) || parts.insert(part.part_number, part).is_some()
            {
                return Err(odd("a part is listed twice"));
            }
        }
        if !page.is_truncated {
            return Ok(parts);
        }
        let next = page.next_part_number_marker.and_then(|next| PartNumber::new(next).ok());
        if next.is_none() || next <= marker {
            return Err(odd("the next page does not come after this one"));
        }
        marker = next;
    }
    Err(odd_page(stage, context.requests.list_parts(upload_id), "the pages do not end"))
}

fn odd_page(stage: Stage, request: impl Operation, reason: &str) -> UploadError {
    match request.into_request() {
        Err(invalid) => UploadError::new(stage, invalid),
        Ok(request) => {
            let (status, reason) = (http::StatusCode::OK, reason.to_owned());
            UploadError::new(stage, CallError::new(request.target(), CallErrorKind::InvalidResponse { status, reason }))
        }
    }
}

/// 10,000 parts by pages of 1,000, and one that says that there are no more.
const MAX_PAGES: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{InitiateDigest, SourceStamp, UploadIdentity};
    use oss_models::{BucketName, ObjectKey};
    use std::time::SystemTime;

    fn record(len: u64, part_size: u64, digest: &str) -> Record {
        let (bucket, key) = (BucketName::new("demo").unwrap(), ObjectKey::new("a").unwrap());
        let identity = UploadIdentity::new("http://e", "path", bucket, key, "/a");
        Record::intent(
            identity,
            SourceStamp::new(len, 0),
            part_size,
            InitiateDigest::from_hex(digest),
            SystemTime::UNIX_EPOCH,
        )
    }

    /// Rows: W26, W39, R26, R28.
    #[test]
    fn an_earlier_run_fits_only_with_the_same_file_and_the_same_initiate() {
        let earlier = record(100, 10, "a");
        assert_eq!(fits(&earlier, &record(100, 99, "a"), 100).map(PartLayout::part_size), Ok(10));
        assert!(fits(&earlier, &record(100, 10, "b"), 100).is_err());
        assert!(fits(&earlier, &record(101, 10, "a"), 101).is_err());
        assert!(fits(&record(100_000, 1, "a"), &record(100_000, 1, "a"), 100_000).is_err());
    }
}
