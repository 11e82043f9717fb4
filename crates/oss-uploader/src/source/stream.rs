use std::io::{self, Read};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use oss_models::{BoxError, Crc64, Crc64Digest};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::task::consume_budget;

use super::part::ExpectedMd5;
use super::pool::{Block, BlockPool};
use super::{SourceError, blocking};
use oss_transfer::Permit;

/// Something that is read once, from front to back.
pub(crate) struct StreamSource {
    reader: Reader,
    /// Length that was stated.
    len: Option<u64>,
    /// Digest of all that was read, if the caller said what it must be.
    md5: Option<ExpectedMd5>,
    offset: u64,
    /// Known with the first part: blocks that are larger than it would take more memory than it needs.
    blocks: Option<BlockPool>,
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
        Self { reader, len, md5: None, offset: 0, blocks: None }
    }

    /// Compares the MD5 of the whole with this one, in base64, when its end is read.
    pub(crate) fn expecting_md5(mut self, content_md5: Option<&str>) -> Self {
        self.md5 = content_md5.map(ExpectedMd5::new);
        self
    }

    /// Length that was stated.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// Reads until `want` bytes are there or the stream ends, however short its reads are.
    pub(crate) async fn fill(&mut self, want: u64) -> Result<Filled, SourceError> {
        let block_len = || usize::try_from(want).unwrap_or(usize::MAX).clamp(1, STREAM_BLOCK);
        let filling = Filling {
            pool: self.blocks.get_or_insert_with(|| BlockPool::new(block_len())).clone(),
            offset: self.offset,
            want,
            blocks: Vec::new(),
            digest: Crc64Digest::new(),
            md5: self.md5.take(),
            ended: false,
        };
        let mut filling = match &mut self.reader {
            Reader::Async(reader) => filling.read_async(reader.as_mut()).await?,
            Reader::Blocking(reader) => {
                let mut taken = std::mem::replace(reader, Box::new(io::empty()));
                // Goes with this future: what is read afterwards is not needed.
                let wanted = Arc::new(());
                let listener = Arc::downgrade(&wanted);
                let read = blocking(false, move || {
                    let filled = filling.read_blocking(&mut *taken, || listener.strong_count() > 0);
                    Ok((taken, filled))
                });
                let (back, filled) = read.await?;
                *reader = back;
                filled?
            }
        };
        self.offset = filling.offset;
        self.check_length(filling.ended)?;
        self.md5 = filling.md5.take();
        if let Some(md5) = self.md5.as_ref().filter(|_| filling.ended) {
            md5.check()?;
        }
        Ok(filling.finish())
    }

    fn check_length(&self, ended: bool) -> Result<(), SourceError> {
        let Some(declared) = self.len else { return Ok(()) };
        if self.offset > declared || (ended && self.offset < declared) {
            return Err(SourceError::SizeMismatch { declared, found: self.offset });
        }
        Ok(())
    }
}

/// A buffer on its way to be filled.
struct Filling {
    pool: BlockPool,
    /// Of the next block in the stream.
    offset: u64,
    /// Bytes that are missing.
    want: u64,
    blocks: Vec<Bytes>,
    digest: Crc64Digest,
    md5: Option<ExpectedMd5>,
    ended: bool,
}

impl Filling {
    async fn read_async(mut self, mut reader: Pin<&mut (dyn AsyncRead + Send)>) -> Result<Self, SourceError> {
        while let Some(mut block) = self.next_block() {
            let mut filled = 0;
            while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                // A reader that is always ready must not keep the task from yielding.
                consume_budget().await;
                match reader.read(rest).await.map_err(|source| self.read_error(source))? {
                    0 => break,
                    n => {
                        self.sum_up(rest, n);
                        filled += n;
                    }
                }
            }
            self.push(block, filled);
        }
        Ok(self)
    }

    fn read_blocking(mut self, reader: &mut dyn Read, is_wanted: impl Fn() -> bool) -> Result<Self, SourceError> {
        while let Some(mut block) = self.next_block().filter(|_| is_wanted()) {
            let mut filled = 0;
            while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty() && is_wanted()) {
                match reader.read(rest) {
                    Ok(0) => break,
                    Ok(n) => {
                        self.sum_up(rest, n);
                        filled += n;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(self.read_error(error)),
                }
            }
            self.push(block, filled);
        }
        Ok(self)
    }

    /// Room for what comes next; `None` if nothing is missing or nothing more comes.
    fn next_block(&self) -> Option<Block> {
        let missing = usize::try_from(self.want).unwrap_or(usize::MAX);
        (missing > 0 && !self.ended).then(|| self.pool.take(missing))
    }

    fn push(&mut self, block: Block, filled: usize) {
        self.ended = filled < block.len();
        self.offset = self.offset.saturating_add(filled as u64);
        self.want = self.want.saturating_sub(filled as u64);
        if filled > 0 {
            self.blocks.push(block.freeze(filled));
        }
    }

    /// Takes what was just read, the start of `buffer`, into the checksum. Now it is in the processor's cache; when the
    /// block is full some of it is not, and when the part is sent nothing.
    fn sum_up(&mut self, buffer: &[u8], read: usize) {
        let read = buffer.get(..read).unwrap_or(buffer);
        self.digest.update(read);
        if let Some(md5) = &mut self.md5 {
            md5.update(read);
        }
    }

    fn read_error(&self, source: io::Error) -> SourceError {
        SourceError::Read { path: None, offset: self.offset, source }
    }

    fn finish(self) -> Filled {
        let blocks = Blocks { crc64: Some(self.digest.value()), ..self.blocks.into() };
        Filled { blocks, ended: self.ended, share: None }
    }
}

/// Bytes in memory, as a list of blocks. Cheap to clone.
///
/// Blocks instead of one buffer: nothing is moved while a part fills up, and a short stream takes only what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    blocks: Arc<[Bytes]>,
    len: u64,
    /// Known if they were read just now.
    crc64: Option<Crc64>,
}

impl From<Vec<Bytes>> for Blocks {
    fn from(blocks: Vec<Bytes>) -> Self {
        Self { len: blocks.iter().map(|block| block.len() as u64).sum(), blocks: blocks.into(), crc64: None }
    }
}

impl Blocks {
    /// A range of bytes that are in memory already; they are not copied.
    pub(crate) fn slice(bytes: &Bytes, offset: u64, len: u64) -> Self {
        let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
        let mut rest = bytes.slice(clamp(offset)..clamp(offset.saturating_add(len)));
        let mut blocks = Vec::with_capacity(rest.len().div_ceil(STREAM_BLOCK));
        while !rest.is_empty() {
            blocks.push(rest.split_to(rest.len().min(STREAM_BLOCK)));
        }
        blocks.into()
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// CRC64, if it costs nothing.
    pub(crate) fn known_crc64(&self) -> Option<Crc64> {
        self.crc64
    }

    /// CRC64, computed now if need be: mostly the service sums up what it sends, and once is enough.
    pub(crate) fn crc64(&self) -> Crc64 {
        if let Some(known) = self.crc64 {
            return known;
        }
        let mut digest = Crc64Digest::new();
        self.iter().for_each(|block| digest.update(block));
        digest.value()
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
            // Without this, pieces without bytes that are always ready would keep the task from ever yielding.
            ready!(pin!(consume_budget()).poll(cx));
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

/// The larger, the fewer places in memory a part is scattered over. Of a block that is not filled, the system gives only
/// what is touched.
const STREAM_BLOCK: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A larger one takes more memory than the part needs wherever the allocator has to clear it.
    #[tokio::test]
    async fn a_block_is_no_larger_than_the_first_part() {
        for (want, expected) in [(1, 1), (100 << 10, 100 << 10), (1 << 30, STREAM_BLOCK)] {
            let mut source = StreamSource::new(Reader::Async(Box::pin(tokio::io::empty())), None);
            source.fill(want).await.unwrap();
            assert_eq!(source.blocks.unwrap().take(usize::MAX).len(), expected);
        }
    }

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
