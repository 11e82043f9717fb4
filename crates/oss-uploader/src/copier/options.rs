use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Copier, ObjectCopy};
use crate::checkpoint::CheckpointStore;
use crate::error::{Stage, Stored, UploadError};
use crate::options::UploadOptions;
use crate::plan::CopyRules;
use crate::{InvalidOption, MAX_PART_SIZE, ParallelNum, Priority, Settings};

oss_transfer::options! {
    /// Options of a copy. What is `None` is left to the copier, and there to the default.
    pub struct CopyOptions for { Copier } { ObjectCopy }

    /// Size of each part in bytes; the last may be smaller. Default 64 MiB; 100 KiB to 5 GiB.
    ///
    /// Raised to a multiple of itself when the object would need 10,000 parts or more.
    ///
    /// # Errors
    /// The copy fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    part_size: u64 = u64;
    /// Parts of this copy in flight at a time: 1 to 256, or [`ParallelNum::Auto`]. Default `Auto`.
    ///
    /// Of a copy the server moves the bytes, so the automatic number begins with 8 and follows the time that parts take.
    ///
    /// # Errors
    /// The copy fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    parallel_num: ParallelNum = impl Into<ParallelNum>;
    /// Larger objects are copied in parts, others by one CopyObject. Default 200 MiB; at most 5 GiB.
    ///
    /// An object that the service refuses to copy at once is copied in parts, whatever this says.
    ///
    /// # Errors
    /// The copy fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    multipart_copy_threshold: u64 = u64;
    /// Whether a large object is copied in parts also where one CopyObject may do, which need not move its bytes: within a
    /// bucket, with the storage class and encryption of the bucket. Default no: that is tried first, for 30 s.
    disable_shallow_copy: bool = bool;
    /// Whether the parts that were made are kept on the server when the copy fails. Default no.
    leave_parts_on_error: bool = bool;
    /// Whether a record of a copy in parts is kept, so that another run resumes where this one ended. Default no.
    ///
    /// It is resumed while the source is the very object that it was.
    enable_checkpoint: bool = bool;
    /// Folder for the records of unfinished copies, taken as given and created if missing. Default: a folder of this user
    /// for state.
    checkpoint_dir: PathBuf = impl Into<PathBuf>;
    /// Where records are kept. Default: the folder.
    checkpoint_store: Arc<dyn CheckpointStore> = Arc<dyn CheckpointStore>;
    /// Whether a copy that could not be compared with its source by CRC64 is an error. Default no.
    require_verification: bool = bool;
    /// Attempts of one part, or of one other request of the copy, in all, as
    /// [`UploadOptions::part_attempts`](crate::UploadOptions::part_attempts) says. Default 8; 1 to 100.
    ///
    /// # Errors
    /// The copy fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    part_attempts: u32 = u32;
    /// Whether a copy in parts that another client aborted, or that expired, is made again once. Default yes.
    restart_lost_upload: bool = bool;
    /// Which of the transfers that share a [`Scheduler`](crate::Scheduler) goes first. Default normal.
    priority: Priority = Priority;
    /// Limit for cleaning up on the server after a failure or cancellation. Default 30 s.
    cleanup_timeout: Duration = Duration;
}

impl CopyOptions {
    /// The options of the upload whose parts the server reads itself.
    pub(crate) fn as_upload(&self) -> UploadOptions {
        let options = UploadOptions {
            leave_parts_on_error: self.leave_parts_on_error,
            checkpoint_dir: self.checkpoint_dir.clone(),
            checkpoint_store: self.checkpoint_store.clone(),
            part_attempts: self.part_attempts,
            restart_lost_upload: self.restart_lost_upload,
            priority: self.priority,
            cleanup_timeout: self.cleanup_timeout,
            ..UploadOptions::default()
        };
        // Whether there are parts at all is decided before, and whether the copy is verified afterwards.
        options
            .multipart_threshold(0_u64)
            .part_size(self.part_size.unwrap_or(COPY_PART_SIZE))
            .parallel_num(self.parallel_num.unwrap_or(ParallelNum::Auto))
    }

    pub(super) fn rules(&self, settings: &Settings) -> Result<CopyRules, UploadError> {
        let multipart_threshold = self.multipart_copy_threshold.unwrap_or(MULTIPART_COPY_THRESHOLD);
        if multipart_threshold > MAX_PART_SIZE {
            let reason = format!("must be at most 5 GiB, got {multipart_threshold}");
            let invalid = InvalidOption::new("multipart_copy_threshold", reason);
            return Err(UploadError::new(Stage::Options, invalid, Stored::No));
        }
        Ok(CopyRules {
            multipart_threshold,
            shallow: self.disable_shallow_copy != Some(true),
            require_verification: self.require_verification.unwrap_or(false),
            retry: settings.retry,
            cleanup_timeout: settings.cleanup_timeout,
        })
    }
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("part_size", &self.part_size)
            .field("parallel_num", &self.parallel_num)
            .field("enable_checkpoint", &self.enable_checkpoint)
            .finish_non_exhaustive()
    }
}

const COPY_PART_SIZE: u64 = 64 << 20;
const MULTIPART_COPY_THRESHOLD: u64 = 200 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_sdk_but_for_the_parts_in_flight() {
        let options = CopyOptions::default();
        let settings = Settings::check(&options.as_upload()).unwrap();
        let rules = options.rules(&settings).unwrap();
        assert_eq!((settings.part_size, settings.parallel_num), (64 << 20, ParallelNum::Auto));
        assert_eq!((rules.multipart_threshold, rules.shallow, rules.require_verification), (200 << 20, true, false));
    }

    #[test]
    fn values_outside_their_range_are_refused_by_name() {
        let options = CopyOptions::default().multipart_copy_threshold(MAX_PART_SIZE + 1);
        let settings = Settings::check(&options.as_upload()).unwrap();
        assert_eq!(
            options.rules(&settings).unwrap_err().kind().to_string(),
            "`multipart_copy_threshold` must be at most 5 GiB, got 5368709121"
        );
        for options in [CopyOptions::default().part_size(1_u64), CopyOptions::default().parallel_num(257)] {
            assert!(Settings::check(&options.as_upload()).is_err());
        }
    }
}
