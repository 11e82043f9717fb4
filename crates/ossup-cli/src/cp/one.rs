//! One file, or standard input.

use std::path::Path;

use oss_emulator::Emulator;
use ossup::{PutObjectRequest, Source, UploadErrorKind, UploadHandle};

use super::{Run, interrupted, special};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::{NotUploaded, Place, Uploaded};
use crate::streams::standard_input;

impl Run<'_> {
    /// Uploads one file or stream; `emulator` is the one that it goes to with `--local`.
    pub(super) async fn one(&mut self, emulator: Option<&Emulator>) -> Exit {
        let mut place = Place {
            source: Some(self.source.display().to_string()),
            bucket: self.destination.bucket.to_string(),
            key: None,
        };
        let handle = match self.start(&mut place) {
            Ok(handle) => handle,
            Err(error) => return self.not_uploaded(NotUploaded::unsent(place, error.clone()), &error),
        };
        self.watch.started(&place);
        let (mut done, mut signal) = self.finish(handle, &place).await;
        if let Err(error) = &done
            && self.goes_without_record(error, &place)
            && let Ok(handle) = self.start(&mut place)
        {
            (done, signal) = self.finish(handle, &place).await;
        }
        let observed = self.watch.ended(&place, done.as_ref().err());
        let key = place.key.clone().unwrap_or_default();
        self.name_lost_uploads(&key).await;
        match done {
            Ok(result) => {
                let paths = |emulator: &Emulator| emulator.object_paths(&place.bucket, &key).unwrap_or_default();
                let stored = emulator.map(paths).unwrap_or_default();
                let _ = self.output.line(&Uploaded::new(place, &result, observed).with_rows(&stored));
                Exit::Done
            }
            Err(error) => {
                let failure = match error.kind() {
                    UploadErrorKind::Cancelled => interrupted(&error, &place).and_how_to_resume(error.is_resumable()),
                    _ => Failure::from(&error),
                };
                let line = NotUploaded::new(place, failure.clone(), &error, observed);
                let exit = self.not_uploaded(line, &failure);
                signal.map_or(exit, Exit::Signal)
            }
        }
    }

    fn not_uploaded(&self, line: NotUploaded, error: &Failure) -> Exit {
        self.output.note(error);
        let _ = self.output.line(&line);
        error.exit()
    }

    /// Starts the upload, and fills in the key as soon as it is known.
    fn start(&self, place: &mut Place) -> Result<UploadHandle, Failure> {
        let arguments = self.arguments;
        let from_stdin = self.source.as_os_str() == "-";
        let name = self.source.file_name().filter(|_| !from_stdin);
        let key = self.destination.key_for(name)?;
        place.key = Some(key.clone());
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), key);
        let request = arguments.properties.of(request, self.payer.clone())?;
        let uploader = self.client.uploader();
        let upload = if from_stdin {
            if arguments.tuning.checkpoint_dir.is_some() {
                return Err(Failure::usage("standard input cannot be resumed: leave --checkpoint-dir out"));
            }
            let stdin = standard_input().map_err(|error| Failure::unreadable(Path::new("standard input"), &error))?;
            let is_file = !special::is_made_by_the_kernel(&stdin);
            uploader.upload_from(request, if is_file { Source::file(stdin) } else { Source::blocking_reader(stdin) })
        } else {
            if let Some(hint) = special::hint(self.source, &place.target())? {
                return Err(Failure::new(Kind::Source, hint));
            }
            uploader.upload_file(request, self.source).enable_checkpoint(self.keeps_records)
        };
        Ok(upload.options(self.options.clone()).follow_links(!arguments.links.no_dereference).start())
    }
}
