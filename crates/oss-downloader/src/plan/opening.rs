//! The first request of a download: it tells the size and the state of the object, and brings its first bytes.

use std::time::Duration;

use http::StatusCode;
use oss_models::{ByteRange, CallError, CallErrorKind, RetryClass};
use oss_transfer::RetryPolicy;

use super::object::{Facts, Object};
use super::span::{Span, Wanted};

/// What to ask next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ask {
    /// The content, from the first byte that is wanted.
    Get(ByteRange),
    /// The attributes alone.
    Head,
}

/// The object, and what the body of the response holds of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Opened {
    pub(crate) object: Object,
    /// The bytes that are wanted of it.
    pub(crate) target: Span,
    pub(crate) body: OpenedBody,
}

/// What the body of the first response holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OpenedBody {
    /// No bytes: they were not asked for, or there are none.
    Nothing,
    /// These bytes.
    Range(Span),
    /// All bytes of the object, since the server knows no ranges of it.
    Whole,
}

/// Why a response cannot open a download.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unopened {
    /// The response contradicts the request or itself.
    Unreadable(String),
    /// There are no such bytes in the object.
    OutOfRange { size: u64 },
    /// The server gave the whole object where a part of it was asked for.
    RangeIgnored,
}

/// The steps until the object is known.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    wanted: Wanted,
    ask: Ask,
    asked_head: bool,
    retry: RetryPolicy,
    failures: u32,
}

impl Opening {
    pub(crate) fn new(wanted: Wanted, part_size: u64, retry: RetryPolicy) -> Self {
        let first = |start: u64, most: u64| ByteRange::from(start..start.saturating_add(most.min(part_size)));
        let ask = match wanted {
            Wanted::Whole => Ask::Get(first(0, u64::MAX)),
            Wanted::From(start) => Ask::Get(first(start, u64::MAX)),
            Wanted::Between { first: start, last } => Ask::Get(first(start, (last - start).saturating_add(1))),
            Wanted::Last(count) if count <= part_size => Ask::Get(ByteRange::Last(count)),
            // Where the last bytes begin is known only with the size.
            Wanted::Last(_) => Ask::Head,
        };
        Self { wanted, ask, asked_head: false, retry, failures: 0 }
    }

    /// The object is known from an earlier run; its attributes tell whether it is still there.
    pub(crate) fn again(wanted: Wanted, retry: RetryPolicy) -> Self {
        Self { wanted, ask: Ask::Head, asked_head: true, retry, failures: 0 }
    }

    pub(crate) fn ask(&self) -> Ask {
        self.ask
    }

    /// A response arrived.
    pub(crate) fn on_response(&self, facts: &Facts) -> Result<Opened, Unopened> {
        match self.ask {
            Ask::Head => self.read_head(facts),
            Ask::Get(_) if facts.status == StatusCode::PARTIAL_CONTENT => self.read_range(facts),
            Ask::Get(_) => self.read_whole(facts),
        }
    }

    /// The request failed: whether to ask at once for the attributes, when to ask again, or the error back.
    pub(crate) fn on_failed(&mut self, error: CallError, now: Duration, jitter: f64) -> Result<Duration, CallError> {
        // An empty object has no range. Whether it is empty, its attributes tell.
        let no_range = error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) && self.wanted == Wanted::Whole;
        if no_range && !self.asked_head {
            (self.ask, self.asked_head) = (Ask::Head, true);
            return Ok(now);
        }
        self.failures += 1;
        // A server that the first request could not reach, though the transport tried more than once, is more likely
        // misspelt than in an outage, and a caller who misspelt it should not wait minutes to be told.
        if self.failures == 1 && matches!(error.kind(), CallErrorKind::Connect { .. }) {
            return Err(error);
        }
        match self.retry.wait(error.retry_class(), self.failures, jitter) {
            Some(wait) => Ok(now.saturating_add(wait)),
            None => Err(error),
        }
    }

    /// The response could not be used: when to ask again, or the reason back.
    pub(crate) fn on_unopened(&mut self, reason: Unopened, now: Duration, jitter: f64) -> Result<Duration, Unopened> {
        let class = match reason {
            Unopened::Unreadable(_) => RetryClass::Damaged,
            Unopened::OutOfRange { .. } | Unopened::RangeIgnored => RetryClass::Never,
        };
        self.failures += 1;
        match self.retry.wait(class, self.failures, jitter) {
            Some(wait) => Ok(now.saturating_add(wait)),
            None => Err(reason),
        }
    }

    fn read_head(&self, facts: &Facts) -> Result<Opened, Unopened> {
        let size = facts.content_length.ok_or_else(|| unreadable("no Content-Length"))?;
        let target = self.wanted.of_size(size).ok_or(Unopened::OutOfRange { size })?;
        Ok(Opened { object: facts.object(size), target, body: OpenedBody::Nothing })
    }

    fn read_range(&self, facts: &Facts) -> Result<Opened, Unopened> {
        let range = facts.content_range.ok_or_else(|| unreadable("a range without a readable Content-Range"))?;
        let target = self.wanted.of_size(range.size).ok_or(Unopened::OutOfRange { size: range.size })?;
        if range.span.start != target.start || range.span.end > target.end {
            return Err(Unopened::Unreadable(format!(
                "the bytes {} of {} are not those that were asked for",
                range.span, range.size
            )));
        }
        if facts.content_length.is_some_and(|length| length != range.span.len()) {
            return Err(unreadable("Content-Length contradicts Content-Range"));
        }
        Ok(Opened { object: facts.object(range.size), target, body: OpenedBody::Range(range.span) })
    }

    fn read_whole(&self, facts: &Facts) -> Result<Opened, Unopened> {
        let size = facts.content_length.ok_or_else(|| unreadable("no Content-Length"))?;
        let target = self.wanted.of_size(size).ok_or(Unopened::OutOfRange { size })?;
        if target.len() != size {
            return Err(Unopened::RangeIgnored);
        }
        Ok(Opened { object: facts.object(size), target, body: OpenedBody::Whole })
    }
}

fn unreadable(reason: &str) -> Unopened {
    Unopened::Unreadable(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use oss_models::{GetObjectRequest, Operation, ServiceError, Target};

    fn facts(status: u16, headers: &[(&'static str, &str)]) -> Facts {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Facts::of(StatusCode::from_u16(status).unwrap(), &map)
    }

    fn opening(wanted: Wanted) -> Opening {
        Opening::new(wanted, 10, RetryPolicy::default())
    }

    fn target() -> Target {
        GetObjectRequest::new("demo", "a").into_request().unwrap().target()
    }

    fn refused(status: u16, code: &str) -> CallError {
        let target = target();
        let error = ServiceError::new(StatusCode::from_u16(status).unwrap(), code);
        CallError::new(target, CallErrorKind::Service(Box::new(error)))
    }

    #[test]
    fn the_first_request_asks_for_at_most_one_part() {
        let ask = |wanted| match opening(wanted).ask() {
            Ask::Get(ByteRange::Between { first, last: Some(last) }) => format!("{first}-{last}"),
            Ask::Get(ByteRange::Last(count)) => format!("-{count}"),
            Ask::Get(other) => format!("{other:?}"),
            Ask::Head => "head".to_owned(),
        };
        assert_eq!(ask(Wanted::Whole), "0-9");
        assert_eq!(ask(Wanted::From(7)), "7-16");
        assert_eq!(ask(Wanted::Between { first: 7, last: 8 }), "7-8");
        assert_eq!(ask(Wanted::Between { first: 7, last: u64::MAX }), "7-16");
        assert_eq!(ask(Wanted::Last(10)), "-10");
        assert_eq!(ask(Wanted::Last(11)), "head");
    }

    #[test]
    fn a_response_opens_the_download_or_says_why_not() {
        let open = |wanted, status, headers: &[(&'static str, &str)]| {
            let opened = opening(wanted).on_response(&facts(status, headers))?;
            Ok((opened.object.size, opened.target.start, opened.target.end, opened.body))
        };
        let range = |start, end| OpenedBody::Range(Span { start, end });
        let whole = Wanted::Whole;
        assert_eq!(open(whole, 206, &[("content-range", "bytes 0-9/30")]), Ok((30, 0, 30, range(0, 10))));
        assert_eq!(open(whole, 206, &[("content-range", "bytes 0-3/4")]), Ok((4, 0, 4, range(0, 4))));
        assert_eq!(open(whole, 200, &[("content-length", "30")]), Ok((30, 0, 30, OpenedBody::Whole)));
        let last = Wanted::Last(4);
        assert_eq!(open(last, 206, &[("content-range", "bytes 26-29/30")]), Ok((30, 26, 30, range(26, 30))));
        assert_eq!(open(last, 200, &[("content-length", "30")]), Err(Unopened::RangeIgnored));
        assert_eq!(open(last, 200, &[("content-length", "3")]), Ok((3, 0, 3, OpenedBody::Whole)));
        let from = Wanted::From(5);
        assert_eq!(open(from, 200, &[("content-length", "5")]), Err(Unopened::OutOfRange { size: 5 }));
        for headers in [
            &[("content-range", "bytes 1-9/30")][..],
            &[("content-range", "bytes 0-9/*")],
            &[],
            &[("content-range", "bytes 0-9/30"), ("content-length", "9")],
        ] {
            assert!(matches!(open(whole, 206, headers), Err(Unopened::Unreadable(_))), "{headers:?}");
        }
        let between = Wanted::Between { first: 2, last: 3 };
        assert!(open(between, 206, &[("content-range", "bytes 2-4/30")]).is_err(), "more than was asked for");
        assert!(open(whole, 200, &[]).is_err());
    }

    #[test]
    fn a_range_that_no_object_has_leads_to_its_attributes_once() {
        let mut opening = opening(Wanted::Whole);
        let now = Duration::from_secs(1);
        assert!(opening.on_failed(refused(416, "InvalidRange"), now, 0.0).is_ok_and(|at| at == now));
        assert_eq!(opening.ask(), Ask::Head);
        let opened = opening.on_response(&facts(200, &[("content-length", "0")])).unwrap();
        assert_eq!((opened.target, opened.body), (Span::new(0, 0), OpenedBody::Nothing));
        assert!(opening.on_failed(refused(416, "InvalidRange"), now, 0.0).is_err());
        let mut ranged = self::opening(Wanted::From(7));
        assert!(ranged.on_failed(refused(416, "InvalidRange"), now, 0.0).is_err(), "a range of the caller's");
    }

    #[test]
    fn trouble_is_waited_for_and_a_refusal_or_an_unreachable_server_is_not() {
        let mut opening = opening(Wanted::Whole);
        assert!(opening.on_failed(refused(404, "NoSuchKey"), Duration::ZERO, 0.0).is_err());
        let mut opening = self::opening(Wanted::Whole);
        let at = opening.on_failed(refused(503, "ServiceUnavailable"), Duration::ZERO, 0.0).unwrap();
        assert!(at > Duration::ZERO);
        let connect = || {
            let kind = CallErrorKind::Connect { host: "h".to_owned(), source: "refused".into() };
            CallError::new(target(), kind)
        };
        assert!(opening.on_failed(connect(), at, 0.0).is_ok(), "it was reached before");
        assert!(self::opening(Wanted::Whole).on_failed(connect(), at, 0.0).is_err());
    }
}
