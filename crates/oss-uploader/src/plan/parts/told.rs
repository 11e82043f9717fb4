//! What the outcomes of parts mean to the upload they belong to, and what its owner is told of them.

use std::time::Duration;

use oss_models::PartNumber;
use oss_transfer::{Command, TransferError};

use super::{MultipartPlan, Verdict};
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::{PartFailure, StoredParts};

/// A part of a stream that was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReadPart {
    pub(crate) number: PartNumber,
    /// The size of the object, if this was the last part.
    pub(crate) total: Option<u64>,
}

impl MultipartPlan<UploadError> {
    /// What the owner of the upload commands. Gives what is told of it.
    ///
    /// # Errors
    /// The upload was cancelled.
    pub(crate) fn on_command(&mut self, command: Command) -> Result<Option<UploadEvent>, UploadError> {
        match command {
            Command::Cancel => Err(UploadError::cancelled((Stage::Parts, Stored::No))),
            Command::Pause => {
                self.pause();
                Ok(Some(UploadEvent::Paused))
            }
            Command::Run if self.is_paused() => {
                self.resume();
                Ok(Some(UploadEvent::Continued))
            }
            Command::Run => Ok(None),
        }
    }

    /// As [`MultipartPlan::on_read`]. Gives what the bytes became, if there were any.
    ///
    /// # Errors
    /// The stream is too long.
    pub(crate) fn on_filled(
        &mut self,
        len: u64,
        ended: bool,
        settings: &Settings,
    ) -> Result<Option<ReadPart>, UploadError> {
        let failed = |kind| UploadError::new(Stage::Source, kind, Stored::No);
        let read = self.on_read(len, ended);
        let read = read.map_err(|error| failed(UploadErrorKind::ByteBudget { reason: error.to_string() }))?;
        let Some(part) = read else { return Ok(None) };
        let end = part.offset.saturating_add(part.len);
        settings.check_size(end).map_err(|error| failed(error.into()))?;
        Ok(Some(ReadPart { number: part.number, total: ended.then_some(end) }))
    }

    /// An attempt of a part failed. Gives what is told of it, if the part goes again.
    pub(crate) fn on_failure(
        &mut self,
        number: PartNumber,
        failure: PartFailure,
        now: Duration,
        jitter: f64,
    ) -> Option<UploadEvent> {
        let attempt = self.attempts(number);
        let error = UploadError::new(Stage::Parts, failure.kind, Stored::No).with_part(number, attempt);
        let text = error.to_string();
        let Verdict::Again { at } = self.on_part_failed(number, failure.next, error, now, jitter) else { return None };
        tracing::debug!(part = %number, attempt, error = text, "a part failed and is sent again");
        Some(UploadEvent::PartFailed { number, attempt, error: text, retry_in: at.saturating_sub(now) })
    }

    /// The stored parts, or the first error with the others attached.
    pub(crate) fn stored(self) -> Result<StoredParts, UploadError> {
        let part_size = self.part_size();
        let (receipts, failures) = self.finish();
        match failures.into_parts() {
            (Some(root), others) => Err(root.with_others(others)),
            (None, _) => Ok(StoredParts { receipts, part_size }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadOptions;
    use crate::plan::testing::{receipt, refusal};
    use crate::plan::{MAX_OBJECT_SIZE, MAX_PARTS, PartLayout, PlanOptions, Receipts, Step, StreamSizes};

    fn settings() -> Settings {
        Settings::check(&UploadOptions::default().part_attempts(2_u32).parallel_num(2)).unwrap()
    }

    /// The plan of two parts, both under way.
    fn two_parts() -> MultipartPlan<UploadError> {
        let layout = PartLayout::exact(20, 10).unwrap();
        let mut plan = MultipartPlan::random_access(layout, Receipts::default(), PlanOptions::of(&settings()));
        for _ in 0..2 {
            assert!(matches!(plan.poll_step(Duration::ZERO), Step::Upload { .. }));
        }
        plan
    }

    fn number(index: usize) -> PartNumber {
        PartNumber::from_index(index).unwrap()
    }

    #[test]
    fn a_pause_and_its_end_are_told_and_cancelling_is_an_error() {
        let mut plan = two_parts();
        assert_eq!(plan.on_command(Command::Run).unwrap(), None);
        assert_eq!(plan.on_command(Command::Pause).unwrap(), Some(UploadEvent::Paused));
        assert_eq!(plan.on_command(Command::Run).unwrap(), Some(UploadEvent::Continued));
        assert_eq!(plan.on_command(Command::Run).unwrap(), None);
        assert!(plan.on_command(Command::Cancel).unwrap_err().is_cancelled());
    }

    #[test]
    fn a_failed_attempt_is_told_if_the_part_goes_again() {
        let mut plan = two_parts();
        let mut fail = |index, status, code| {
            plan.on_failure(number(index), refusal(status, code).into(), Duration::from_secs(1), 1.0)
        };
        let told = fail(0, 503, "ServiceUnavailable");
        let Some(UploadEvent::PartFailed { number: part, attempt: 1, error, retry_in }) = told else {
            panic!("{told:?}")
        };
        assert_eq!((part, retry_in > Duration::ZERO), (number(0), true));
        assert!(error.contains("503 ServiceUnavailable"), "{error}");
        assert_eq!(fail(1, 403, "AccessDenied"), None);
        let error = plan.stored().unwrap_err();
        assert_eq!((error.part(), error.attempts(), error.code()), (Some(number(1)), 1, Some("AccessDenied")));
    }

    #[test]
    fn stored_parts_tell_the_size_of_a_part_or_the_first_of_several_errors() {
        let mut plan = two_parts();
        for n in [1, 2] {
            plan.on_part_done(receipt(n, 10, 7), Duration::ZERO);
        }
        let stored = plan.stored().unwrap();
        assert_eq!((stored.part_size, stored.receipts.len()), (10, 2));
        let mut plan = two_parts();
        plan.fail(UploadError::cancelled((Stage::Parts, Stored::No)));
        plan.on_failure(number(1), refusal(403, "AccessDenied").into(), Duration::ZERO, 1.0);
        let error = plan.stored().unwrap_err();
        assert_eq!((error.is_cancelled(), error.others().len()), (true, 1));
    }

    #[test]
    fn the_last_part_of_a_stream_tells_its_size_and_both_have_limits() {
        let stream = |part_size| {
            let layout = PartLayout::new(part_size * 2, part_size).unwrap();
            MultipartPlan::stream(StreamSizes::Known(layout), u64::MAX, PlanOptions::of(&settings()))
        };
        let mut plan = stream(10);
        let read = |number| Some(ReadPart { number, total: None });
        assert_eq!(plan.on_filled(10, false, &settings()).unwrap(), read(number(0)));
        let last = ReadPart { number: number(1), total: Some(15) };
        assert_eq!(plan.on_filled(5, true, &settings()).unwrap(), Some(last));
        assert_eq!(stream(10).on_filled(0, true, &settings()).unwrap(), None);
        let error = stream(10).on_filled(MAX_OBJECT_SIZE + 1, true, &settings()).unwrap_err();
        assert_eq!(error.stage(), Stage::Source);
        let mut plan = stream(10);
        for index in 0..usize::try_from(MAX_PARTS).unwrap() {
            assert_eq!(plan.on_filled(1, false, &settings()).unwrap(), read(number(index)));
        }
        let error = plan.on_filled(1, true, &settings()).unwrap_err();
        assert!(error.kind().to_string().contains("longer than the 10000 bytes that 10000 parts hold"), "{error}");
    }
}
