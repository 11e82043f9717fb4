//! What happens during uploads: reported as it comes, and remembered for the end.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

use ossup::stale::UnfinishedUploads;
use ossup::{BucketName, Client, ListPartsRequest, Stage, UploadError, UploadEvent, UploadId};

use crate::output::{Event, Observed, Output, Place};
use crate::signals::Signals;

/// How much the clocks of this machine and of the service may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(15 * 60);

/// Follows the uploads of one run.
pub(crate) struct Watch<'a> {
    output: &'a Output,
    began: SystemTime,
    /// The uploads under way, by key.
    running: HashMap<String, Running>,
    /// Multipart uploads that are known, by key.
    known: HashMap<String, HashSet<UploadId>>,
    /// Whether an upload ended while it was initiated.
    ended_initiating: bool,
}

struct Running {
    began: Instant,
    place: Place,
    upload_id: Option<UploadId>,
    warnings: Vec<String>,
    attempts: u32,
    reused_bytes: u64,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(output: &'a Output) -> Self {
        Self {
            output,
            began: SystemTime::now(),
            running: HashMap::new(),
            known: HashMap::new(),
            ended_initiating: false,
        }
    }

    pub(crate) fn started(&mut self, place: &Place) {
        let place_of_it = place.clone();
        let running = Running {
            began: Instant::now(),
            place: place_of_it,
            upload_id: None,
            warnings: Vec::new(),
            attempts: 1,
            reused_bytes: 0,
        };
        self.running.insert(key(place), running);
    }

    pub(crate) fn event(&mut self, place: &Place, event: &UploadEvent) {
        if let Some(running) = self.running.get_mut(&key(place)) {
            match event {
                UploadEvent::Warning(text) => running.warnings.push(text.clone()),
                UploadEvent::PartFailed { attempt, .. } => running.attempts = running.attempts.max(attempt + 1),
                UploadEvent::Initiated { upload_id } => running.upload_id = Some(upload_id.clone()),
                UploadEvent::Resumed { upload_id, bytes, .. } => {
                    running.upload_id = Some(upload_id.clone());
                    running.reused_bytes = *bytes;
                }
                UploadEvent::Restarted { .. } => (running.upload_id, running.reused_bytes) = (None, 0),
                _ => {}
            }
        }
        if let UploadEvent::Initiated { upload_id } | UploadEvent::Resumed { upload_id, .. } = event {
            self.known.entry(key(place)).or_default().insert(upload_id.clone());
        }
        Event::of_upload(place, event).iter().for_each(|event| self.output.event(event));
    }

    /// The upload has ended; what was seen of it.
    pub(crate) fn ended(&mut self, place: &Place, error: Option<&UploadError>) -> Observed {
        if error.is_some_and(|error| error.stage() == Stage::Initiate) {
            self.known.entry(key(place)).or_default();
            self.ended_initiating = true;
        }
        match self.running.remove(&key(place)) {
            Some(Running { began, warnings, attempts, reused_bytes, .. }) => {
                Observed { warnings, attempts, reused_bytes, took: began.elapsed() }
            }
            None => Observed { warnings: Vec::new(), attempts: 1, reused_bytes: 0, took: Duration::ZERO },
        }
    }

    /// Names the uploads under way, which may stay open on the server if the program ends now.
    pub(crate) fn name_open_uploads(&self) {
        for running in self.running.values() {
            if let Some(upload_id) = &running.upload_id {
                let message = format!("upload id {upload_id} may stay open on the server");
                self.output.event(&Event::warning(Some(running.place.clone()), message));
            }
        }
    }

    /// If a response to InitiateMultipartUpload was lost, names the empty uploads that may be left by it, unless a signal ends
    /// the wait. Nothing proves that such an upload is ours, so none is aborted.
    pub(crate) async fn name_lost_uploads(
        &self,
        client: &Client,
        bucket: &BucketName,
        prefix: &str,
        signals: &mut Signals,
    ) {
        tokio::select! {
            biased;
            () = self.find_lost_uploads(client, bucket, prefix) => {}
            _ = signals.next() => {}
        }
    }

    async fn find_lost_uploads(&self, client: &Client, bucket: &BucketName, prefix: &str) {
        if !self.ended_initiating && !self.output.requests().lost_initiate() {
            return;
        }
        let unfinished = UnfinishedUploads::new(client.transport().clone(), bucket.clone()).prefix(prefix);
        let Ok(uploads) = unfinished.list().await else { return };
        for upload in uploads {
            let Some(ours) = self.known.get(&upload.key) else { continue };
            let is_new = upload.initiated.is_none_or(|initiated| initiated + CLOCK_TOLERANCE >= self.began);
            let id = upload.upload_id;
            if !is_new || ours.contains(&id) || !is_empty(client, bucket, &upload.key, &id).await {
                continue;
            }
            let place = Place { source: None, bucket: bucket.to_string(), key: Some(upload.key) };
            let message = format!("a response to InitiateMultipartUpload was lost, which may have left upload id {id}");
            self.output.event(&Event::warning(Some(place), message));
        }
    }
}

async fn is_empty(client: &Client, bucket: &BucketName, key: &str, upload_id: &UploadId) -> bool {
    let request = ListPartsRequest::new(bucket.as_str(), key, upload_id.clone()).max_parts(1);
    client.list_parts(request).await.is_ok_and(|page| page.parts.is_empty())
}

fn key(place: &Place) -> String {
    place.key.clone().unwrap_or_default()
}
