use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use ossup::{Body, BoxBody, BoxError, Crc64, Crc64Digest, OpenBody};

/// Bytes in memory that lie in several pieces, as engines hand them over: sent as they are, without a copy.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    pieces: Arc<[Bytes]>,
    len: u64,
    crc64: Crc64,
}

impl Pieces {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let pieces: Arc<[Bytes]> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let mut digest = Crc64Digest::new();
        pieces.iter().for_each(|piece| digest.update(piece));
        Self { pieces, len: digest.len(), crc64: digest.value() }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// CRC64 of all bytes.
    pub(crate) fn crc64(&self) -> Crc64 {
        self.crc64
    }

    pub(crate) fn body(&self) -> Body {
        match &*self.pieces {
            [] => Body::empty(),
            _ => Body::replayable(self.clone()),
        }
    }

    /// All bytes in one piece.
    #[cfg(test)]
    fn concat(&self) -> Bytes {
        let mut bytes = BytesMut::new();
        self.pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        bytes.freeze()
    }
}

impl OpenBody for Pieces {
    fn len(&self) -> u64 {
        self.len
    }

    fn crc64(&self) -> Option<Crc64> {
        Some(self.crc64)
    }

    fn open(&self) -> Result<BoxBody, BoxError> {
        Ok(Box::pin(PiecesBody(self.pieces.iter().cloned().collect())))
    }
}

/// One opening.
struct PiecesBody(VecDeque<Bytes>);

/// Small pieces are sent together: as many frames as a block of an engine has pieces would cost more than the copy.
const TOGETHER: usize = 64 * 1024;

impl http_body::Body for PiecesBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        let Some(first) = self.0.pop_front() else { return Poll::Ready(None) };
        let fits = |len: usize, next: Option<&Bytes>| next.is_some_and(|next| len + next.len() <= TOGETHER);
        if !fits(first.len(), self.0.front()) {
            return Poll::Ready(Some(Ok(http_body::Frame::data(first))));
        }
        let mut together = BytesMut::with_capacity(TOGETHER);
        together.extend_from_slice(&first);
        while fits(together.len(), self.0.front()) {
            let Some(next) = self.0.pop_front() else { break };
            together.extend_from_slice(&next);
        }
        Poll::Ready(Some(Ok(http_body::Frame::data(together.freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::prelude::*;

    use super::*;

    async fn read(mut body: BoxBody) -> Vec<Bytes> {
        let mut frames = Vec::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            frames.push(frame.unwrap().into_data().unwrap());
        }
        frames
    }

    proptest! {
        #[test]
        fn every_opening_gives_all_bytes_in_order(lens in proptest::collection::vec(0..100_000_usize, 0..12)) {
            let cut = |len: usize, n: usize| Bytes::from((0..251_u8).cycle().skip(n).take(len).collect::<Vec<_>>());
            let pieces = Pieces::new(lens.iter().enumerate().map(|(n, len)| cut(*len, n)));
            let whole = pieces.concat();
            prop_assert_eq!((pieces.len(), pieces.crc64()), (whole.len() as u64, Crc64::of(&whole)));
            for _ in 0..2 {
                let frames = futures_util::future::FutureExt::now_or_never(read(pieces.open().unwrap())).unwrap();
                prop_assert!(frames.iter().all(|frame| !frame.is_empty()));
                prop_assert_eq!(&frames.concat(), &whole);
            }
        }
    }

    #[test]
    fn small_pieces_are_sent_together() {
        let pieces = Pieces::new((0..1_000).map(|_| Bytes::from_static(&[7; 100])));
        let frames = futures_util::future::FutureExt::now_or_never(read(pieces.open().unwrap())).unwrap();
        assert_eq!(frames.len(), 2);
        assert!(Pieces::new([Bytes::new()]).body().is_empty());
    }
}
