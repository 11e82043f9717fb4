//! One copy: on the server, or through this machine.

use std::sync::{Arc, Mutex, PoisonError};

use ossup::models::{put_from_copy, source_head_from, source_tagging_from};
use ossup::{
    CallError, Client, CopyObjectRequest, CopyOptions, GetObjectRequest, Progress, Source, UploadError,
    UploadErrorKind, UploadEvent, UploadHandle, UploadResult, Verified,
};
use tokio::sync::{mpsc, watch};

use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::output::{Event, Instead, Observed, Output, Place, Uploaded};
use crate::progress::INTERVAL;

/// A copy that has not begun.
pub(crate) struct Copying {
    pub(crate) client: Client,
    pub(crate) global: Arc<Global>,
    pub(crate) output: Output,
    pub(crate) request: CopyObjectRequest,
    pub(crate) options: CopyOptions,
    /// How far it is.
    pub(crate) progress: Arc<Mutex<Progress>>,
}

/// How a copy ended.
pub(super) enum Outcome {
    Done {
        result: Box<UploadResult>,
        /// Whether its bytes went through this machine.
        streamed: bool,
    },
    Failed(Box<UploadError>),
    /// The source could not be read, so nothing was sent.
    NotRead(Failure),
}

impl Outcome {
    /// Why it was not copied, if the service or the source refused it under way.
    pub(super) fn error(&self) -> Option<&UploadError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl Copying {
    /// Copies the object; its events go to `events`, and it is cancelled when `cancelled` becomes true.
    pub(super) async fn run(
        self,
        place: Place,
        events: mpsc::UnboundedSender<(Place, UploadEvent)>,
        mut cancelled: watch::Receiver<bool>,
    ) -> Outcome {
        let copy = self.client.copier().options(self.options.clone()).copy(self.request.clone());
        match finish(copy.start(), &place, &events, &mut cancelled, &self.progress).await {
            Ok(result) => Outcome::Done { result: Box::new(result), streamed: false },
            Err(error) => match error.kind() {
                UploadErrorKind::CrossRegion(call) => {
                    let source = self.source_client(call);
                    match source {
                        Ok(source) => self.stream(&source, &place, &events, &mut cancelled).await,
                        Err(failure) => Outcome::NotRead(failure),
                    }
                }
                _ => Outcome::Failed(Box::new(error)),
            },
        }
    }

    /// A client of the region that the source is in, which the refusal names.
    fn source_client(&self, refusal: &CallError) -> Result<Client, Failure> {
        let source = &self.request.copy_source;
        let Some(endpoint) = refusal.service().and_then(|refusal| refusal.detail("Endpoint")) else {
            let message = format!(
                "oss://{0}/{1} is in another region, and the response does not say in which: write ossup cp --endpoint HOST \
                 oss://{0}/{1} - | ossup cp - oss://{2}/{3}",
                source.bucket, source.key, self.request.bucket, self.request.key
            );
            return Err(Failure { retryable: false, ..Failure::new(Kind::Service, message) });
        };
        let mut elsewhere = Global::clone(&self.global);
        (elsewhere.endpoint, elsewhere.region) = (Some(endpoint.to_owned()), None);
        elsewhere.client(&self.output).map_err(|failure| match failure.kind {
            // It is no option that is wrong.
            Kind::Usage => Failure { kind: Kind::Service, ..failure },
            _ => failure,
        })
    }

    /// Copies through this machine, and no file: what is read is sent.
    async fn stream(
        &self,
        client: &Client,
        place: &Place,
        events: &mpsc::UnboundedSender<(Place, UploadEvent)>,
        cancelled: &mut watch::Receiver<bool>,
    ) -> Outcome {
        let source = &self.request.copy_source;
        let note = "the source is in another region: the object is copied through this machine";
        self.output.event(&Event::warning(Some(place.clone()), note.to_owned()));
        let begun = async {
            let head = client.head_object(source_head_from(&self.request)).await?;
            let tags = match source_tagging_from(&self.request, &head) {
                Some(request) => Some(client.get_object_tagging(request).await?.tags.into_iter().collect()),
                None => None,
            };
            let mut get = GetObjectRequest::new(source.bucket.as_str(), source.key.as_str());
            get.version_id = source.version_id.clone().or_else(|| head.version_id.clone());
            get.if_match.clone_from(&head.etag);
            get.request_payer.clone_from(&self.request.request_payer);
            let stream = client.downloader().stream(get).await.map_err(|error| Failure::from(&error))?;
            Ok::<_, Failure>((head, tags, stream))
        };
        let (head, tags, stream) = match begun.await {
            Ok(begun) => begun,
            Err(failure) => return Outcome::NotRead(failure),
        };
        let put = put_from_copy(&self.request, &head, tags);
        let len = stream.info().size;
        let upload = self.client.uploader().upload_from(put, Source::stream(stream).with_len(len));
        match finish(upload.start(), place, events, cancelled, &self.progress).await {
            Ok(mut result) => {
                // Both ends were verified by themselves; here they are compared with one another.
                if head.hash_crc64.is_none() || head.hash_crc64 != result.hash_crc64 {
                    result.verified = Verified::No;
                }
                Outcome::Done { result: Box::new(result), streamed: true }
            }
            Err(error) => Outcome::Failed(Box::new(error)),
        }
    }
}

/// Waits for a copy or an upload, hands its events on, and cancels it when it is asked to.
async fn finish(
    mut handle: UploadHandle,
    place: &Place,
    events: &mpsc::UnboundedSender<(Place, UploadEvent)>,
    cancelled: &mut watch::Receiver<bool>,
    progress: &Mutex<Progress>,
) -> Result<UploadResult, UploadError> {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut of_it = handle.events();
    let done = loop {
        tokio::select! {
            biased;
            Some(event) = of_it.next() => drop(events.send((place.clone(), event))),
            done = &mut handle => break Some(done),
            _ = ticks.tick() => *progress.lock().unwrap_or_else(PoisonError::into_inner) = handle.progress(),
            // Without a sender no one cancels it any more.
            Ok(()) = is_true(cancelled) => break None,
        }
    };
    let done = match done {
        Some(done) => done,
        None => handle.cancel().await,
    };
    while let Some(event) = of_it.next().await {
        let _ = events.send((place.clone(), event));
    }
    done
}

async fn is_true(watched: &mut watch::Receiver<bool>) -> Result<(), watch::error::RecvError> {
    watched.wait_for(|value| *value).await.map(drop)
}

/// Reports a copy. Whether it is proven to be equal to its source.
pub(super) fn report_done(
    output: &Output,
    place: Place,
    result: &UploadResult,
    streamed: bool,
    observed: Observed,
    instead: Option<Instead>,
    with_rows: bool,
) -> bool {
    let line = Uploaded::new(place, result, observed).compared(instead);
    let line = if streamed { line.of_streamed_copy() } else { line.of_copy() };
    let line = if with_rows { line.with_rows(&[]) } else { line };
    let _ = output.line(&line);
    line.is_proven()
}
