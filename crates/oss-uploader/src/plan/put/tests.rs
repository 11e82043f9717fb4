use super::*;
use crate::UploadOptions;
use crate::plan::testing::{CRC64, TYPE, call_error, head, lost, refusal, second};
use crate::source::SourceError;
use expect_test::{Expect, expect};
use http::header::{CONTENT_TYPE, DATE, HeaderName, LAST_MODIFIED};
use oss_models::{Callback, Operation, PutObjectRequest, Response, http_date};
use proptest::prelude::{prop_assert, proptest};
use std::fmt::Write as _;

const VERSION: HeaderName = HeaderName::from_static("x-oss-version-id");
/// The source has 10 bytes, and this CRC64.
const OURS: Crc64 = Crc64::from_u64(7);

struct Drive {
    plan: PutPlan,
    now: Duration,
    log: String,
}

impl Drive {
    /// Takes steps until an event is needed.
    fn steps(&mut self) {
        loop {
            let step = self.plan.next(self.now);
            match step {
                PutStep::Send => self.log += " send",
                PutStep::Prove { within: None, .. } => self.log += " prove",
                PutStep::Prove { within: Some(within), .. } => {
                    write!(self.log, " prove-within{}", within.as_secs()).unwrap();
                }
                PutStep::Check(sent) => {
                    self.log += if sent.is_some() { " check" } else { " check+read" };
                }
                PutStep::WaitUntil(at) => {
                    write!(self.log, " wait{}", (at - self.now).as_secs_f64()).unwrap();
                    self.now = at;
                    continue;
                }
                PutStep::Done => self.log += " done",
            }
            return;
        }
    }

    /// The object is there, of the time at which it is asked for; some headers have other values.
    fn asked(&mut self, changes: &[(HeaderName, Option<&str>)]) {
        let date = http_date::format(second(100 + self.now.as_secs()));
        let found = [(TYPE, None), (LAST_MODIFIED, Some(&*date)), (DATE, Some(&*date))];
        self.plan.on_head(OURS, Ok(head(&[&found[..], changes].concat())), self.now, 1.0);
    }

    /// Cancels an attempt of which all bytes have left, or not.
    fn cancel(&mut self, handed_over: bool) {
        match self.plan.on_cancelled(handed_over) {
            Some(limit) => write!(self.log, " await{}", limit.as_secs()).unwrap(),
            None => self.plan.on_interrupted(cancelled(), handed_over),
        }
    }

    /// Events: `left` and `left-otherwise` say that the bytes of an attempt have left, before what ends it; a status and code,
    /// `lost`, `damaged`, `203` and `stored` end an attempt; `confirmed` (`-version`: in a bucket with versions), `refuted`,
    /// `otherwise` (with another content type), `doubtful` (perhaps older) and `unasked` are what HeadObject told; `same` and
    /// `changed` are what the check of the source told.
    fn event(&mut self, event: &str) {
        write!(self.log, " | {event} ->").unwrap();
        self.now += Duration::from_millis(10);
        let stored = || PutObjectRequest::read(response()).unwrap();
        let now = self.now;
        match event {
            "stored" => self.plan.on_sent(Evidence::Put(Box::new(stored())), Some(OURS)),
            "stored-uncounted" => self.plan.on_sent(Evidence::Put(Box::new(stored())), None),
            "left" => return self.plan.on_left(OURS),
            "left-otherwise" => return self.plan.on_left(Crc64::from_u64(8)),
            "lost" => self.plan.on_failed(lost(), now, 1.0),
            "damaged" => {
                let kind = CallErrorKind::Corrupt { sent: OURS, stored: Crc64::from_u64(8) };
                self.plan.on_failed(call_error(kind), now, 1.0);
            }
            "confirmed" => self.asked(&[]),
            "confirmed-version" => self.asked(&[(VERSION, Some("V1"))]),
            "refuted" => self.asked(&[(CRC64, Some("8"))]),
            "otherwise" => self.asked(&[(CONTENT_TYPE, Some("text/html"))]),
            "doubtful" => self.asked(&[(LAST_MODIFIED, Some(&http_date::format(second(99))))]),
            "unasked" => {
                let error = UploadError::new(Stage::Put, refusal(503, "ServiceUnavailable"), Stored::No);
                self.plan.on_head(OURS, Err(error), now, 1.0);
            }
            "same" => self.plan.on_checked(Ok(OURS)),
            "other-bytes" => self.plan.on_checked(Ok(Crc64::from_u64(9))),
            "changed" => self.plan.on_checked(Err(changed())),
            "unread" | "changed-before" => self.plan.on_interrupted(changed(), false),
            "cancelled" => self.cancel(false),
            "cancelled-when-sent" => self.cancel(true),
            "no-response" => self.plan.on_interrupted(cancelled(), true),
            "panicked-when-sent" => self.plan.on_interrupted(changed(), true),
            refused => {
                let (status, code) = refused.split_once('-').unwrap();
                self.plan.on_failed(refusal(status.parse().unwrap(), code), now, 1.0);
            }
        }
        self.steps();
    }
}

fn response() -> Response {
    let response = Response::new(http::StatusCode::OK);
    response.with_header(http::header::ETAG, "\"E\"".try_into().unwrap()).with_header(CRC64, "7".try_into().unwrap())
}

fn cancelled() -> UploadError {
    UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::No)
}

fn changed() -> UploadError {
    UploadError::new(Stage::Source, SourceError::SizeMismatch { declared: 10, found: 9 }, Stored::No)
}

fn check(setup: &str, events: &str, expected: Expect) {
    let options = UploadOptions::default().require_verification(setup.contains("strict")).part_attempts(3_u32);
    let settings = Settings::check(&options).unwrap();
    let mut request = PutObjectRequest::new("demo", "a").content_type("text/plain");
    request.forbid_overwrite = Some(setup.contains("forbid"));
    request.callback = setup.contains("callback").then(|| Callback::new("http://h/", "b"));
    let plan = PutPlan::new(10, &Requests::new(request, None), &settings, Duration::ZERO);
    let mut drive = Drive { plan, now: Duration::ZERO, log: String::new() };
    drive.steps();
    events.split_whitespace().for_each(|event| drive.event(event));
    let outcome = match drive.plan.finish() {
        Ok(placed) => format!("{:?}", placed.verified),
        Err(error) => {
            let others: String = error.others().iter().map(|other| format!("; {}", other.kind())).collect();
            format!("{} [stored {:?}]{others}", error.kind(), error.stored())
        }
    };
    expected.assert_eq(&format!("{} => {outcome}", drive.log.trim_start()));
}

#[test]
fn a_stored_object_is_done_once_the_source_is_known_to_be_the_same() {
    check("", "stored same", expect!["send | stored -> check | same -> done => Crc64"]);
    check("", "stored-uncounted same", expect!["send | stored-uncounted -> check+read | same -> done => Crc64"]);
    check(
        "",
        "stored changed",
        expect!["send | stored -> check | changed -> done => the source said 10 bytes and has 9 [stored Yes]"],
    );
    check(
        "",
        "stored other-bytes",
        expect![
            "send | stored -> check | other-bytes -> done => CRC64 of the bytes sent is 9, the object has 7 [stored Yes]"
        ],
    );
}

/// Rows: R56, R60.
#[test]
fn after_a_lost_response_the_object_goes_again_unless_that_would_show() {
    check(
        "",
        "lost refuted stored same",
        expect!["send | lost -> prove | refuted -> wait0.19 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "",
        "lost confirmed stored same",
        expect!["send | lost -> prove | confirmed -> wait0.19 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "",
        "lost confirmed-version same",
        expect!["send | lost -> prove | confirmed-version -> check | same -> done => Crc64"],
    );
    check(
        "callback",
        "lost confirmed same",
        expect!["send | lost -> prove | confirmed -> check | same -> done => Crc64"],
    );
    check(
        "callback",
        "lost doubtful stored same",
        expect!["send | lost -> prove | doubtful -> wait0.19 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "callback",
        "lost otherwise stored same",
        expect!["send | lost -> prove | otherwise -> wait0.19 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "",
        "lost unasked lost unasked lost unasked unasked unasked",
        expect![
            "send | lost -> prove | unasked -> wait0.19 send | lost -> prove | unasked -> wait0.39 send | lost -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | unasked -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]; PutObject oss://demo/a: 503 ServiceUnavailable"
        ],
    );
}

/// Rows: R45, R56, R60.
#[test]
fn what_is_there_after_the_last_attempt_decides_what_the_error_says() {
    check(
        "",
        "lost refuted lost refuted lost confirmed same",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "lost refuted lost refuted lost refuted",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | refuted -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
        ],
    );
    check(
        "",
        "lost refuted lost refuted lost otherwise",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | otherwise -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
        ],
    );
    check(
        "",
        "lost refuted lost refuted lost doubtful doubtful doubtful doubtful",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | doubtful -> wait0.361 prove | doubtful -> wait0.99 prove | doubtful -> wait0.99 prove | doubtful -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
        ],
    );
    check(
        "",
        "lost refuted lost refuted lost doubtful confirmed same",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | doubtful -> wait0.361 prove | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "lost refuted 403-AccessDenied confirmed same",
        expect![
            "send | lost -> prove | refuted -> wait0.19 send | 403-AccessDenied -> prove | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "lost confirmed 403-AccessDenied unasked unasked unasked",
        expect![
            "send | lost -> prove | confirmed -> wait0.19 send | 403-AccessDenied -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | unasked -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Yes]; PutObject oss://demo/a: 503 ServiceUnavailable"
        ],
    );
    check(
        "",
        "lost confirmed changed-before",
        expect![
            "send | lost -> prove | confirmed -> wait0.19 send | changed-before -> done => the source said 10 bytes and has 9 [stored Yes]"
        ],
    );
    // The server responded to each attempt, so that nothing can be on its way.
    check(
        "",
        "500-InternalError refuted 500-InternalError refuted 403-AccessDenied refuted",
        expect![
            "send | 500-InternalError -> prove | refuted -> wait0.19 send | 500-InternalError -> prove | refuted -> wait0.39 send | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 3 attempts) [stored No]"
        ],
    );
}

#[test]
fn an_object_of_an_earlier_attempt_is_stored_though_the_source_changed() {
    check(
        "",
        "left-otherwise 500-InternalError refuted left 403-AccessDenied refuted",
        expect![
            "send | left-otherwise -> | 500-InternalError -> prove | refuted -> wait0.19 send | left -> | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Yes]"
        ],
    );
    check(
        "",
        "left 500-InternalError refuted left 403-AccessDenied refuted",
        expect![
            "send | left -> | 500-InternalError -> prove | refuted -> wait0.19 send | left -> | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored No]"
        ],
    );
    check(
        "forbid",
        "left-otherwise lost left 409-FileAlreadyExists refuted",
        expect![
            "send | left-otherwise -> | lost -> wait0.2 send | left -> | 409-FileAlreadyExists -> prove | refuted -> done => PutObject oss://demo/a: 409 FileAlreadyExists (after 2 attempts) [stored Yes]"
        ],
    );
    check(
        "forbid",
        "left lost left 409-FileAlreadyExists refuted",
        expect![
            "send | left -> | lost -> wait0.2 send | left -> | 409-FileAlreadyExists -> prove | refuted -> done => the response was lost and the object was not stored: the object there has other content, as far as can be told [stored No]"
        ],
    );
}

/// Rows: W14, R48.
#[test]
fn an_object_in_the_way_may_be_ours_only_after_a_lost_response() {
    check(
        "forbid",
        "lost 409-FileAlreadyExists confirmed same",
        expect![
            "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "forbid",
        "lost 409-FileAlreadyExists otherwise",
        expect![
            "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | otherwise -> done => the response was lost and the object was not stored: the object there has another `content-type` [stored No]"
        ],
    );
    check(
        "forbid",
        "lost 409-FileAlreadyExists doubtful doubtful doubtful doubtful",
        expect![
            "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | doubtful -> wait0.771 prove | doubtful -> wait0.99 prove | doubtful -> wait0.99 prove | doubtful -> done => PutObject oss://demo/a: 409 FileAlreadyExists (after 2 attempts) [stored Unknown]"
        ],
    );
    check(
        "forbid",
        "lost 409-FileAlreadyExists unasked unasked confirmed same",
        expect![
            "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "forbid",
        "409-FileAlreadyExists",
        expect!["send | 409-FileAlreadyExists -> done => PutObject oss://demo/a: 409 FileAlreadyExists [stored No]"],
    );
}

/// Rows: R54.
#[test]
fn a_damaged_object_is_replaced_unless_overwriting_is_forbidden() {
    check(
        "",
        "damaged stored same",
        expect!["send | damaged -> wait0.2 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "",
        "damaged damaged damaged",
        expect![
            "send | damaged -> wait0.2 send | damaged -> wait0.4 send | damaged -> done => PutObject oss://demo/a: CRC64 of the bytes sent is 7, the server has 8 (after 3 attempts) [stored Unknown]"
        ],
    );
    check(
        "forbid",
        "damaged",
        expect![
            "send | damaged -> done => PutObject oss://demo/a: CRC64 of the bytes sent is 7, the server has 8 [stored Unknown]"
        ],
    );
}

/// Rows: W48, R50.
#[test]
fn a_failed_callback_means_that_the_object_is_stored() {
    check("", "203-CallbackFailed same", expect!["send | 203-CallbackFailed -> check+read | same -> done => No"]);
    check(
        "strict",
        "203-CallbackFailed same",
        expect![
            "send | 203-CallbackFailed -> check+read | same -> done => the server gave no CRC64 to verify the object by [stored Yes]"
        ],
    );
}

#[test]
fn a_damaged_object_is_not_forgotten_when_another_failure_follows() {
    check(
        "",
        "damaged 403-AccessDenied",
        expect![
            "send | damaged -> wait0.2 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
        ],
    );
    check(
        "",
        "damaged lost refuted 403-AccessDenied refuted",
        expect![
            "send | damaged -> wait0.2 send | lost -> prove | refuted -> wait0.39 send | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 3 attempts) [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
        ],
    );
    check(
        "",
        "damaged unread",
        expect![
            "send | damaged -> wait0.2 send | unread -> done => the source said 10 bytes and has 9 [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
        ],
    );
    check(
        "",
        "damaged cancelled-when-sent no-response unasked",
        expect![
            "send | damaged -> wait0.2 send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | unasked -> done => cancelled [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
        ],
    );
    // What the server refused it has not stored.
    check(
        "",
        "400-InvalidDigest 403-AccessDenied",
        expect![
            "send | 400-InvalidDigest -> wait0.2 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored No]"
        ],
    );
}

/// Rows: R38.
#[test]
fn an_object_whose_bytes_have_left_cannot_be_called_back() {
    check("", "cancelled", expect!["send | cancelled -> done => cancelled [stored No]"]);
    check(
        "",
        "cancelled-when-sent stored same",
        expect!["send | cancelled-when-sent -> await20 send | stored -> check | same -> done => Crc64"],
    );
    check(
        "",
        "cancelled-when-sent no-response confirmed same",
        expect![
            "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "cancelled-when-sent no-response refuted",
        expect![
            "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | refuted -> done => cancelled [stored Unknown]"
        ],
    );
    check(
        "",
        "cancelled-when-sent no-response unasked",
        expect![
            "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | unasked -> done => cancelled [stored Unknown]"
        ],
    );
    check(
        "",
        "cancelled-when-sent 403-AccessDenied",
        expect![
            "send | cancelled-when-sent -> await20 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied [stored No]"
        ],
    );
    check(
        "",
        "cancelled-when-sent lost confirmed same",
        expect![
            "send | cancelled-when-sent -> await20 send | lost -> prove-within10 | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "panicked-when-sent",
        expect!["send | panicked-when-sent -> done => the source said 10 bytes and has 9 [stored Unknown]"],
    );
    // Nothing is given up without having asked once what became of an attempt.
    check(
        "",
        "lost refuted cancelled",
        expect!["send | lost -> prove | refuted -> wait0.19 send | cancelled -> done => cancelled [stored Unknown]"],
    );
    check(
        "",
        "lost unasked cancelled confirmed same",
        expect![
            "send | lost -> prove | unasked -> wait0.19 send | cancelled -> prove-within10 | confirmed -> check | same -> done => Crc64"
        ],
    );
    check(
        "",
        "lost cancelled refuted",
        expect!["send | lost -> prove | cancelled -> prove-within10 | refuted -> done => cancelled [stored Unknown]"],
    );
    check(
        "forbid",
        "lost cancelled confirmed same",
        expect![
            "send | lost -> wait0.2 send | cancelled -> prove-within10 | confirmed -> check | same -> done => Crc64"
        ],
    );
}

#[test]
fn what_cannot_be_mended_ends_at_once_and_cancelling_says_what_is_known() {
    check(
        "",
        "403-AccessDenied",
        expect!["send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied [stored No]"],
    );
    check(
        "",
        "503-SlowDown refuted",
        expect!["send | 503-SlowDown -> prove | refuted -> wait3.99 send => cancelled [stored No]"],
    );
    check("", "unread", expect!["send | unread -> done => the source said 10 bytes and has 9 [stored No]"]);
    check(
        "",
        "lost unread",
        expect!["send | lost -> prove | unread -> done => the source said 10 bytes and has 9 [stored Unknown]"],
    );
}

/// What the plan says of an object that is in the way after one lost attempt, and how often it asked, if the server's clock
/// shows `fraction` when the upload begins and the object was stored so long after (or before) that.
fn ask_by_clock(fraction: Duration, stored_after: i64, latency: Duration) -> (Result<Placed, UploadError>, u32) {
    let server = |now: Duration| second(100) + fraction + now;
    let begin = second(100) + fraction;
    let distance = Duration::from_micros(stored_after.unsigned_abs());
    let stored = if stored_after < 0 { begin - distance } else { begin + distance };
    let settings = Settings::check(&UploadOptions::default()).unwrap();
    let mut request = PutObjectRequest::new("demo", "a");
    request.forbid_overwrite = Some(true);
    let mut plan = PutPlan::new(10, &Requests::new(request, None), &settings, Duration::ZERO);
    let (mut now, mut sent, mut asked) = (Duration::ZERO, 0, 0);
    loop {
        match plan.next(now) {
            PutStep::Send => {
                now += Duration::from_millis(8);
                let error = if sent == 0 { lost() } else { refusal(409, "FileAlreadyExists") };
                plan.on_failed(error, now, 0.37);
                sent += 1;
            }
            PutStep::Prove { .. } => {
                let (date, modified) = (http_date::format(server(now + latency)), http_date::format(stored));
                let shown = [(TYPE, None), (LAST_MODIFIED, Some(&*modified)), (DATE, Some(&*date))];
                now += latency * 2;
                plan.on_head(OURS, Ok(head(&shown)), now, 0.37);
                asked += 1;
            }
            PutStep::Check(_) => plan.on_checked(Ok(OURS)),
            PutStep::WaitUntil(at) => now = at,
            PutStep::Done => return (plan.finish(), asked),
        }
    }
}

proptest! {
    /// Rows: W14, R45.
    #[test]
    fn an_object_that_took_longer_than_a_question_is_known_as_ours(
        fraction in 0_u64..1_000_000, latency in 0_u64..50_000, longer in 2_000_u64..3_000_000,
    ) {
        let latency = Duration::from_micros(latency);
        let stored = (latency + Duration::from_micros(longer)).as_micros().try_into().unwrap();
        let (outcome, asked) = ask_by_clock(Duration::from_micros(fraction), stored, latency);
        prop_assert!(outcome.is_ok(), "{outcome:?}");
        prop_assert!(asked <= 2, "{asked}");
    }

    /// Dates have whole seconds: before that of the begin, nothing is ours.
    ///
    /// Rows: W14, R45.
    #[test]
    fn an_object_of_an_earlier_second_is_never_taken_for_ours(
        fraction in 0_u64..1_000_000, latency in 0_u64..50_000, earlier in 1_i64..3_000_000,
    ) {
        let earlier = i64::try_from(fraction).unwrap() + earlier;
        let (outcome, asked) = ask_by_clock(Duration::from_micros(fraction), -earlier, Duration::from_micros(latency));
        prop_assert!(outcome.is_err(), "{outcome:?}");
        prop_assert!(asked <= 4, "{asked}");
    }
}
