//! One file, or standard input.

use std::path::Path;

use oss_emulator::Emulator;
use ossup::{PutObjectRequest, Source, UploadErrorKind, UploadHandle};

use super::arguments::Cp;
use super::existing::State;
use super::preserve::Preserve;
use super::removal::{Stamp, remove_file};
use super::{Run, head, interrupted, special};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::{NotUploaded, Place, Planned, Removed, Skipped, Uploaded};
use crate::streams::standard_input;

impl Run<'_> {
    /// Uploads one file or stream; `emulator` is the one that it goes to with `--local`.
    pub(super) async fn one(&mut self, emulator: Option<&Emulator>) -> Exit {
        let mut place = Place {
            source: Some(self.source.display().to_string()),
            bucket: self.destination.bucket.to_string(),
            key: None,
        };
        // A file that changes from now on is not removed.
        let stamp = self.moves.and_then(|_| Stamp::of(self.source).ok());
        match self.left_as_it_is(&mut place).await {
            Ok(None) => {}
            Ok(Some(exit)) => return exit,
            Err(error) => return self.not_uploaded(NotUploaded::unsent(place, error.clone()), &error),
        }
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
                let size = self.compare_size(&key, result.size).await;
                if let Err(failure) = size {
                    let line = NotUploaded::unsent(place, failure.clone()).but_stored(observed);
                    return self.not_uploaded(line, &failure);
                }
                let paths = |emulator: &Emulator| emulator.object_paths(&place.bucket, &key).unwrap_or_default();
                let stored = emulator.map(paths).unwrap_or_default();
                let line = Uploaded::new(place, &result, observed).compared(self.instead()).with_rows(&stored);
                let _ = self.output.line(&line);
                if self.moves.is_some() {
                    remove_file(self.output, self.source, stamp.as_ref(), line.is_proven());
                }
                if self.output.totals().failed > 0 { Exit::SomeFailed } else { Exit::Done }
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

    /// Whether nothing is sent: what exists is to stay, or this is a dry run.
    async fn left_as_it_is(&self, place: &mut Place) -> Result<Option<Exit>, Failure> {
        let Cp { existing, dry_run, .. } = self.arguments;
        if !existing.compares() && !dry_run {
            return Ok(None);
        }
        let key = self.key()?;
        place.key = Some(key.clone());
        let size = match self.source.as_os_str() == "-" {
            true => None,
            false => {
                if let Some(hint) = special::hint(self.source, &place.target())? {
                    return Err(Failure::new(Kind::Source, hint));
                }
                State::of_file(self.source).map(|state| state.size)
            }
        };
        if existing.compares()
            && let Some(source) = State::of_file(self.source)
            && let Some(reason) =
                existing.reason(source, head(&self.client, &self.destination.bucket, &key, self.payer.clone()).await?)
        {
            self.output.note(format_args!("{} was skipped: {reason}", self.source.display()));
            let _ = self.output.line(&Skipped::new(self.source.display().to_string(), reason.to_owned()));
            return Ok(Some(Exit::Done));
        }
        if !dry_run {
            return Ok(None);
        }
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), key);
        self.arguments.properties.of(request, self.payer.clone())?;
        let _ = self.output.line(&Planned::upload(place.clone(), size));
        if self.moves.is_some() {
            let _ = self.output.line(&Removed::planned(self.source.display().to_string()));
        }
        Ok(Some(Exit::Done))
    }

    /// The key that the file goes to.
    fn key(&self) -> Result<String, Failure> {
        let name = self.source.file_name().filter(|_| self.source.as_os_str() != "-");
        // Such as `.`, whose name is not in the path.
        if name.is_none() && self.source.is_dir() {
            return Err(special::is_folder(self.source));
        }
        self.destination.key_for(name)
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
        let key = self.key()?;
        place.key = Some(key.clone());
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), key);
        let mut request = arguments.properties.of(request, self.payer.clone())?;
        if !from_stdin {
            request = Preserve::of(&arguments.tuning.preserve).with_attributes_of(self.source, request);
        }
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
