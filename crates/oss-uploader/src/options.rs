use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oss_transfer::{
    DEFAULT_PARALLEL_NUM, DEFAULT_PART_ATTEMPTS, DEFAULT_PART_SIZE, InvalidOption, MAX_OBJECT_SIZE, MAX_PART_ATTEMPTS,
    MAX_PART_SIZE, MIN_PART_SIZE, ParallelNum, Priority, RetryPolicy, Unit, within,
};

use crate::checkpoint::CheckpointStore;
use crate::{Upload, Uploader};

oss_transfer::options! {
    /// Options of an upload. What is `None` is left to the uploader, and there to the default.
    pub struct UploadOptions for { Uploader } { Upload }

    /// Size of each part in bytes; the last may be smaller. Default 6 MiB; 100 KiB to 5 GiB.
    ///
    /// Raised to a multiple of itself when the object would need 10,000 parts or more, and step by step along a stream
    /// of unknown length. A stream holds up to `part_size * (parallel_num + 1)` bytes in memory; a file does not.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    part_size: u64 = u64;
    /// Parts of this upload in flight at a time: 1 to 256, or [`ParallelNum::Auto`]. Default 3.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    parallel_num: ParallelNum = impl Into<ParallelNum>;
    /// Whether the parts that were stored are kept on the server when the upload fails. Default no.
    leave_parts_on_error: bool = bool;
    /// Whether a record of the upload is kept, so that another run resumes where this one ended. Default no.
    ///
    /// Only for files that are named by a path. Parts stay on the server after an error that another run may get over.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) for any other source; nothing is sent.
    enable_checkpoint: bool = bool;
    /// Folder for the records of unfinished uploads, taken as given and created if missing. Default: a folder of this
    /// user for state.
    checkpoint_dir: PathBuf = impl Into<PathBuf>;
    /// Files of fewer bytes have no checkpoint, though it is enabled. Default 0: every file has one.
    checkpoint_threshold: u64 = u64;
    /// Where records are kept, instead of a folder. Default: the folder.
    checkpoint_store: Arc<dyn CheckpointStore> = Arc<dyn CheckpointStore>;
    /// Objects of fewer bytes are sent by one PutObject. Default: the part size; at most 5 GiB.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    multipart_threshold: u64 = u64;
    /// Whether the local bytes of every part that an earlier run had sent are read again and compared with the server's
    /// CRC64. Default yes. If not, the result says [`Verified::PartsOnly`](crate::Verified::PartsOnly). A file whose
    /// attributes changed since is read again in any case.
    verify_resumed_parts: bool = bool;
    /// Whether every part is sent with the MD5 of its bytes, for the server to refuse what was damaged on the way.
    /// Default no: CRC64 finds damage too, afterwards. Costs a second reading of files.
    send_content_md5: bool = bool;
    /// Whether an upload whose content could not be verified by CRC64 is an error. Default no.
    require_verification: bool = bool;
    /// Most bytes that a stream may hold in buffers. Default 256 MiB, or what `part_size` and `parallel_num` need if
    /// that is more; at least twice the part size.
    ///
    /// It bounds how far the part size can grow, and with it the longest stream of unknown length.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    byte_budget: u64 = u64;
    /// Attempts of one part, or of one other request of the upload, in all: the transport repeats none by itself, unless the
    /// request's own [`CallOptions::max_attempts`](oss_models::CallOptions::max_attempts) says so. Default 8; 1 to 100.
    ///
    /// The waits between them grow to a minute, so that an upload outlives an outage of a few minutes, and are at least what
    /// the server asked for (`Retry-After`); if that is more than 5 minutes, there is no other attempt.
    ///
    /// # Errors
    /// The upload fails with [`UploadErrorKind::Option`](crate::UploadErrorKind::Option) outside the range; nothing is sent.
    part_attempts: u32 = u32;
    /// Whether a file may grow while it is uploaded. Default no: it is an error. If so, what it had when it was opened
    /// is uploaded.
    allow_growth: bool = bool;
    /// Whether a path that is a symbolic link is followed. Default yes: once, when the file is opened; what the link leads to
    /// later does not matter. If not, it is an error. Links among the folders on the way to the file always count.
    follow_links: bool = bool;
    /// Whether an upload that another client aborted, or that expired, is sent again once. Default yes; only for sources
    /// that can be read again.
    restart_lost_upload: bool = bool;
    /// Which of the uploads that share a [`Scheduler`](crate::Scheduler) goes first. Default normal.
    priority: Priority = Priority;
    /// Limit for cleaning up on the server after a failure or cancellation. Default 30 s.
    cleanup_timeout: Duration = Duration;
}

impl fmt::Debug for UploadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadOptions")
            .field("part_size", &self.part_size)
            .field("parallel_num", &self.parallel_num)
            .field("leave_parts_on_error", &self.leave_parts_on_error)
            .field("enable_checkpoint", &self.enable_checkpoint)
            .finish_non_exhaustive()
    }
}

/// Options with every default filled in and every range checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) part_size: u64,
    pub(crate) parallel_num: ParallelNum,
    pub(crate) leave_parts_on_error: bool,
    pub(crate) multipart_threshold: u64,
    pub(crate) verify_resumed_parts: bool,
    pub(crate) send_content_md5: bool,
    pub(crate) require_verification: bool,
    pub(crate) byte_budget: u64,
    pub(crate) retry: RetryPolicy,
    pub(crate) checkpoint_threshold: u64,
    pub(crate) allow_growth: bool,
    pub(crate) follow_links: bool,
    pub(crate) restart_lost_upload: bool,
    pub(crate) priority: Priority,
    pub(crate) cleanup_timeout: Duration,
}

impl Settings {
    pub(crate) fn check(options: &UploadOptions) -> Result<Self, InvalidOption> {
        let part_size = options.part_size.unwrap_or(DEFAULT_PART_SIZE);
        within("part_size", part_size, MIN_PART_SIZE, MAX_PART_SIZE, Unit::Bytes)?;

        let parallel_num = options.parallel_num.unwrap_or(ParallelNum::Fixed(DEFAULT_PARALLEL_NUM.into()));
        parallel_num.check()?;

        let multipart_threshold = options.multipart_threshold.unwrap_or(part_size);
        within("multipart_threshold", multipart_threshold, 0, MAX_PART_SIZE, Unit::Bytes)?;

        let buffers = parallel_num.expected() as u64 + 1;
        let byte_budget = options.byte_budget.unwrap_or(DEFAULT_BYTE_BUDGET.max(part_size.saturating_mul(buffers)));
        let least = part_size.saturating_mul(2);
        if byte_budget < least {
            let reason =
                format!("must be at least twice the part size, {}, got {byte_budget}", Unit::Bytes.show(least));
            return Err(InvalidOption::new("byte_budget", reason));
        }

        let max_attempts = options.part_attempts.unwrap_or(DEFAULT_PART_ATTEMPTS);
        within("part_attempts", max_attempts.into(), 1, MAX_PART_ATTEMPTS.into(), Unit::Count)?;

        Ok(Self {
            part_size,
            parallel_num,
            leave_parts_on_error: options.leave_parts_on_error.unwrap_or(false),
            multipart_threshold,
            verify_resumed_parts: options.verify_resumed_parts.unwrap_or(true),
            send_content_md5: options.send_content_md5.unwrap_or(false),
            require_verification: options.require_verification.unwrap_or(false),
            byte_budget,
            retry: RetryPolicy { max_attempts, ..RetryPolicy::default() },
            checkpoint_threshold: options.checkpoint_threshold.unwrap_or(0),
            allow_growth: options.allow_growth.unwrap_or(false),
            follow_links: options.follow_links.unwrap_or(true),
            restart_lost_upload: options.restart_lost_upload.unwrap_or(true),
            priority: options.priority.unwrap_or_default(),
            cleanup_timeout: options.cleanup_timeout.unwrap_or(DEFAULT_CLEANUP_TIMEOUT),
        })
    }

    /// The object must fit in 48.8 TiB whatever its part size.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), InvalidOption> {
        within("source", size, 0, MAX_OBJECT_SIZE, Unit::Bytes)
    }
}

const DEFAULT_BYTE_BUDGET: u64 = 256 * 1024 * 1024;
const DEFAULT_CLEANUP_TIMEOUT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn error(options: UploadOptions) -> String {
        Settings::check(&options).unwrap_err().to_string()
    }

    /// Rows: W9, W11, R14.
    #[test]
    fn values_outside_their_range_are_refused_by_name() {
        let new = UploadOptions::default;
        let errors = [
            error(new().part_size(0)),
            error(new().part_size(MIN_PART_SIZE - 1)),
            error(new().part_size(MAX_PART_SIZE + 1)),
            error(new().parallel_num(0)),
            error(new().parallel_num(257)),
            error(new().multipart_threshold(MAX_PART_SIZE + 1)),
            error(new().byte_budget(1)),
            error(new().part_attempts(0_u32)),
        ];
        expect![[r#"
            `part_size` must be between 100 KiB and 5 GiB, got 0
            `part_size` must be between 100 KiB and 5 GiB, got 102399
            `part_size` must be between 100 KiB and 5 GiB, got 5368709121
            `parallel_num` must be between 1 and 256, got 0
            `parallel_num` must be between 1 and 256, got 257
            `multipart_threshold` must be between 0 bytes and 5 GiB, got 5368709121
            `byte_budget` must be at least twice the part size, 12 MiB, got 1
            `part_attempts` must be between 1 and 100, got 0"#]]
        .assert_eq(&errors.join("\n"));
    }

    /// Rows: W12.
    #[test]
    fn the_nearer_option_wins_and_the_threshold_follows_the_part_size() {
        let outer = UploadOptions::default().part_size(MIN_PART_SIZE).parallel_num(5);
        let settings = Settings::check(&UploadOptions::default().part_size(2 * MIN_PART_SIZE).or(&outer)).unwrap();
        assert_eq!((settings.part_size, settings.parallel_num), (2 * MIN_PART_SIZE, ParallelNum::Fixed(5)));
        assert_eq!(settings.multipart_threshold, 2 * MIN_PART_SIZE);
        let settings = Settings::check(&outer.multipart_threshold(7_u64)).unwrap();
        assert_eq!((settings.part_size, settings.multipart_threshold), (MIN_PART_SIZE, 7));
    }

    #[test]
    fn the_defaults_are_those_of_the_sdk_documents() {
        let settings = Settings::check(&UploadOptions::default()).unwrap();
        assert_eq!((settings.part_size, settings.parallel_num), (6 << 20, ParallelNum::Fixed(3)));
        assert!(!settings.leave_parts_on_error);
    }
}
