//! The body of one attempt, as it leaves.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{Body, BoxBody, BoxError, Crc64, Crc64Digest, Sent};

use crate::bandwidth::BandwidthLimit;
use crate::call::BoxFuture;
use crate::progress::Progress;

/// The body of one attempt: what the HTTP client sends.
///
/// The source is opened when the first byte is needed, so that an attempt that fails before consumes nothing. Bytes pass
/// through uncopied, in pieces of at most 256 KiB; on the way they are counted, held against the announced length, and
/// summed up (CRC64) unless the source knows the sum. The last piece is handed out only when the source has confirmed its
/// end, so that a source that grew is noticed before the server has all it waits for.
pub struct WireBody {
    body: Body,
    source: Source,
    /// Bytes taken from the source that have not left.
    held: Bytes,
    taken: u64,
    left: u64,
    expected: Option<u64>,
    /// CRC64 that the source knows.
    known: Option<Crc64>,
    digest: Option<Crc64Digest>,
    bandwidth: BandwidthLimit,
    delay: Option<BoxFuture<'static, ()>>,
    /// Whether the bandwidth limit has let the next piece pass.
    piece: Option<Bytes>,
    progress: Progress,
    record: SendRecord,
}

enum Source {
    Unopened,
    Open(BoxBody),
    Ended,
}

/// Largest piece that leaves at once. Small enough for the bytes to be in the processor's cache when they are written
/// after having been summed up, and for progress to be visible.
const PIECE: usize = 256 * 1024;

impl WireBody {
    /// The body of an attempt, which is summed up if `with_crc64`, and leaves within `bandwidth`.
    pub fn new(body: Body, with_crc64: bool, bandwidth: BandwidthLimit) -> Self {
        let expected = body.len();
        let known = body.crc64().filter(|_| with_crc64);
        let this = Self {
            // A body without bytes needs no opening.
            source: if expected == Some(0) { Source::Ended } else { Source::Unopened },
            body,
            held: Bytes::new(),
            taken: 0,
            left: 0,
            expected,
            known,
            digest: (with_crc64 && known.is_none()).then(Crc64Digest::new),
            bandwidth,
            delay: None,
            piece: None,
            progress: Progress::new(),
            record: SendRecord::default(),
        };
        if this.is_end_stream() {
            this.finish();
        }
        this
    }

    /// Progress of the attempt that this body belongs to.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(crate) fn record(&self) -> &SendRecord {
        &self.record
    }

    /// Announced length in bytes, if known.
    pub fn expected_len(&self) -> Option<u64> {
        self.expected
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        loop {
            if self.piece.is_none() {
                if !self.may_release() {
                    match ready!(self.poll_source(cx)) {
                        Ok(Some(data)) => self.take(data)?,
                        Ok(None) => self.end()?,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                    continue;
                }
                if self.held.is_empty() {
                    return Poll::Ready(Ok(None));
                }
                let len = self.held.len().min(self.bandwidth.piece().unwrap_or(PIECE));
                self.piece = Some(self.held.split_to(len));
                self.delay = self.bandwidth.reserve(len);
            }
            if let Some(delay) = &mut self.delay {
                ready!(delay.as_mut().poll(cx));
                self.delay = None;
            }
            return Poll::Ready(Ok(self.piece.take()));
        }
    }

    /// Whether held bytes may leave: not the last ones while the source may still turn out too long.
    fn may_release(&self) -> bool {
        let may_be_last = self.expected.is_some_and(|expected| self.taken >= expected);
        matches!(self.source, Source::Ended) || (!self.held.is_empty() && !may_be_last)
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        loop {
            match &mut self.source {
                Source::Unopened => self.source = Source::Open(self.body.open().map_err(BodyError::Source)?),
                Source::Open(open) => match ready!(open.as_mut().poll_frame(cx)) {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Poll::Ready(Ok(Some(data)));
                        }
                    }
                    Some(Err(error)) => return Poll::Ready(Err(BodyError::Source(error))),
                    None => return Poll::Ready(Ok(None)),
                },
                Source::Ended => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn take(&mut self, data: Bytes) -> Result<(), BodyError> {
        self.taken = self.taken.saturating_add(data.len() as u64);
        if let Some(expected) = self.expected.filter(|expected| self.taken > *expected) {
            return Err(BodyError::TooLong { expected });
        }
        if !data.is_empty() {
            // At the announced length only empty frames can follow, so nothing that is held is ever replaced.
            self.held = data;
        }
        if matches!(&self.source, Source::Open(open) if open.is_end_stream()) {
            self.end()?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), BodyError> {
        self.source = Source::Ended;
        match self.expected {
            Some(expected) if self.taken < expected => Err(BodyError::TooShort { expected, got: self.taken }),
            _ => Ok(()),
        }
    }

    fn leave(&mut self, piece: &Bytes) {
        let len = piece.len() as u64;
        self.left += len;
        if let Some(digest) = &mut self.digest {
            digest.update(piece);
        }
        self.progress.body_taken(len);
        if self.is_end_stream() {
            self.finish();
        }
    }

    fn finish(&self) {
        self.progress.body_done();
        let crc64 = self.known.or_else(|| self.digest.map(|digest| digest.value()));
        let sent = crc64.map(|crc64| Sent::new(self.left, crc64));
        self.record.state().sent = sent;
        sent.into_iter().for_each(|sent| self.body.on_sent(sent));
    }
}

impl HttpBody for WireBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let polled = this.poll_piece(cx);
        this.progress.waits_for_source(polled.is_pending());
        match ready!(polled) {
            Ok(Some(piece)) => {
                this.leave(&piece);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Ok(None) => {
                this.finish();
                Poll::Ready(None)
            }
            Err(error) => {
                this.source = Source::Ended;
                let text = error.to_string();
                this.record.state().error = Some(error);
                Poll::Ready(Some(Err(text.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Ended) && self.held.is_empty() && self.piece.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.expected {
            Some(expected) => SizeHint::with_exact(expected.saturating_sub(self.left)),
            None => SizeHint::default(),
        }
    }
}

impl std::fmt::Debug for WireBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WireBody").field("expected", &self.expected).field("left", &self.left).finish_non_exhaustive()
    }
}

/// What became of the body of one attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct SendRecord(Arc<Mutex<SendState>>);

#[derive(Debug, Default)]
struct SendState {
    sent: Option<Sent>,
    error: Option<BodyError>,
}

impl SendRecord {
    /// Count and CRC64, if the whole body left and was summed up.
    pub(crate) fn sent(&self) -> Option<Sent> {
        self.state().sent
    }

    /// The error of the source that ended the attempt, whatever the HTTP client made of it.
    pub(crate) fn take_error(&self) -> Option<BoxError> {
        self.state().error.take().map(BodyError::into_box)
    }

    fn state(&self) -> MutexGuard<'_, SendState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a body could not be sent as announced. Nothing of it is retried: the network is not to blame.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// The source failed.
    Source(BoxError),
    /// The source ended early.
    TooShort {
        /// Announced length.
        expected: u64,
        /// Bytes that came.
        got: u64,
    },
    /// The source had more than announced; the request was cut off before its end.
    TooLong {
        /// Announced length.
        expected: u64,
    },
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(_) => f.write_str("the source failed"),
            Self::TooShort { expected, got } => write!(f, "the source ended after {got} of {expected} bytes"),
            Self::TooLong { expected } => write!(f, "the source has more than the announced {expected} bytes"),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Source(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl BodyError {
    /// The source's own error speaks for itself.
    fn into_box(self) -> BoxError {
        match self {
            Self::Source(error) => error,
            other => other.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, StreamBody};
    use proptest::prelude::*;
    use tokio_stream::frames;

    /// Frames that are there already.
    mod tokio_stream {
        use super::*;

        pub(super) fn frames(pieces: &[&[u8]]) -> impl HttpBody<Data = Bytes, Error = BoxError> + Send + 'static {
            let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
            StreamBody::new(Iter(pieces.into_iter()))
        }

        struct Iter<I>(I);
        impl<I: Iterator + Unpin> futures_core::Stream for Iter<I> {
            type Item = I::Item;
            fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
                Poll::Ready(self.0.next())
            }
        }
    }

    fn wire(body: Body) -> WireBody {
        WireBody::new(body, true, BandwidthLimit::unlimited())
    }

    async fn send(body: Body) -> Result<(Bytes, Option<Sent>), String> {
        let wire = wire(body);
        let record = wire.record().clone();
        match wire.collect().await {
            Ok(all) => Ok((all.to_bytes(), record.sent())),
            Err(_) => Err(record.take_error().expect("the record has the error").to_string()),
        }
    }

    #[tokio::test]
    async fn what_leaves_is_counted_and_summed_up() {
        let (bytes, sent) = send(Body::once(Some(9), frames(&[b"1234", b"", b"56789"]))).await.unwrap();
        assert_eq!(bytes, "123456789");
        assert_eq!(sent, Some(Sent::new(9, Crc64::of(b"123456789"))));
        assert_eq!(send(Body::empty()).await.unwrap().1, Some(Sent::new(0, Crc64::EMPTY)));
    }

    #[tokio::test]
    async fn a_crc64_that_the_source_knows_is_taken_and_not_computed_again() {
        struct Knowing;
        impl oss_models::OpenBody for Knowing {
            fn len(&self) -> u64 {
                4
            }
            fn crc64(&self) -> Option<Crc64> {
                Some(Crc64::from_u64(7))
            }
            fn open(&self) -> Result<BoxBody, BoxError> {
                Ok(Box::pin(frames(&[b"1234"])))
            }
        }
        let (_, sent) = send(Body::replayable(Knowing)).await.unwrap();
        assert_eq!(sent, Some(Sent::new(4, Crc64::from_u64(7))));
    }

    /// Rows: R79.
    #[tokio::test]
    async fn a_short_source_names_what_was_announced_and_what_came() {
        let error = send(Body::once(Some(9), frames(&[b"1234"]))).await.unwrap_err();
        assert_eq!(error, "the source ended after 4 of 9 bytes");
    }

    /// Rows: R79.
    #[tokio::test]
    async fn a_long_source_is_cut_off_before_the_server_has_all_it_waits_for() {
        let mut body = wire(Body::once(Some(4), frames(&[b"12", b"34", b"5"])));
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(first, "12");
        assert!(body.frame().await.unwrap().is_err(), "the last announced bytes must not leave");
        let record = body.record().clone();
        assert_eq!(record.take_error().unwrap().to_string(), "the source has more than the announced 4 bytes");
    }

    #[tokio::test]
    async fn nothing_is_consumed_before_the_first_byte_is_wanted() {
        let body = Body::once(Some(1), frames(&[b"1"]));
        drop(wire(body.clone()));
        assert!(body.can_open());
        let (bytes, _) = send(body.clone()).await.unwrap();
        assert_eq!(bytes, "1");
        assert!(send(body).await.unwrap_err().contains("already sent"), "never an empty body in its place");
    }

    proptest! {
        #[test]
        fn any_pieces_arrive_whole(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..8), known in any::<bool>()) {
            let whole = pieces.concat();
            let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let body = Body::once(known.then_some(whole.len() as u64), frames(&slices));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let (bytes, sent) = runtime.block_on(send(body)).unwrap();
            prop_assert_eq!(&bytes[..], &whole[..]);
            prop_assert_eq!(sent, Some(Sent::new(whole.len() as u64, Crc64::of(&whole))));
        }
    }
}
