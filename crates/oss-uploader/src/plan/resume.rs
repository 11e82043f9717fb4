//! What the server has of an earlier run that fits: which of its parts are adopted, and what is made of an upload that is
//! gone.
//!
//! ```text
//!   ─────► List ──► Save ──► Compare, part by part ──► Done: resumed
//!           │
//!          gone ──► Prove (HeadObject), if it was completing ──► Done: completed
//!           └────────────────────────┴─────────────────────────► Done: restart
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::StatusCode;
use oss_models::{
    CallError, CallErrorKind, Crc64, Etag, HeadObjectResult, ListPartsResult, Operation, PartNumber, PartSummary,
    Target, UploadId,
};

use super::earlier::{Comparison, Resumable};
use super::proof::{Asked, Asking, Evidence, Expected, NotBefore, Placed, Proof};
use super::{Part, PartLayout, PartReceipt, Receipts};
use crate::Verified;
use crate::checkpoint::{OpenUpload, Phase};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;

/// A multipart upload that is open on the server.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) upload: OpenUpload,
    /// Where its parts begin and end, if an earlier run chose that.
    pub(crate) layout: Option<PartLayout>,
    /// Parts that need not be sent again.
    pub(crate) adopted: Receipts,
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum ResumeStep {
    /// Ask for the page of parts after this number; then [`ResumePlan::on_page`].
    List(Option<PartNumber>),
    /// Sum up the source and ask for the object with HeadObject; then [`ResumePlan::on_head`].
    Prove,
    /// Save the record; then [`ResumePlan::on_saved`].
    Save,
    /// Read the bytes of a part and compare them; then [`ResumePlan::on_compared`].
    Compare(Candidate),
    /// Nothing, until a comparison has ended.
    Idle,
    /// Nothing; [`ResumePlan::finish`] has the outcome.
    Done,
}

/// What became of an earlier run that could be resumed.
#[derive(Debug)]
pub(crate) enum Resumption {
    /// Its upload is open, and has these parts.
    Resumed(Session),
    /// It had succeeded, and the caller was not told.
    Completed { placed: Box<Placed>, upload_id: UploadId, part_size: u64, parts: usize },
    /// The server says that it no longer knows its upload. It is aborted, since one refusal may be wrong, and everything is
    /// sent again, for this reason.
    Restart { upload_id: UploadId, reason: String },
}

/// The plan of resuming one upload.
#[derive(Debug)]
pub(crate) struct ResumePlan {
    upload: OpenUpload,
    layout: PartLayout,
    comparison: Comparison,
    /// Whether the earlier run was completing, so that its object may be in place.
    completing: bool,
    /// How its object was asked to be stored, if that is known.
    asked: Option<Asked>,
    part_size: u64,
    size: u64,
    /// What errors of ListParts are about.
    target: Target,
    pages: usize,
    listed: BTreeMap<PartNumber, PartSummary>,
    candidates: VecDeque<Candidate>,
    /// Comparisons under way, and the most there may be at a time.
    running: usize,
    readers: usize,
    adopted: Receipts,
    state: State,
}

#[derive(Debug)]
enum State {
    List(Option<PartNumber>),
    Prove,
    Save,
    Compare,
    Done(Result<Resumption, UploadError>),
}

impl ResumePlan {
    /// The plan of resuming `run`. `readers` parts are compared at a time.
    pub(crate) fn new(run: &Resumable, size: u64, readers: usize, requests: &Requests) -> Result<Self, UploadError> {
        let listing = requests.list_parts(&run.upload.id).into_request();
        let target = listing.map_err(|invalid| UploadError::new(Stage::Resume, invalid, Stored::No))?.target();
        Ok(Self {
            upload: run.upload.clone(),
            layout: run.layout,
            comparison: run.comparison,
            completing: matches!(run.record.phase, Phase::Completing(_)),
            asked: Asked::of_parts(requests, Some(&run.record)),
            part_size: run.record.part_size,
            size,
            target,
            pages: 0,
            listed: BTreeMap::new(),
            candidates: VecDeque::new(),
            running: 0,
            readers: readers.max(1),
            adopted: Receipts::default(),
            state: State::List(None),
        })
    }

    /// The next step. `Compare` counts as started once it was given.
    pub(crate) fn next(&mut self) -> ResumeStep {
        match &self.state {
            State::List(marker) => ResumeStep::List(*marker),
            State::Prove => ResumeStep::Prove,
            State::Save => ResumeStep::Save,
            State::Compare if self.running < self.readers => match self.candidates.pop_front() {
                Some(candidate) => {
                    self.running += 1;
                    ResumeStep::Compare(candidate)
                }
                None if self.running == 0 => self.resumed(),
                None => ResumeStep::Idle,
            },
            State::Compare => ResumeStep::Idle,
            State::Done(_) => ResumeStep::Done,
        }
    }

    /// What the server said to ListParts.
    pub(crate) fn on_page(&mut self, page: Result<ListPartsResult, UploadError>) {
        let State::List(marker) = self.state else { return };
        self.state = match page {
            Ok(page) => match self.add_page(marker, page) {
                Ok(Some(next)) => State::List(Some(next)),
                Ok(None) => State::Save,
                Err(reason) => State::Done(Err(self.kept(self.odd_page(reason)).resumable())),
            },
            Err(error) if error.is_upload_gone() && self.completing => State::Prove,
            Err(error) if error.is_upload_gone() => State::Done(Ok(self.restart())),
            Err(error) => State::Done(Err(self.kept(error).resumable())),
        };
    }

    /// The source was summed up and the server asked for the object.
    pub(crate) fn on_head(&mut self, crc64: Crc64, head: Result<HeadObjectResult, UploadError>) {
        let expected = Expected {
            size: self.size,
            crc64: Some(crc64),
            etag: None,
            object_type: "Multipart",
            asked: self.asked.clone(),
            not_before: self.upload.initiated.map_or(NotBefore::Unknown, NotBefore::Server),
        };
        // No local time is compared.
        let asking = Asking { sent: Duration::ZERO, responded: Duration::ZERO };
        self.state = State::Done(match expected.prove(head, asking) {
            Ok(Proof::Confirmed(head) | Proof::Doubtful(head)) => Ok(Resumption::Completed {
                // With no entity tag to expect, nothing but the CRC64 can have confirmed it.
                placed: Box::new(Placed { evidence: Evidence::Head(head), verified: Verified::Crc64 }),
                upload_id: self.upload.id.clone(),
                part_size: self.part_size,
                parts: PartLayout::exact(self.size, self.part_size).map_or(0, PartLayout::count),
            }),
            Err(error) if error.is_transient() => {
                Err(error.with_upload_id(&self.upload.id).with_stored(Stored::Unknown).resumable())
            }
            // A caller who may not ask for the object can only upload it again.
            Ok(Proof::Refuted(_)) | Err(_) => Ok(self.restart()),
        });
    }

    /// The record was saved.
    pub(crate) fn on_saved(&mut self, saved: Result<(), UploadError>) {
        if let Err(error) = saved {
            self.state = State::Done(Err(self.kept(error).resumable()));
            return;
        }
        for (number, summary) in std::mem::take(&mut self.listed) {
            // A part of another length was cut otherwise.
            let Some(part) = self.layout.part(number.index()).filter(|part| part.len == summary.size) else { continue };
            let candidate = Candidate { part, etag: summary.etag, crc64: summary.hash_crc64 };
            match self.comparison {
                Comparison::Bytes => self.candidates.push_back(candidate),
                Comparison::Trust => self.adopted.insert(candidate.trust()),
            }
        }
        self.state = State::Compare;
    }

    /// A part was read and compared: its receipt if the server has the same bytes.
    pub(crate) fn on_compared(&mut self, compared: Result<Option<PartReceipt>, UploadError>) {
        self.running = self.running.saturating_sub(1);
        match compared {
            Ok(receipt) => receipt.into_iter().for_each(|receipt| self.adopted.insert(receipt)),
            Err(error) if error.is_transient() => self.state = State::Done(Err(self.kept(error).resumable())),
            Err(error) => self.state = State::Done(Err(self.kept(error))),
        }
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<Resumption, UploadError> {
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(self.kept(UploadError::new(Stage::Resume, UploadErrorKind::Cancelled, Stored::No)).resumable()),
        }
    }

    fn resumed(&mut self) -> ResumeStep {
        let (upload, layout, adopted) = (self.upload.clone(), Some(self.layout), std::mem::take(&mut self.adopted));
        self.state = State::Done(Ok(Resumption::Resumed(Session { upload, layout, adopted })));
        ResumeStep::Done
    }

    fn restart(&self) -> Resumption {
        let upload_id = self.upload.id.clone();
        let reason = format!("the server no longer knows the upload {upload_id} of the earlier run");
        Resumption::Restart { upload_id, reason }
    }

    fn kept(&self, error: UploadError) -> UploadError {
        // Until the upload is seen to be open, the Complete of the earlier run may have made the object.
        let stored = match self.state {
            State::List(_) | State::Prove if self.completing => Stored::Unknown,
            _ => error.stored(),
        };
        error.with_stored(stored).with_leftovers(&self.upload.id, None).with_upload_id(&self.upload.id)
    }

    /// Adds the page that came after `marker`; gives the number after which the next one begins.
    fn add_page(
        &mut self,
        marker: Option<PartNumber>,
        page: ListPartsResult,
    ) -> Result<Option<PartNumber>, &'static str> {
        self.pages += 1;
        for part in page.parts {
            let repeated = marker.is_some_and(|marker| part.part_number <= marker);
            if repeated || self.listed.insert(part.part_number, part).is_some() {
                return Err("a part is listed twice");
            }
        }
        if !page.is_truncated {
            return Ok(None);
        }
        let next = page.next_part_number_marker.and_then(|next| PartNumber::new(next).ok());
        if next.is_none() || next <= marker {
            return Err("the next page does not come after this one");
        }
        if self.pages >= MAX_PAGES { Err("the pages do not end") } else { Ok(next) }
    }

    fn odd_page(&self, reason: &str) -> UploadError {
        let (status, reason) = (StatusCode::OK, reason.to_owned());
        let kind = CallErrorKind::InvalidResponse { status, reason };
        UploadError::new(Stage::Resume, CallError::new(self.target.clone(), kind), Stored::No)
    }
}

/// A part that the server has, and that fits.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) part: Part,
    etag: Etag,
    crc64: Option<Crc64>,
}

impl Candidate {
    /// Whether the MD5 of the local bytes is needed as well: the entity tag of a part is the MD5 of its bytes.
    pub(crate) fn needs_md5(&self) -> bool {
        self.crc64.is_none()
    }

    /// Adopts the part if the local bytes, with this CRC64 and MD5, are those that the server has.
    pub(crate) fn compare(self, crc64: Crc64, md5: Option<&Etag>) -> Option<PartReceipt> {
        let same = match self.crc64 {
            Some(theirs) => theirs == crc64,
            None => md5 == Some(&self.etag),
        };
        let (part, etag, crc64) = (self.part, self.etag, Some(crc64));
        same.then_some(PartReceipt { part, etag, crc64, compared: true, reused: true })
    }

    fn trust(self) -> PartReceipt {
        let Self { part, etag, crc64 } = self;
        PartReceipt { part, etag, crc64, compared: false, reused: true }
    }
}

/// 10,000 parts by pages of 1,000, and one that says that there are no more.
const MAX_PAGES: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Loaded;
    use crate::plan::earlier::{Previous, examine};
    use crate::plan::testing::{head, record, refusal, uploading};
    use expect_test::{Expect, expect};
    use oss_models::{ListPartsRequest, PutObjectRequest, Response};
    use std::fmt::Write as _;

    /// Drives the plan of 35 bytes in parts of 10, of which it compares two at a time.
    ///
    /// Words: `page:1,3` and `page:1,3>` (more follow) are what ListParts told, `page:4=9` of a part with 9 bytes; `gone`
    /// and a status with a code its refusals; `saved` and `unsaved`; `same`, `other` and `unread` end a comparison, in the
    /// order they began; `confirmed`, `refuted` and `unasked` are what HeadObject told.
    fn check(setup: &str, events: &str, expected: Expect) {
        let phase = if setup.contains("completing") { Phase::Completing } else { Phase::Uploading };
        let loaded = Loaded::Record(Box::new(uploading(35, 10, "a", phase)));
        let Previous::Resumable(run) = examine(loaded, &record(35, 10, "a"), 35, !setup.contains("trust")) else {
            panic!("it fits")
        };
        let requests = Requests::new(PutObjectRequest::new("demo", "a"), None);
        let mut plan = ResumePlan::new(&run, 35, 2, &requests).unwrap();
        let (mut log, mut comparing) = (String::new(), VecDeque::new());
        let mut events = events.split_whitespace();
        loop {
            match plan.next() {
                ResumeStep::List(None) => log += " list",
                ResumeStep::List(Some(marker)) => write!(log, " list>{marker}").unwrap(),
                ResumeStep::Prove => log += " prove",
                ResumeStep::Save => log += " save",
                ResumeStep::Compare(candidate) => {
                    write!(log, " compare{}", candidate.part.number).unwrap();
                    comparing.push_back(candidate);
                    continue;
                }
                ResumeStep::Idle => log += " .",
                ResumeStep::Done => break,
            }
            let Some(event) = events.next() else { break };
            write!(log, " | {event} ->").unwrap();
            let failed = |status, code| UploadError::new(Stage::Resume, refusal(status, code), Stored::No);
            match event {
                "saved" => plan.on_saved(Ok(())),
                "unsaved" => plan.on_saved(Err(failed(500, "disk"))),
                "same" | "other" | "unread" => {
                    let candidate = comparing.pop_front().unwrap();
                    let crc64 = Crc64::from_u64(if event == "same" { 7 } else { 8 });
                    plan.on_compared(if event == "unread" {
                        Err(failed(403, "x"))
                    } else {
                        Ok(candidate.compare(crc64, None))
                    });
                }
                "confirmed" => {
                    let head = head(&[(http::header::CONTENT_LENGTH, Some("35"))]);
                    plan.on_head(Crc64::from_u64(7), Ok(head));
                }
                "refuted" => plan.on_head(Crc64::from_u64(8), Ok(head(&[]))),
                "unasked" => plan.on_head(Crc64::from_u64(7), Err(failed(500, "InternalError"))),
                "forbidden" => plan.on_head(Crc64::from_u64(7), Err(failed(403, "AccessDenied"))),
                "gone" => plan.on_page(Err(failed(404, "NoSuchUpload"))),
                other => match other.strip_prefix("page:") {
                    Some(parts) => plan.on_page(Ok(page(parts))),
                    None => {
                        let (status, code) = other.split_once('-').unwrap();
                        plan.on_page(Err(failed(status.parse().unwrap(), code)));
                    }
                },
            }
        }
        let outcome = match plan.finish() {
            Ok(Resumption::Resumed(session)) => {
                let numbers: Vec<_> = session.adopted.iter().map(|receipt| receipt.part.number.get()).collect();
                format!("resumed with {numbers:?}, trusted {}", session.adopted.any_trusted())
            }
            Ok(Resumption::Completed { parts, .. }) => format!("completed of {parts} parts"),
            Ok(Resumption::Restart { .. }) => "restart".to_owned(),
            Err(error) => format!(
                "{} [stored {:?}, resumable {}, kept {}]",
                error.kind(),
                error.stored(),
                error.is_resumable(),
                error.leftovers().is_some()
            ),
        };
        expected.assert_eq(&format!("{} => {outcome}", log.trim_start()));
    }

    fn page(parts: &str) -> ListPartsResult {
        let more = parts.ends_with('>');
        let mut xml = format!("<ListPartsResult><IsTruncated>{more}</IsTruncated>");
        let mut last = "0";
        for part in parts.trim_end_matches('>').split(',').filter(|part| !part.is_empty()) {
            let (number, size) = part.split_once('=').unwrap_or((part, if part == "4" { "5" } else { "10" }));
            last = number;
            write!(xml, "<Part><PartNumber>{number}</PartNumber><ETag>E</ETag><Size>{size}</Size>").unwrap();
            xml += "<HashCrc64ecma>7</HashCrc64ecma></Part>";
        }
        write!(xml, "<NextPartNumberMarker>{last}</NextPartNumberMarker></ListPartsResult>").unwrap();
        ListPartsRequest::read(Response::new(StatusCode::OK).with_body(xml)).unwrap()
    }

    /// Rows: W38, R31.
    #[test]
    fn parts_with_the_same_bytes_are_adopted() {
        check(
            "",
            "page:1,3> page:4 saved same same same",
            expect![
                "list | page:1,3> -> list>3 | page:4 -> save | saved -> compare1 compare3 . | same -> compare4 . | same -> . | same -> => resumed with [1, 3, 4], trusted false"
            ],
        );
        check(
            "",
            "page:1,2 saved same other",
            expect![
                "list | page:1,2 -> save | saved -> compare1 compare2 . | same -> . | other -> => resumed with [1], trusted false"
            ],
        );
        check(
            "",
            "page:1=9,4 saved same",
            expect!["list | page:1=9,4 -> save | saved -> compare4 . | same -> => resumed with [4], trusted false"],
        );
        check("", "page: saved", expect!["list | page: -> save | saved -> => resumed with [], trusted false"]);
        check(
            "trust",
            "page:1,2,3,4 saved",
            expect!["list | page:1,2,3,4 -> save | saved -> => resumed with [1, 2, 3, 4], trusted true"],
        );
    }

    /// Rows: R33, R41.
    #[test]
    fn an_upload_that_is_gone_was_completed_or_is_sent_again() {
        check("", "gone", expect!["list | gone -> => restart"]);
        check("completing", "gone confirmed", expect!["list | gone -> prove | confirmed -> => completed of 4 parts"]);
        check("completing", "gone refuted", expect!["list | gone -> prove | refuted -> => restart"]);
        check("completing", "gone forbidden", expect!["list | gone -> prove | forbidden -> => restart"]);
        check(
            "completing",
            "gone unasked",
            expect![
                "list | gone -> prove | unasked -> => PutObject oss://demo/a: 500 InternalError [stored Unknown, resumable true, kept false]"
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_now_is_kept_for_the_next_run() {
        check(
            "",
            "503-SlowDown",
            expect![
                "list | 503-SlowDown -> => PutObject oss://demo/a: 503 SlowDown [stored No, resumable true, kept true]"
            ],
        );
        check(
            "",
            "page:1 unsaved",
            expect![
                "list | page:1 -> save | unsaved -> => PutObject oss://demo/a: 500 disk [stored No, resumable true, kept true]"
            ],
        );
        check(
            "",
            "page:1 saved unread",
            expect![
                "list | page:1 -> save | saved -> compare1 . | unread -> => PutObject oss://demo/a: 403 x [stored No, resumable false, kept true]"
            ],
        );
        check("", "", expect!["list => cancelled [stored No, resumable true, kept true]"]);
    }

    #[test]
    fn pages_that_go_round_in_a_circle_are_an_error() {
        check(
            "",
            "page:1,2> page:2",
            expect![
                "list | page:1,2> -> list>2 | page:2 -> => ListParts oss://demo/a: unreadable response (status 200 OK): a part is listed twice [stored No, resumable true, kept true]"
            ],
        );
        check(
            "",
            "page:1,2> page:>",
            expect![
                "list | page:1,2> -> list>2 | page:> -> => ListParts oss://demo/a: unreadable response (status 200 OK): the next page does not come after this one [stored No, resumable true, kept true]"
            ],
        );
    }

    #[test]
    fn without_crc64_the_entity_tag_tells_whether_the_bytes_are_the_same() {
        let part = Part { number: PartNumber::MIN, offset: 0, len: 1 };
        let candidate = Candidate { part, etag: Etag::new("AB").unwrap(), crc64: None };
        assert!(candidate.needs_md5());
        let crc64 = Crc64::from_u64(7);
        assert!(
            candidate.clone().compare(crc64, Etag::new("AB").ok().as_ref()).is_some_and(|r| r.crc64 == Some(crc64))
        );
        assert!(candidate.clone().compare(crc64, Etag::new("AC").ok().as_ref()).is_none());
        assert!(candidate.compare(crc64, None).is_none());
    }
}
