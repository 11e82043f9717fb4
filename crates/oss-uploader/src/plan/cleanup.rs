//! What becomes of an upload that failed, and how it is aborted.

use std::time::Duration;

use oss_models::{CallError, CallErrorKind, RetryClass, ServiceError, Target, UploadId};

use crate::error::{Stored, UploadError};

/// What is done about an upload that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cleanup {
    /// The upload is aborted, since one refusal may be wrong, and everything is sent again in another one.
    Restart,
    /// The upload is aborted on the server, and its record removed once it is gone.
    Abort,
    /// The upload stays on the server, and its record with it.
    Keep,
    /// There is nothing on the server: the record is removed.
    Forget,
    /// The object is in place: the record is removed, as after a success.
    Finish,
    /// Nothing; a record, if there is one, tells the next run of what may have been left.
    Nothing,
}

/// What decides about cleaning up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CleanupRules {
    /// Whether there is a record, so that another run can resume.
    pub(crate) resumable: bool,
    /// Whether the caller asked for the parts to be kept.
    pub(crate) leave_parts: bool,
    /// How often everything may be sent again; `None` if the source cannot be read again.
    pub(crate) restarts_left: Option<u32>,
}

impl CleanupRules {
    /// What is done about an upload that failed with `error`.
    pub(crate) fn decide(self, error: &UploadError) -> Cleanup {
        if error.is_upload_gone() {
            // That the upload is gone was said once, and an abort tells whether it is.
            return if self.restarts_left.is_some_and(|left| left > 0) { Cleanup::Restart } else { Cleanup::Abort };
        }
        if error.upload_id().is_none() {
            // A lost response to Initiate may have left an upload; the record tells the next run.
            let may_be_left = error.call().is_some_and(CallError::outcome_unknown) || error.is_resumable();
            return if self.resumable && !may_be_left { Cleanup::Forget } else { Cleanup::Nothing };
        }
        match error.stored() {
            // The upload has become an object, whatever is wrong with it.
            Stored::Yes => Cleanup::Finish,
            // An abort could destroy what is about to become an object.
            Stored::Unknown => Cleanup::Keep,
            Stored::No if self.leave_parts || (self.resumable && error.is_transient()) => Cleanup::Keep,
            Stored::No => Cleanup::Abort,
        }
    }
}

/// What to do next to abort an upload.
#[derive(Debug)]
pub(crate) enum AbortStep {
    /// Send AbortMultipartUpload; then [`AbortPlan::on_aborted`].
    Abort,
    /// Ask for the parts with ListParts; then [`AbortPlan::on_listed`].
    List,
    /// Nothing for so long; then [`AbortPlan::on_waited`].
    Wait(Duration),
    /// Nothing; [`AbortPlan::finish`] has the outcome.
    Done,
}

/// Aborts until the server says that there is no such upload: a part that was under way may come in after an abort.
#[derive(Debug)]
pub(crate) struct AbortPlan {
    wait: Duration,
    /// The wait that the server asked for.
    asked: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    Abort,
    List,
    Wait,
    Done(Result<(), CallError>),
}

impl AbortPlan {
    pub(crate) fn new() -> Self {
        Self { wait: FIRST_WAIT, asked: Duration::ZERO, state: State::Abort }
    }

    /// The next step.
    pub(crate) fn next(&self) -> AbortStep {
        match self.state {
            State::Abort => AbortStep::Abort,
            State::List => AbortStep::List,
            State::Wait => AbortStep::Wait(self.wait.max(self.asked)),
            State::Done(_) => AbortStep::Done,
        }
    }

    /// What the server said to AbortMultipartUpload.
    pub(crate) fn on_aborted(&mut self, aborted: Result<(), CallError>) {
        self.state = match aborted {
            Ok(()) => State::List,
            Err(error) if is_gone(&error) => State::Done(Ok(())),
            Err(error) if error.retry_class() == RetryClass::Never => State::Done(Err(error)),
            Err(error) => {
                self.asked = error.retry_after().unwrap_or_default();
                State::Wait
            }
        };
    }

    /// What the server said to ListParts after an abort.
    pub(crate) fn on_listed(&mut self, listed: Result<(), CallError>) {
        self.state = match listed {
            Err(error) if is_gone(&error) => State::Done(Ok(())),
            // A caller who may not list the parts learns it from the next abort.
            listed => {
                self.asked = listed.err().and_then(|error| error.retry_after()).unwrap_or_default();
                State::Wait
            }
        };
    }

    /// The wait is over.
    pub(crate) fn on_waited(&mut self) {
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.asked = Duration::ZERO;
        self.state = State::Abort;
    }

    /// Whether the upload is gone; an error if asking again cannot help.
    pub(crate) fn finish(self) -> Result<(), CallError> {
        match self.state {
            State::Done(outcome) => outcome,
            _ => Ok(()),
        }
    }
}

/// What to do next in the background about an upload that was dropped.
#[derive(Debug)]
pub(crate) enum DroppedStep {
    /// Wait so long for the response to the request that is under way; then [`DroppedPlan::on_response`].
    Await(Duration),
    /// Ask for the parts with ListParts; then [`DroppedPlan::on_listed`].
    List(UploadId),
    /// Nothing for so long; then [`DroppedPlan::on_waited`].
    Wait(Duration),
    /// Abort the upload until it is gone; then [`DroppedPlan::on_gone`].
    Abort(UploadId),
    /// Nothing; [`DroppedPlan::failure`] and [`DroppedPlan::lost`] tell what may be left.
    Done,
}

/// What an upload is doing that is open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dropped {
    /// It sends parts, so that nothing can have made an object of them.
    Parts,
    /// It is completed.
    Completing,
}

/// What the response to Initiate or Complete tells: the upload that was opened, and whether an earlier attempt of the same
/// request may have taken effect too.
pub(crate) type Told<'a> = Result<(Option<&'a UploadId>, bool), &'a CallError>;

/// An upload whose future may be dropped: it becomes an object, or nothing is left of it.
///
/// The plan is told of the requests that cannot be called back from the start; its steps are taken once the future was dropped.
#[derive(Debug)]
pub(crate) struct DroppedPlan {
    /// The upload and what it is doing; `None` until the response to Initiate tells of one.
    open: Option<(UploadId, Dropped)>,
    limit: Duration,
    wait: Duration,
    /// The wait that the server asked for.
    asked: Duration,
    /// Whether a response to Initiate may have been lost.
    lost: bool,
    state: DroppedState,
}

#[derive(Clone, Copy, Debug)]
enum DroppedState {
    Await,
    List,
    Wait,
    Abort,
    Done { settled: bool },
}

impl DroppedPlan {
    /// The plan of an upload that is to be initiated, and settled within `limit` from when its id is known.
    pub(crate) fn initiating(limit: Duration) -> Self {
        let state = DroppedState::Done { settled: true };
        Self { open: None, limit, wait: FIRST_WAIT, asked: Duration::ZERO, lost: false, state }
    }

    /// The plan of an open upload that is to be settled within `limit`.
    pub(crate) fn new(dropped: Dropped, upload_id: UploadId, limit: Duration) -> Self {
        let state = match dropped {
            Dropped::Parts => DroppedState::Abort,
            Dropped::Completing => DroppedState::List,
        };
        Self { open: Some((upload_id, dropped)), state, ..Self::initiating(limit) }
    }

    /// How long all steps together may take.
    pub(crate) fn limit(&self) -> Duration {
        match &self.open {
            Some(_) => self.limit,
            None => self.limit.saturating_add(wait_for_initiated(self.limit)),
        }
    }

    /// The next step.
    pub(crate) fn next(&self) -> DroppedStep {
        match (self.state, &self.open) {
            // The rest of the time is for asking and aborting.
            (DroppedState::Await, Some(_)) => DroppedStep::Await(self.limit / 3 * 2),
            (DroppedState::Await, None) => DroppedStep::Await(wait_for_initiated(self.limit)),
            (DroppedState::Wait, _) => DroppedStep::Wait(self.wait.max(self.asked)),
            (DroppedState::List, Some((id, _))) => DroppedStep::List(id.clone()),
            (DroppedState::Abort, Some((id, _))) => DroppedStep::Abort(id.clone()),
            (DroppedState::List | DroppedState::Abort, None) | (DroppedState::Done { .. }, _) => DroppedStep::Done,
        }
    }

    /// Whether nothing is to be done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, DroppedState::Done { .. })
    }

    /// A request that cannot be called back is sent.
    pub(crate) fn on_sent(&mut self) {
        self.lost = self.open.is_none();
        self.state = DroppedState::Await;
    }

    /// What the server said to that request; `None` if it said nothing in time.
    pub(crate) fn on_response(&mut self, response: Option<Told<'_>>) {
        self.state = match (response, &self.open) {
            (Some(told), None) => {
                self.lost = is_response_lost(told);
                self.open = told.ok().and_then(|(id, _)| id).map(|id| (id.clone(), Dropped::Parts));
                if self.open.is_some() { DroppedState::Abort } else { DroppedState::Done { settled: true } }
            }
            (None, None) | (Some(Ok(_)), Some(_)) => DroppedState::Done { settled: true },
            (Some(Err(error)), Some(_)) if error.service().is_some_and(ServiceError::is_callback_failure) => {
                DroppedState::Done { settled: true }
            }
            (Some(Err(_)) | None, Some(_)) => DroppedState::List,
        };
    }

    /// The upload was not dropped: what becomes of it is decided elsewhere.
    pub(crate) fn on_ended(&mut self) {
        self.state = DroppedState::Done { settled: true };
    }

    /// What the server said to ListParts: only an upload that is open may be aborted.
    pub(crate) fn on_listed(&mut self, listed: Result<(), CallError>) {
        self.state = match listed {
            Ok(()) => DroppedState::Abort,
            Err(error) if error.retry_class() != RetryClass::Never => {
                self.asked = error.retry_after().unwrap_or_default();
                DroppedState::Wait
            }
            Err(error) => DroppedState::Done { settled: is_gone(&error) },
        };
    }

    /// The wait is over.
    pub(crate) fn on_waited(&mut self) {
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.state = DroppedState::List;
    }

    /// What came of the abort.
    pub(crate) fn on_gone(&mut self, gone: Result<(), CallError>) {
        self.state = DroppedState::Done { settled: gone.is_ok() };
    }

    /// The upload of which something may be left, and what is said of it.
    pub(crate) fn failure(&self) -> Option<(&UploadId, &'static str)> {
        let (id, dropped) = self.open.as_ref()?;
        match (self.state, dropped) {
            (DroppedState::Done { settled: true }, _) => None,
            (_, Dropped::Parts) => Some((id, "the dropped upload could not be aborted")),
            (_, Dropped::Completing) => Some((id, "the dropped upload was neither completed nor aborted")),
        }
    }

    /// What is said of a response to Initiate that may have been lost. Nothing tells whether an upload of the same key is ours,
    /// so none is aborted for it. Two are left where the request went once more on a new connection and that response was lost
    /// too.
    pub(crate) fn lost(&self) -> Option<&'static str> {
        let warning = "a response to Initiate was lost; it may have left empty uploads of this key, initiated now";
        self.lost.then_some(warning)
    }
}

/// Whether a response to the request may have been lost: of this attempt, or of an earlier one.
fn is_response_lost(told: Told<'_>) -> bool {
    match told {
        Ok((_, earlier_attempt_unknown)) => earlier_attempt_unknown,
        Err(error) => error.outcome_unknown(),
    }
}

/// How long the response to an Initiate whose upload is no longer wanted is waited for, where cleaning up may take `limit`: long
/// enough for its round trip, and no longer than one who cancels waits for a host that does not respond.
pub(crate) fn wait_for_initiated(limit: Duration) -> Duration {
    limit / 3
}

/// The error of an abort that the server did not confirm in time.
pub(crate) fn not_confirmed(target: Target, limit: Duration) -> CallError {
    CallError::new(target, CallErrorKind::Timeout { limit: oss_models::TimeLimit::CleanupTimeout, after: limit })
}

fn is_gone(error: &CallError) -> bool {
    error.code() == Some("NoSuchUpload")
}

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Stage, UploadErrorKind};
    use crate::plan::testing::{lost, refusal};
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    fn error(kind: impl Into<UploadErrorKind>, id: bool, stored: Stored) -> UploadError {
        let error = UploadError::new(Stage::Parts, kind, stored);
        if id { error.with_upload_id(&UploadId::new("U").unwrap()) } else { error }
    }

    /// Rows: W22, W23, W39, R41, R46.
    #[test]
    fn stored_resumable_and_the_options_decide_what_becomes_of_an_upload() {
        let mut table = String::new();
        type Case = (&'static str, fn() -> UploadError);
        let cases: [Case; 9] = [
            ("refused", || error(refusal(403, "AccessDenied"), true, Stored::No)),
            ("transient", || error(refusal(503, "ServiceUnavailable"), true, Stored::No)),
            ("cancelled", || error(UploadErrorKind::Cancelled, true, Stored::No)),
            ("gone", || error(refusal(404, "NoSuchUpload"), true, Stored::No)),
            ("unknown", || error(UploadErrorKind::OutcomeUnknown(lost()), true, Stored::Unknown)),
            ("stored", || error(UploadErrorKind::Unverified, true, Stored::Yes)),
            ("not initiated", || error(refusal(403, "AccessDenied"), false, Stored::No)),
            ("initiate lost", || error(lost(), false, Stored::No)),
            ("cancelled before", || error(UploadErrorKind::Cancelled, false, Stored::No)),
        ];
        for (name, error) in cases {
            write!(table, "{name:16}").unwrap();
            for (resumable, leave_parts, restarts_left) in [
                (false, false, None),
                (false, false, Some(0)),
                (false, false, Some(1)),
                (false, true, Some(0)),
                (true, false, Some(0)),
                (true, false, Some(1)),
            ] {
                let rules = CleanupRules { resumable, leave_parts, restarts_left };
                write!(table, " {:8}", format!("{:?}", rules.decide(&error()))).unwrap();
            }
            table.push('\n');
        }
        let columns = "                 stream   again=0  again=1  leave    record=0 record=1\n";
        expect![[r#"
                             stream   again=0  again=1  leave    record=0 record=1
            refused          Abort    Abort    Abort    Keep     Abort    Abort   
            transient        Abort    Abort    Abort    Keep     Keep     Keep    
            cancelled        Abort    Abort    Abort    Keep     Keep     Keep    
            gone             Abort    Abort    Restart  Abort    Abort    Restart 
            unknown          Keep     Keep     Keep     Keep     Keep     Keep    
            stored           Finish   Finish   Finish   Finish   Finish   Finish  
            not initiated    Nothing  Nothing  Nothing  Nothing  Forget   Forget  
            initiate lost    Nothing  Nothing  Nothing  Nothing  Nothing  Nothing 
            cancelled before Nothing  Nothing  Nothing  Nothing  Forget   Forget  
        "#]]
        .assert_eq(&format!("{columns}{table}"));
    }

    fn check(events: &str, expected: Expect) {
        let (mut plan, mut log) = (AbortPlan::new(), String::new());
        let mut events = events.split_whitespace();
        loop {
            match plan.next() {
                AbortStep::Wait(wait) => {
                    write!(log, "wait{} ", wait.as_millis()).unwrap();
                    plan.on_waited();
                }
                AbortStep::Done => break,
                step => {
                    let Some(event) = events.next() else { break };
                    let outcome = match event.split_once('-') {
                        Some((status, code)) => Err(refusal(status.parse().unwrap(), code)),
                        None => Ok(()),
                    };
                    match step {
                        AbortStep::Abort => plan.on_aborted(outcome),
                        _ => plan.on_listed(outcome),
                    }
                    write!(log, "{step:?} ").unwrap();
                }
            }
        }
        let outcome = plan.finish().map_err(|error| error.kind().to_string());
        expected.assert_eq(&format!("{log}=> {outcome:?}"));
    }

    /// A dropped upload becomes an object or leaves nothing behind.
    ///
    /// Rows: R37, R46.
    #[test]
    fn only_an_open_upload_is_aborted_when_it_is_dropped() {
        let id = || UploadId::new("U").unwrap();
        let limit = Duration::from_secs(30);
        let open = |dropped| DroppedPlan::new(dropped, id(), limit);
        let sent = |mut plan: DroppedPlan| {
            plan.on_sent();
            plan
        };
        let settle = |mut plan: DroppedPlan, events: &str| {
            let mut log = format!("{}s: ", plan.limit().as_secs());
            let mut events = events.split_whitespace();
            loop {
                let step = plan.next();
                assert_eq!(matches!(step, DroppedStep::Done), plan.is_done());
                if plan.is_done() {
                    return format!(
                        "{log}=> {:?}, lost {}",
                        plan.failure().map(|(_, text)| text),
                        plan.lost().is_some()
                    );
                }
                log += &format!("{step:?} ").replace("UploadId(\"U\")", "U");
                if matches!(step, DroppedStep::Wait(_)) {
                    plan.on_waited();
                    continue;
                }
                let event = events.next().unwrap();
                let outcome = match event.split_once('-') {
                    Some((status, code)) => Err(refusal(status.parse().unwrap(), code)),
                    None => Ok(()),
                };
                match step {
                    DroppedStep::Await(_) => {
                        let id = id();
                        let told = outcome.as_ref().map(|()| (Some(&id).filter(|_| event != "none"), event == "again"));
                        plan.on_response((event != "timeout").then_some(told));
                    }
                    DroppedStep::List(_) => plan.on_listed(outcome),
                    _ => plan.on_gone(outcome),
                }
            }
        };
        let initiating = || sent(DroppedPlan::initiating(limit));
        let table = [
            settle(sent(open(Dropped::Completing)), "none"),
            settle(sent(open(Dropped::Completing)), "203-CallbackFailed"),
            settle(sent(open(Dropped::Completing)), "timeout ok ok"),
            settle(sent(open(Dropped::Completing)), "503-SlowDown 404-NoSuchUpload"),
            settle(sent(open(Dropped::Completing)), "timeout 503-SlowDown 500-InternalError ok ok"),
            settle(sent(open(Dropped::Completing)), "timeout 403-AccessDenied"),
            settle(open(Dropped::Completing), "ok 403-AccessDenied"),
            settle(open(Dropped::Completing), "404-NoSuchUpload"),
            settle(open(Dropped::Parts), "ok"),
            settle(open(Dropped::Parts), "403-AccessDenied"),
            settle(DroppedPlan::initiating(limit), ""),
            settle(initiating(), "ok ok"),
            settle(initiating(), "ok 403-AccessDenied"),
            settle(initiating(), "again ok"),
            settle(initiating(), "403-AccessDenied"),
            settle(initiating(), "500-InternalError"),
            settle(initiating(), "timeout"),
        ];
        expect![[r#"
            30s: Await(20s) => None, lost false
            30s: Await(20s) => None, lost false
            30s: Await(20s) List(U) Abort(U) => None, lost false
            30s: Await(20s) List(U) => None, lost false
            30s: Await(20s) List(U) Wait(200ms) List(U) Wait(400ms) List(U) Abort(U) => None, lost false
            30s: Await(20s) List(U) => Some("the dropped upload was neither completed nor aborted"), lost false
            30s: List(U) Abort(U) => Some("the dropped upload was neither completed nor aborted"), lost false
            30s: List(U) => None, lost false
            30s: Abort(U) => None, lost false
            30s: Abort(U) => Some("the dropped upload could not be aborted"), lost false
            40s: => None, lost false
            40s: Await(10s) Abort(U) => None, lost false
            40s: Await(10s) Abort(U) => Some("the dropped upload could not be aborted"), lost false
            40s: Await(10s) Abort(U) => None, lost true
            40s: Await(10s) => None, lost false
            40s: Await(10s) => None, lost true
            40s: Await(10s) => None, lost true"#]]
        .assert_eq(&table.join("\n"));
    }

    /// What was not dropped is told of only if a response to Initiate was lost.
    #[test]
    fn an_upload_that_ended_is_left_to_its_owner() {
        let (id, limit) = (UploadId::new("U").unwrap(), Duration::from_secs(30));
        let ended = |mut plan: DroppedPlan, response: Option<Told<'_>>| {
            plan.on_sent();
            plan.on_response(response);
            plan.on_ended();
            assert!(plan.is_done() && plan.failure().is_none());
            plan.lost().is_some()
        };
        let initiating = || DroppedPlan::initiating(limit);
        assert!(!ended(DroppedPlan::new(Dropped::Completing, id.clone(), limit), Some(Err(&lost()))));
        assert!(!ended(initiating(), Some(Ok((Some(&id), false)))));
        assert!(ended(initiating(), Some(Ok((Some(&id), true)))));
        assert!(!ended(initiating(), Some(Err(&refusal(403, "AccessDenied")))));
        assert!(ended(initiating(), Some(Err(&lost()))) && ended(initiating(), None));
    }

    /// Rows: W22, R46.
    #[test]
    fn an_abort_is_repeated_until_the_upload_is_gone_or_cannot_be() {
        check("404-NoSuchUpload", expect!["Abort => Ok(())"]);
        check("ok 404-NoSuchUpload", expect!["Abort List => Ok(())"]);
        check("ok ok ok 404-NoSuchUpload", expect!["Abort List wait200 Abort List => Ok(())"]);
        check("ok 403-AccessDenied 404-NoSuchUpload", expect!["Abort List wait200 Abort => Ok(())"]);
        check(
            "503-SlowDown 500-InternalError ok 404-NoSuchUpload",
            expect!["Abort wait200 Abort wait400 Abort List => Ok(())"],
        );
        check("403-AccessDenied", expect![[r#"Abort => Err("403 AccessDenied")"#]]);
    }
}
