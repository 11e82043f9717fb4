//! The options of uploads, as the command line states them.

use std::time::Duration;

use ossup::checkpoint::DirectoryStore;
use ossup::{DownloadOptions, ParallelNum, UploadOptions};

use super::arguments::{Cp, Tuning};
use crate::failure::Failure;
use crate::properties::Properties;

/// Files from this size on have a checkpoint unless told otherwise: sending them twice would hurt.
const CHECKPOINT_FROM: u64 = 100 << 20;
/// How long cleaning up may take after a signal: container runtimes give 10 s until they kill.
const CLEANUP_AFTER_SIGNAL: Duration = Duration::from_secs(5);

impl Tuning {
    /// Without a home there is no state folder to keep records in, which is no reason not to upload.
    pub(super) fn keeps_records(&self) -> bool {
        !self.no_checkpoint && (self.checkpoint_dir.is_some() || DirectoryStore::for_user().is_ok())
    }

    pub(super) fn upload_options(&self) -> Result<UploadOptions, Failure> {
        let mut options = UploadOptions::default()
            .leave_parts_on_error(self.leave_parts_on_error)
            .checkpoint_threshold(CHECKPOINT_FROM)
            .cleanup_timeout(CLEANUP_AFTER_SIGNAL);
        if let Some(size) = self.part_size {
            options = options.part_size(size.0);
        }
        if let Some(parallel) = &self.parallel_num {
            options = options.parallel_num(parse_parallel(parallel)?);
        }
        if let Some(attempts) = self.part_attempts {
            options = options.part_attempts(attempts);
        }
        if let Some(folder) = &self.checkpoint_dir {
            options = options.checkpoint_dir(folder).checkpoint_threshold(0_u64);
        }
        Ok(options)
    }

    pub(super) fn download_options(&self) -> Result<DownloadOptions, Failure> {
        let mut options = DownloadOptions::default();
        if let Some(size) = self.part_size {
            options = options.part_size(size.0);
        }
        if let Some(parallel) = &self.parallel_num {
            options = options.parallel_num(parse_parallel(parallel)?);
        }
        if let Some(attempts) = self.part_attempts {
            options = options.part_attempts(attempts);
        }
        if let Some(folder) = &self.checkpoint_dir {
            options = options.checkpoint_dir(folder);
        }
        Ok(options)
    }
}

impl Cp {
    /// Refuses what has no meaning for an upload.
    pub(super) fn refuse_for_uploads(&self) -> Result<(), Failure> {
        match &self.version_id {
            Some(_) => {
                Err(Failure::usage("--version-id chooses what is downloaded; an upload makes a version of its own"))
            }
            None => Ok(()),
        }
    }

    /// Refuses what has no meaning for a download, in place of ignoring it.
    pub(super) fn refuse_for_downloads(&self) -> Result<(), Failure> {
        let (folder, links) = (&self.folder, &self.links);
        let meaningless = [
            (self.properties != Properties::default(), "properties of objects, such as --acl, are for uploads"),
            (self.tuning.leave_parts_on_error, "--leave-parts-on-error is for uploads"),
            (links.no_dereference || links.dereference, "-L and -P are for uploads"),
            (folder.recursive, "folders are not downloaded yet: ls -r -s lists the objects, and cp downloads each"),
        ];
        match meaningless.into_iter().find(|(given, _)| *given) {
            Some((_, reason)) => Err(Failure::usage(reason)),
            None => Ok(()),
        }
    }
}

fn parse_parallel(text: &str) -> Result<ParallelNum, Failure> {
    if text == "auto" {
        return Ok(ParallelNum::Auto);
    }
    let number = text.parse();
    let number = number.map_err(|_| Failure::usage(format!("--parallel-num {text:?} is neither a number nor auto")))?;
    Ok(ParallelNum::Fixed(number))
}
