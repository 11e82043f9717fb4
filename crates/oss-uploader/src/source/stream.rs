use std::io::{self, Read};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, Bytes, BytesMut};
use futures_core::Stream;
use oss_models::{BoxError, Crc64, Crc64Digest};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::{SourceError, blocking};
use crate::scheduler::Permit;

/// Something that is read once, from front to back.
pub(crate) struct StreamSource {
    reader: Reader,
    /// Length that was stated.
    len: Option<u64>,
    offset: u64,
}

pub(crate) enum Reader {
    Async(Pin<Box<dyn AsyncRead + Send>>),
    Blocking(Box<dyn Read + Send>),
}

/// A buffer filled from a stream.
pub(crate) struct Filled {
    pub(crate) blocks: Blocks,
    /// Whether the stream has no more.
    pub(crate) ended: bool,
    /// Its share of the bytes that may be in buffers.
    pub(crate) share: Option<Permit>,
}

impl Filled {
    /// Keeps what the bytes need of `share` for as long as they are held.
    pub(crate) fn holding(mut self, mut share: Permit) -> Self {
        share.shrink_to(self.blocks.len());
        self.share = Some(share);
        self
    }
}

impl StreamSource {
    pub(crate) fn new(reader: Reader, len: Option<u64>) -> Self {
        Self { reader, len, offset: 0 }
    }

    /// Length that was stated.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// Reads until `want` bytes are there or the stream ends, however short its reads are.
    pub(crate) async fn fill(&mut self, want: u64) -> Result<Filled, SourceError> {
        let mut filling = Filling::default();
        while let Some(room) = filling.room(want) {
            let offset = self.offset;
            let block = self.fill_block(room).await;
            let block = block.map_err(|source| SourceError::Read { path: None, offset, source })?;
            self.offset = offset.saturating_add(block.len() as u64);
            filling.ended = block.len() < room;
            filling.push(block);
        }
        self.check_length(filling.ended)?;
        Ok(filling.finish())
    }

    /// Reads one block of `room` bytes, or fewer at the end of the stream.
    async fn fill_block(&mut self, room: usize) -> io::Result<Bytes> {
        match &mut self.reader {
            Reader::Async(reader) => {
                let mut block = BytesMut::with_capacity(room);
                while block.len() < room {
                    let left = room - block.len();
                    if reader.read_buf(&mut (&mut block).limit(left)).await? == 0 {
                        break;
                    }
                }
                Ok(block.freeze())
            }
            Reader::Blocking(reader) => {
                let mut taken = std::mem::replace(reader, Box::new(io::empty()));
                let read = blocking(move || {
                    let mut block = Vec::with_capacity(room);
                    let read = (&mut taken).take(room as u64).read_to_end(&mut block);
                    Ok((taken, read.map(|_| Bytes::from(block))))
                });
                let (back, block) = read.await.map_err(io::Error::other)?;
                *reader = back;
                block
            }
        }
    }

    fn check_length(&self, ended: bool) -> Result<(), SourceError> {
        let Some(declared) = self.len else { return Ok(()) };
        if self.offset > declared || (ended && self.offset < declared) {
            return Err(SourceError::SizeMismatch { declared, found: self.offset });
        }
        Ok(())
    }
}

#[derive(Default)]
struct Filling {
    blocks: Vec<Bytes>,
    len: u64,
    digest: Crc64Digest,
    ended: bool,
}

impl Filling {
    /// Size of the next block; `None` if nothing is missing or nothing more comes.
    fn room(&self, want: u64) -> Option<usize> {
        let missing = usize::try_from(want.saturating_sub(self.len)).unwrap_or(usize::MAX);
        (missing > 0 && !self.ended).then_some(missing.min(STREAM_BLOCK))
    }

    fn push(&mut self, block: Bytes) {
        if !block.is_empty() {
            self.len += block.len() as u64;
            self.digest.update(&block);
            self.blocks.push(block);
        }
    }

    fn finish(self) -> Filled {
        let blocks = Blocks { blocks: self.blocks.into(), len: self.len, crc64: self.digest.value() };
        Filled { blocks, ended: self.ended, share: None }
    }
}

/// Bytes in memory, as a list of blocks, with their CRC64. Cheap to clone.
///
/// Blocks instead of one buffer: nothing is moved while a part fills up, and a short stream takes only what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    blocks: Arc<[Bytes]>,
    len: u64,
    crc64: Crc64,
}

impl Blocks {
    /// A range of bytes that are in memory already; they are not copied.
    pub(crate) fn slice(bytes: &Bytes, offset: u64, len: u64) -> Self {
        let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
        let mut rest = bytes.slice(clamp(offset)..clamp(offset.saturating_add(len)));
        let mut filling = Filling::default();
        while !rest.is_empty() {
            filling.push(rest.split_to(rest.len().min(STREAM_BLOCK)));
        }
        filling.finish().blocks
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn crc64(&self) -> Crc64 {
        self.crc64
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.blocks.iter()
    }

    pub(crate) fn block(&self, index: usize) -> Option<Bytes> {
        self.blocks.get(index).cloned()
    }
}

/// A stream of pieces, read as bytes.
pub(crate) struct StreamReader<S, B> {
    stream: Pin<Box<S>>,
    rest: Bytes,
    piece: PhantomData<fn() -> B>,
}

impl<S, B> StreamReader<S, B> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream: Box::pin(stream), rest: Bytes::new(), piece: PhantomData }
    }
}

impl<S, B, E> AsyncRead for StreamReader<S, B>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.stream.as_mut().poll_next(cx)) {
                Some(Ok(piece)) => self.rest = piece.into(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let take = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest.split_to(take));
        Poll::Ready(Ok(()))
    }
}

const STREAM_BLOCK: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives its bytes in pieces of the sizes listed, over and over.
    struct Choppy {
        bytes: Bytes,
        sizes: Vec<usize>,
        turn: usize,
    }

    impl Read for Choppy {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()];
            self.turn += 1;
            let n = size.min(buffer.len()).min(self.bytes.len());
            buffer[..n].copy_from_slice(&self.bytes.split_to(n));
            Ok(n)
        }
    }

    impl AsyncRead for Choppy {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let n = Read::read(&mut *self, buffer.initialize_unfilled()).unwrap();
            buffer.advance(n);
            Poll::Ready(Ok(()))
        }
    }

    fn parts(mut source: StreamSource, want: u64) -> Vec<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut parts = Vec::new();
            loop {
                let filled = source.fill(want).await.unwrap();
                let bytes: Vec<u8> = filled.blocks.iter().flatten().copied().collect();
                assert_eq!((bytes.len() as u64, Crc64::of(&bytes)), (filled.blocks.len(), filled.blocks.crc64()));
                parts.push(bytes);
                if filled.ended {
                    return parts;
                }
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Rows: W3, R8.
        #[test]
        fn short_reads_never_make_short_parts(
            bytes in proptest::collection::vec(any::<u8>(), 0..4000),
            sizes in proptest::collection::vec(1..700_usize, 1..5),
            want in 1..1500_u64,
        ) {
            let choppy = || Choppy { bytes: bytes.clone().into(), sizes: sizes.clone(), turn: 0 };
            for reader in [Reader::Async(Box::pin(choppy())), Reader::Blocking(Box::new(choppy()))] {
                let parts = parts(StreamSource::new(reader, None), want);
                let (last, full) = parts.split_last().unwrap();
                prop_assert!(full.iter().all(|part| part.len() as u64 == want) && (last.len() as u64) < want);
                prop_assert_eq!(parts.concat(), bytes.clone());
            }
        }
    }

    /// Rows: R12.
    #[tokio::test]
    async fn a_stream_that_is_shorter_or_longer_than_it_said_is_an_error() {
        for (declared, want) in [(9, 100), (11, 100), (9, 10)] {
            let reader = Reader::Async(Box::pin(&b"0123456789"[..]));
            let error = StreamSource::new(reader, Some(declared)).fill(want).await.err().unwrap();
            assert!(matches!(error, SourceError::SizeMismatch { declared: d, .. } if d == declared), "{error}");
        }
    }

    /// Rows: R11, R15.
    #[tokio::test]
    async fn an_error_of_the_reader_tells_the_offset() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("disk on fire"))
            }
        }
        let reader = Reader::Blocking(Box::new(Read::chain(&b"0123"[..], Failing)));
        let mut source = StreamSource::new(reader, None);
        source.fill(3).await.unwrap();
        let error = source.fill(10).await.err().unwrap();
        assert!(matches!(error, SourceError::Read { offset: 3, .. }), "{error}");
    }

    #[test]
    fn a_slice_shares_its_bytes_and_stays_within_them() {
        let bytes = Bytes::from_static(b"0123456789");
        assert_eq!(Blocks::slice(&bytes, 3, 4).crc64(), Crc64::of(b"3456"));
        assert_eq!(Blocks::slice(&bytes, 8, u64::MAX).len(), 2);
        assert_eq!(Blocks::slice(&bytes, u64::MAX, 1).len(), 0);
    }
}
