use std::fmt;
use std::path::PathBuf;

use oss_transfer::{
    DEFAULT_PARALLEL_NUM, DEFAULT_PART_ATTEMPTS, DEFAULT_PART_SIZE, InvalidOption, MAX_PART_ATTEMPTS, MAX_PART_SIZE,
    MIN_PART_SIZE, ParallelNum, Priority, RetryPolicy, Unit, within,
};

use crate::{Download, DownloadTo, Downloader, OpenStream, ReadRanges};

oss_transfer::options! {
    /// Options of a download. What is `None` is left to the downloader, and there to the default.
    pub struct DownloadOptions for { Downloader } { Download } { <'a> DownloadTo<'a> } { OpenStream } { ReadRanges }

    /// Size of each part in bytes; the last may be smaller. Default 6 MiB; 100 KiB to 5 GiB.
    ///
    /// Raised to a multiple of itself when the object would need 10,000 parts or more. A stream holds up to
    /// `part_size * parallel_num` bytes in memory; a file does not.
    ///
    /// # Errors
    /// The download fails with [`DownloadErrorKind::Option`](crate::DownloadErrorKind::Option) outside the range; nothing is sent.
    part_size: u64 = u64;
    /// Parts of this download in flight at a time: 1 to 256, or [`ParallelNum::Auto`]. Default 3.
    ///
    /// # Errors
    /// The download fails with [`DownloadErrorKind::Option`](crate::DownloadErrorKind::Option) outside the range; nothing is sent.
    parallel_num: ParallelNum = impl Into<ParallelNum>;
    /// Whether a record of the download is kept, so that another run continues where this one ended. Default no.
    ///
    /// Only for files. Without it what was fetched is removed after an error.
    ///
    /// # Errors
    /// The download fails with [`DownloadErrorKind::Option`](crate::DownloadErrorKind::Option) for a stream, a writer or
    /// ranges; nothing is sent.
    enable_checkpoint: bool = bool;
    /// Folder for the records of unfinished downloads, taken as given and created if missing. Default: a folder of this
    /// user for state. Records that the official OSS SDKs V2 for Python and Go left (`….dcp`), where they would have put
    /// them for this value, are taken over.
    checkpoint_dir: PathBuf = impl Into<PathBuf>;
    /// Whether every part that an earlier run had fetched is read from the disk and compared with the CRC64 in the record.
    /// Default yes. If not, the result says [`Verified::PartsOnly`](crate::Verified::PartsOnly).
    verify_resumed_parts: bool = bool;
    /// Whether content that could not be verified by CRC64 is an error. Default no. The server has no CRC64 of a range.
    require_verification: bool = bool;
    /// Whether the CRC64 of what was received is compared with nothing, and the result says [`Verified::No`](crate::Verified::No).
    /// Default no. Lengths are compared all the same. Beside `require_verification`, that one counts.
    skip_verification: bool = bool;
    /// Whether everything is fetched again when the object changed during the download, or since the one that is resumed.
    /// Default no: it is an error, and the next run begins afresh. Only for files, and at most three times.
    restart_changed_object: bool = bool;
    /// Whether a file that exists is left alone, and the download an error. Default no: it is replaced.
    forbid_overwrite: bool = bool;
    /// Attempts of one part, each of which the transport may repeat by itself. Default 8; 1 to 100. An attempt that brings
    /// the part on by 256 KiB starts the count again.
    ///
    /// The waits between them grow to a minute, so that a download outlives an outage of a few minutes.
    ///
    /// # Errors
    /// The download fails with [`DownloadErrorKind::Option`](crate::DownloadErrorKind::Option) outside the range; nothing is sent.
    part_attempts: u32 = u32;
    /// Which of the transfers that share a [`Scheduler`](crate::Scheduler) goes first. Default normal.
    priority: Priority = Priority;
}

impl fmt::Debug for DownloadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadOptions")
            .field("part_size", &self.part_size)
            .field("parallel_num", &self.parallel_num)
            .field("enable_checkpoint", &self.enable_checkpoint)
            .finish_non_exhaustive()
    }
}

/// Options with every default filled in and every range checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) part_size: u64,
    pub(crate) parallel_num: ParallelNum,
    pub(crate) verify_resumed_parts: bool,
    pub(crate) require_verification: bool,
    pub(crate) skip_verification: bool,
    pub(crate) restart_changed_object: bool,
    pub(crate) forbid_overwrite: bool,
    pub(crate) retry: RetryPolicy,
    pub(crate) priority: Priority,
}

impl Settings {
    pub(crate) fn check(options: &DownloadOptions) -> Result<Self, InvalidOption> {
        let part_size = options.part_size.unwrap_or(DEFAULT_PART_SIZE);
        within("part_size", part_size, MIN_PART_SIZE, MAX_PART_SIZE, Unit::Bytes)?;
        let parallel_num = options.parallel_num.unwrap_or(ParallelNum::Fixed(DEFAULT_PARALLEL_NUM.into()));
        parallel_num.check()?;
        let max_attempts = options.part_attempts.unwrap_or(DEFAULT_PART_ATTEMPTS);
        within("part_attempts", max_attempts.into(), 1, MAX_PART_ATTEMPTS.into(), Unit::Count)?;
        Ok(Self {
            part_size,
            parallel_num,
            verify_resumed_parts: options.verify_resumed_parts.unwrap_or(true),
            require_verification: options.require_verification.unwrap_or(false),
            skip_verification: options.skip_verification.unwrap_or(false),
            restart_changed_object: options.restart_changed_object.unwrap_or(false),
            forbid_overwrite: options.forbid_overwrite.unwrap_or(false),
            retry: RetryPolicy { max_attempts, ..RetryPolicy::default() },
            priority: options.priority.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn error(options: DownloadOptions) -> String {
        Settings::check(&options).unwrap_err().to_string()
    }

    /// Rows: W9.
    #[test]
    fn values_outside_their_range_are_refused_by_name() {
        let new = DownloadOptions::default;
        let errors = [
            error(new().part_size(0_u64)),
            error(new().part_size(MAX_PART_SIZE + 1)),
            error(new().parallel_num(0)),
            error(new().parallel_num(257)),
            error(new().part_attempts(101_u32)),
        ];
        expect![[r#"
            `part_size` must be between 100 KiB and 5 GiB, got 0
            `part_size` must be between 100 KiB and 5 GiB, got 5368709121
            `parallel_num` must be between 1 and 256, got 0
            `parallel_num` must be between 1 and 256, got 257
            `part_attempts` must be between 1 and 100, got 101"#]]
        .assert_eq(&errors.join("\n"));
    }

    #[test]
    fn the_defaults_are_those_of_the_sdk_documents() {
        let settings = Settings::check(&DownloadOptions::default()).unwrap();
        assert_eq!((settings.part_size, settings.parallel_num), (6 << 20, ParallelNum::Fixed(3)));
        assert!(settings.verify_resumed_parts && !settings.forbid_overwrite);
    }
}
