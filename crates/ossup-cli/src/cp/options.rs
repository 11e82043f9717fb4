//! The options of uploads, as the command line states them.

use std::fs::{DirBuilder, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{io, process};

use ossup::checkpoint::DirectoryStore;
use ossup::uploader::MAX_PART_SIZE;
use ossup::{CopyOptions, DownloadOptions, UploadOptions};

use super::arguments::{Cp, Directives, End, Tuning, Verify};
use super::plan::Way;
use crate::failure::Failure;
use crate::properties::Properties;

/// Files from this size on have a checkpoint unless told otherwise: sending them twice would hurt.
const CHECKPOINT_FROM: u64 = 100 << 20;
/// How long cleaning up may take after a signal: container runtimes give 10 s until they kill.
const CLEANUP_AFTER_SIGNAL: Duration = Duration::from_secs(5);

impl Tuning {
    /// Without a home there is no state folder to keep records in, which is no reason not to upload.
    pub(crate) fn keeps_records(&self) -> bool {
        !self.no_checkpoint && (self.checkpoint_dir.is_some() || DirectoryStore::for_user().is_ok())
    }

    /// Why the objects of a folder are downloaded without records, if no one asked for those and they cannot be kept: each
    /// object would fail because of its own.
    pub(crate) fn downloads_without_records(&self) -> Option<String> {
        if !self.keeps_records() || self.checkpoint_dir.is_some() {
            return None;
        }
        let folder = DirectoryStore::for_user().ok()?.folder().with_file_name("downloads");
        let error = can_be_written(&folder).err()?;
        let folder = folder.display();
        Some(format!(
            "{folder} cannot be used as the folder for checkpoints: {error}; without records, downloads that are interrupted \
             start over"
        ))
    }

    /// The same of uploads: each file would fail because of its own.
    pub(crate) fn uploads_without_records(&self) -> Option<String> {
        if !self.keeps_records() || self.checkpoint_dir.is_some() {
            return None;
        }
        let store = DirectoryStore::for_user().ok()?;
        let error = can_be_written(store.folder()).err()?;
        let folder = store.folder().display();
        Some(format!(
            "{folder} cannot be used as the folder for checkpoints: {error}; without records, uploads that are interrupted \
             start over"
        ))
    }

    fn requires_crc64(&self) -> bool {
        self.verify == Some(Verify::Crc64)
    }

    pub(crate) fn upload_options(&self) -> Result<UploadOptions, Failure> {
        let mut options = UploadOptions::default()
            .leave_parts_on_error(self.leave_parts_on_error)
            .checkpoint_threshold(CHECKPOINT_FROM)
            .require_verification(self.requires_crc64())
            .cleanup_timeout(CLEANUP_AFTER_SIGNAL);
        if let Some(size) = self.bigfile_threshold {
            options = options.multipart_threshold(size.0);
        }
        if let Some(size) = self.part_size {
            options = options.part_size(size.0);
        }
        if let Some(parallel) = self.parallel_num {
            options = options.parallel_num(parallel);
        }
        if let Some(attempts) = self.part_attempts {
            options = options.part_attempts(attempts);
        }
        if let Some(folder) = &self.checkpoint_dir {
            options = options.checkpoint_dir(folder).checkpoint_threshold(0_u64);
            if let Some(sdk) = &self.sdk_records {
                options = options.checkpoint_store(Arc::new(DirectoryStore::new(folder).import_sdk_records(sdk)));
            }
        }
        Ok(options)
    }

    pub(crate) fn copy_options(&self) -> Result<CopyOptions, Failure> {
        let mut options = CopyOptions::default()
            .leave_parts_on_error(self.leave_parts_on_error)
            .require_verification(self.requires_crc64())
            .cleanup_timeout(CLEANUP_AFTER_SIGNAL);
        if let Some(size) = self.part_size {
            // Who names a size of parts means parts.
            options = options
                .part_size(size.0)
                .multipart_copy_threshold(size.0.min(MAX_PART_SIZE))
                .disable_shallow_copy(true);
        }
        if let Some(size) = self.bigfile_threshold {
            // As for the size of parts: who says from which size on parts are made means parts.
            options = options.multipart_copy_threshold(size.0).disable_shallow_copy(true);
        }
        if let Some(parallel) = self.parallel_num {
            options = options.parallel_num(parallel);
        }
        if let Some(attempts) = self.part_attempts {
            options = options.part_attempts(attempts);
        }
        if let Some(folder) = &self.checkpoint_dir {
            options = options.checkpoint_dir(folder).enable_checkpoint(true);
        }
        Ok(options)
    }

    pub(crate) fn download_options(&self) -> Result<DownloadOptions, Failure> {
        let mut options = DownloadOptions::default()
            .require_verification(self.requires_crc64())
            .skip_verification(self.compared_instead().is_some());
        if let Some(size) = self.part_size {
            options = options.part_size(size.0);
        }
        if let Some(parallel) = self.parallel_num {
            options = options.parallel_num(parallel);
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
    /// Refuses what has no meaning for this way, in place of ignoring it.
    pub(super) fn refuse_meaningless(&self, way: &Way, is_move: bool) -> Result<(), Failure> {
        let (links, recursive) = (&self.links, self.folder.recursive);
        let is_single = !recursive && self.sources.len() == 1;
        let of_many = self.filters.are_given() || self.range.is_given();
        let has_links = links.no_dereference || links.dereference;
        let has_properties = self.properties != Properties::default();
        let is_stream = |end: &End| matches!(end, End::Local(path) if path.as_os_str() == "-");
        let streams = is_stream(&self.destination) || self.sources.iter().any(is_stream);
        let (existing, preserves) = (self.existing, !self.tuning.preserve.is_empty());
        let skips_crc64 = self.tuning.compared_instead().is_some();
        let checks_nothing = existing.checkers.is_some() && !existing.compares();
        let always = [
            (!recursive && of_many, "filters choose among the files or objects of a folder: add -r"),
            (!is_single && self.version_id.is_some(), "--version-id is for one object: name only that one"),
            (!is_single && self.if_match.is_some(), "--if-match is about one object: name it alone"),
            (is_move && self.version_id.is_some(), "mv removes objects and no versions: rm --version-id does"),
            (
                is_move && skips_crc64,
                "mv removes a source only once CRC64 proves its copy: cp takes --verify size and none, and removes nothing",
            ),
            (existing.checksum && skips_crc64, "--checksum compares CRC64, which --verify leaves out"),
            (
                checks_nothing,
                "--checkers looks at destinations for --update, --size-only, --ignore-existing or --checksum",
            ),
            (streams && preserves, "a stream has no time and no mode to preserve"),
            (is_move && streams, "a stream cannot be removed once it is moved: cp copies it"),
            (streams && self.existing.compares(), "a stream has no size and no time to compare"),
            (
                is_stream(&self.destination) && recursive,
                "a folder does not fit into standard output: name a folder to write to",
            ),
        ];
        let uploads = [
            (
                self.version_id.is_some(),
                "--version-id chooses what is downloaded or copied; an upload makes a version of its own",
            ),
            (self.if_match.is_some(), "--if-match is for downloads and copies: PutObject has no such condition"),
            (self.directives != Directives::default(), "directives and --copy-props are for copies within OSS"),
            (existing.checksum, "--checksum compares objects with objects: ossup check compares a folder with objects"),
        ];
        let downloads = [
            (has_properties, "properties of objects, such as --acl, are for uploads and copies"),
            (self.tuning.leave_parts_on_error, "--leave-parts-on-error is for uploads and copies"),
            (has_links, "-L and -P are for uploads"),
            (existing.checksum, "--checksum compares objects with objects: ossup check compares a folder with objects"),
            (
                existing.checkers.is_some(),
                "--checkers is for uploads and copies: files are looked at without a request",
            ),
            (
                self.tuning.bigfile_threshold.is_some(),
                "--bigfile-threshold is for uploads and copies: --part-size is for all",
            ),
            (
                existing.update && preserves,
                "--update compares the times of files with those of objects: with --preserve, write --size-only",
            ),
            (self.directives != Directives::default(), "directives and --copy-props are for copies within OSS"),
        ];
        let copies = [
            (has_links, "-L and -P are for uploads"),
            (preserves, "--preserve is for uploads and downloads: a copy has the metadata of its source"),
        ];
        let of_way = match way {
            Way::Up { .. } => &uploads[..],
            Way::Down { .. } => &downloads[..],
            Way::Copy { .. } => &copies[..],
        };
        match always.iter().chain(of_way).find(|(given, _)| *given) {
            Some((_, reason)) => Err(Failure::usage(*reason)),
            None => Ok(()),
        }
    }
}

/// Makes the folder, for this user alone, and a file in it for a moment.
fn can_be_written(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    let probe = folder.join(format!("probe-{}", process::id()));
    File::create(&probe)?;
    std::fs::remove_file(probe)
}
