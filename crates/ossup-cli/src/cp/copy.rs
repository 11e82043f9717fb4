//! From object to object: the server moves the bytes, unless the source is in another region.

mod many;
mod one_copy;

pub(super) use one_copy::Copying;

use std::sync::{Arc, Mutex, PoisonError};

use ossup::{
    CopyObjectRequest, CopySource, HeadObjectRequest, MetadataDirective, Progress, PutObjectRequest, Tagging,
    TaggingDirective,
};
use tokio::sync::{mpsc, watch};

use super::arguments::{CopyProps, Directive, Directives};
use super::existing::State;
use super::removal::Copied;
use super::watch::Watch;
use super::{Session, interrupted};
use crate::address::Address;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{NotUploaded, Place, Planned, Removed, Skipped};
use crate::progress::{INTERVAL, Screen};
use one_copy::{Outcome, report_done};

impl Session<'_> {
    /// Copies one object.
    pub(super) async fn copy(&mut self, source: &Address, destination: &Address) -> Result<Exit, Failure> {
        let (arguments, output) = (self.arguments, self.output);
        let from = source.object()?;
        let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let key = destination.key_for(Some(name.as_ref()))?;
        let request = self.copy_request(source, destination, &key)?;
        let is_onto_itself = source.bucket == destination.bucket && from == key;
        let changes_something = arguments.version_id.is_some() || is_replaced(&request);
        if is_onto_itself && (self.moves.is_some() || !changes_something) {
            return Err(Failure::refused(format!("{source} is the destination too: nothing was copied or deleted")));
        }
        let place = Place { source: Some(source.to_string()), bucket: destination.bucket.to_string(), key: Some(key) };
        let options = arguments.tuning.copy_options()?;

        let mut head = HeadObjectRequest::new(source.bucket.as_str(), from);
        head.version_id.clone_from(&arguments.version_id);
        head.if_match.clone_from(&arguments.if_match);
        head.request_payer = self.global.payer();
        let mut copied = None;
        if arguments.dry_run || arguments.existing.compares() || self.moves.is_some() {
            let head = self.source_client.head_object(head).await?;
            let state = State::of_head(&head);
            copied = Some(Copied::of_head(&head));
            let exists = match arguments.existing.compares() {
                true => {
                    let key = place.key.as_deref().unwrap_or_default();
                    super::head(&self.client, &destination.bucket, key, self.global.payer()).await?
                }
                false => None,
            };
            if let Some(reason) = arguments.existing.reason(state, exists) {
                output.note(format_args!("{source} was skipped: {reason}"));
                let _ = output.line(&Skipped::new(source.to_string(), reason.to_owned()));
                return Ok(Exit::Done);
            }
            if arguments.dry_run {
                let _ = output.line(&Planned::copy(place, head.content_length));
                if self.moves.is_some() {
                    let _ = output.line(&Removed::planned(source.to_string()));
                }
                return Ok(Exit::Done);
            }
        }
        let mut request = request;
        if let Some(Copied { etag: Some(etag), .. }) = &copied {
            request.copy_source_if_match = Some(etag.clone());
        }

        let (cancel, cancelled) = watch::channel(false);
        let progress: Arc<Mutex<Progress>> = Arc::default();
        let mut screen = Screen::new(arguments.progress(), output);
        let (sender, mut events) = mpsc::unbounded_channel();
        let mut watch = Watch::new(output);
        watch.started(&place);
        let global = Arc::new(self.global.clone());
        let copying = Copying {
            client: self.client.clone(),
            global,
            output: output.clone(),
            request,
            options,
            progress: progress.clone(),
        };
        let copy = copying.run(place.clone(), sender, cancelled);
        tokio::pin!(copy);
        let mut signal = None;
        let mut ticks = tokio::time::interval(INTERVAL);
        let outcome = loop {
            tokio::select! {
                biased;
                Some((place, event)) = events.recv() => watch.event(&place, &event),
                outcome = &mut copy => break outcome,
                received = self.signals.next() => {
                    if signal.is_some() {
                        watch.name_open_uploads();
                        output.end_at_once(received);
                    }
                    output.note(format_args!("{received}: stopping; a second one stops at once"));
                    signal = Some(received);
                    let _ = cancel.send(true);
                }
                _ = ticks.tick() => {
                    output.flush_warnings(INTERVAL);
                    screen.show_one(&progress.lock().unwrap_or_else(PoisonError::into_inner));
                }
            }
        };
        drop(screen);
        while let Ok((place, event)) = events.try_recv() {
            watch.event(&place, &event);
        }
        let observed = watch.ended(&place, outcome.error());
        let key = place.key.clone().unwrap_or_default();
        watch.name_lost_uploads(&self.client, &destination.bucket, &key, &mut self.signals).await;
        match outcome {
            Outcome::Done { result, streamed } => {
                let instead = arguments.tuning.compared_instead();
                let (bucket, payer) = (&destination.bucket, self.global.payer());
                if let Err(failure) = super::compare_size(instead, &self.client, bucket, &key, payer, result.size).await
                {
                    output.note(&failure);
                    let exit = failure.exit();
                    let _ = output.line(&NotUploaded::unsent(place, failure).but_stored(observed).of_copy());
                    return Ok(exit);
                }
                let is_proven = report_done(output, place, &result, streamed, observed, instead, true);
                if let (Some(_), Some(copied)) = (self.moves, &copied) {
                    let mut remover = self.remover();
                    remover.object(source.clone(), copied.clone(), is_proven).await;
                    remover.conclude().await;
                }
                Ok(if output.totals().failed > 0 { Exit::SomeFailed } else { Exit::Done })
            }
            Outcome::Failed(error) => {
                let failure = match error.kind() {
                    ossup::UploadErrorKind::Cancelled => {
                        interrupted(&error, &place).and_how_to_resume(error.is_resumable())
                    }
                    _ => Failure::from(&*error),
                };
                output.note(&failure);
                let exit = failure.exit();
                let _ = output.line(&NotUploaded::new(place, failure, &error, observed).of_copy());
                Ok(signal.map_or(exit, Exit::Signal))
            }
            Outcome::NotRead(failure) => {
                output.note(&failure);
                let exit = failure.exit();
                let _ = output.line(&NotUploaded::unsent(place, failure).of_copy());
                Ok(signal.map_or(exit, Exit::Signal))
            }
        }
    }

    /// The request of a copy, with what the flags say of the object.
    fn copy_request(&self, source: &Address, destination: &Address, key: &str) -> Result<CopyObjectRequest, Failure> {
        let arguments = self.arguments;
        let mut copy_source = CopySource::new(source.bucket.as_str(), source.rest.as_str());
        copy_source.version_id.clone_from(&arguments.version_id);
        let bucket = destination.bucket.as_str();
        let put = arguments.properties.of(PutObjectRequest::new(bucket, key), self.global.payer())?;
        let (metadata, tagging) = directives(&put, arguments.directives)?;
        let mut request = CopyObjectRequest::new(bucket, key, copy_source);
        request.metadata_directive = metadata;
        request.tagging_directive = tagging;
        request.copy_source_if_match.clone_from(&arguments.if_match);
        request.metadata = put.metadata;
        request.content_type = put.content_type;
        request.cache_control = put.cache_control;
        request.content_disposition = put.content_disposition;
        request.content_encoding = put.content_encoding;
        request.expires = put.expires;
        request.tagging = put.tagging;
        request.acl = put.acl;
        request.storage_class = put.storage_class;
        request.server_side_encryption = put.server_side_encryption;
        request.server_side_encryption_key_id = put.server_side_encryption_key_id;
        request.forbid_overwrite = put.forbid_overwrite;
        request.headers = put.headers;
        request.request_payer = put.request_payer;
        if request.tagging_directive == Some(TaggingDirective::Replace) && request.tagging.is_none() {
            request.tagging = Some(Tagging::new());
        }
        Ok(request)
    }
}

/// Whether the copy has something that its source has not.
fn is_replaced(request: &CopyObjectRequest) -> bool {
    request.metadata_directive == Some(MetadataDirective::Replace)
        || request.tagging_directive == Some(TaggingDirective::Replace)
        || request.storage_class.is_some()
        || request.acl.is_some()
        || request.server_side_encryption.is_some()
}

/// Where metadata and tags come from; `put` has those that are given.
fn directives(
    put: &PutObjectRequest,
    flags: Directives,
) -> Result<(Option<MetadataDirective>, Option<TaggingDirective>), Failure> {
    let has_metadata = put.metadata.is_some()
        || put.content_type.is_some()
        || put.cache_control.is_some()
        || put.content_disposition.is_some()
        || put.content_encoding.is_some()
        || put.expires.is_some();
    let decide = |directive: Option<Directive>, is_given: bool, is_taken: bool, name: &str| match directive {
        Some(Directive::Copy) if is_given => Err(Failure::usage(format!(
            "{name} COPY takes everything from the source: leave out what is to replace it"
        ))),
        Some(directive) => Ok(directive == Directive::Replace),
        None => Ok(is_given || !is_taken),
    };
    let props = flags.copy_props;
    let metadata =
        decide(flags.metadata_directive, has_metadata, props != Some(CopyProps::None), "--metadata-directive")?;
    let takes_tags = matches!(props, None | Some(CopyProps::Default));
    let tagging = decide(flags.tagging_directive, put.tagging.is_some(), takes_tags, "--tagging-directive")?;
    Ok((metadata.then_some(MetadataDirective::Replace), tagging.then_some(TaggingDirective::Replace)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_replaces_and_what_is_not_is_copied() {
        let bare = || PutObjectRequest::new("demo", "k");
        let typed = || bare().content_type("text/plain");
        let tagged = || bare().tagging(Tagging::new().tag("a", "b"));
        let none = Directives::default();
        let props = |copy_props| Directives { copy_props: Some(copy_props), ..none };
        let metadata = |directive| Directives { metadata_directive: Some(directive), ..none };
        let tagging = |directive| Directives { tagging_directive: Some(directive), ..none };
        for (put, flags, replaced) in [
            (bare(), none, [false, false]),
            (typed(), none, [true, false]),
            (tagged(), none, [false, true]),
            (bare(), metadata(Directive::Replace), [true, false]),
            (bare(), tagging(Directive::Replace), [false, true]),
            (typed(), tagging(Directive::Copy), [true, false]),
            (bare(), props(CopyProps::Default), [false, false]),
            (bare(), props(CopyProps::Metadata), [false, true]),
            (bare(), props(CopyProps::None), [true, true]),
            (bare(), Directives { metadata_directive: Some(Directive::Copy), ..props(CopyProps::None) }, [false, true]),
        ] {
            let (metadata, tagging) = directives(&put, flags).unwrap();
            assert_eq!([metadata.is_some(), tagging.is_some()], replaced, "{flags:?}");
        }
        assert!(directives(&typed(), metadata(Directive::Copy)).unwrap_err().message.contains("--metadata-directive"));
        assert!(directives(&tagged(), tagging(Directive::Copy)).unwrap_err().message.contains("--tagging-directive"));
    }
}
