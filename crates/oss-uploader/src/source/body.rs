use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, Crc64, OpenBody, Sent};
use oss_transfer::{Pacer, PartGauge};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, consume_budget};
use tokio::time::{Instant, Sleep, sleep_until};

use super::file::BLOCK;
use super::part::{PartBytes, PartSource};
use super::{Blocks, FileSource, SourceError};

/// The body of one request that carries a part: it can be opened again for each attempt, and its bytes are counted as
/// they leave.
pub(crate) struct PartBody {
    source: PartSource,
    gauge: Arc<PartGauge>,
    pacer: Option<Arc<Pacer>>,
    handover: Arc<Handover>,
}

/// What is known of a body whose bytes were handed to the service.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    whole: AtomicBool,
    crc64s: Mutex<Vec<Crc64>>,
}

impl Handover {
    /// Of a body of `len` bytes; one without bytes is handed over by sending the request.
    pub(crate) fn of(len: u64) -> Arc<Self> {
        Arc::new(Self { whole: AtomicBool::new(len == 0), crc64s: Mutex::default() })
    }

    /// Whether all bytes of an opening were handed over, so that nothing can be called back.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole.load(Relaxed)
    }

    /// CRC64 of the bytes of each opening that were handed over, the latest last, as far as the service counted them: it may
    /// open a body again by itself, and the source may have changed meanwhile.
    pub(crate) fn take_crc64s(&self) -> Vec<Crc64> {
        std::mem::take(&mut self.crc64s.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PartBody {
    pub(crate) fn new(source: PartSource, gauge: Arc<PartGauge>) -> Self {
        Self { source, gauge, pacer: None, handover: Arc::default() }
    }

    /// Notes in `handover` what becomes of the bytes.
    pub(crate) fn noted(mut self, handover: &Arc<Handover>) -> Self {
        self.handover = handover.clone();
        self
    }

    /// Lets bytes leave no faster than `pacer` allows.
    pub(crate) fn paced(mut self, pacer: Option<&Arc<Pacer>>) -> Self {
        self.pacer = pacer.cloned();
        self
    }
}

impl OpenBody for PartBody {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn crc64(&self) -> Option<Crc64> {
        match &self.source.0 {
            PartBytes::File { .. } => None,
            PartBytes::Memory(blocks) => blocks.known_crc64(),
        }
    }

    fn on_sent(&self, sent: Sent) {
        self.handover.crc64s.lock().unwrap_or_else(PoisonError::into_inner).push(sent.crc64);
    }

    fn open(&self) -> Result<BoxBody, BoxError> {
        self.gauge.reset();
        let blocks = match &self.source.0 {
            PartBytes::Memory(blocks) => BlockReader::Memory { blocks: blocks.clone(), next: 0, rest: Bytes::new() },
            PartBytes::File { file, offset, len } => BlockReader::File(FileReader {
                file: file.clone(),
                start: *offset,
                next: *offset,
                end: offset.saturating_add(*len),
                read: VecDeque::new(),
                reading: None,
                runtime: Handle::try_current()?,
            }),
        };
        let (gauge, pacer, handover) = (self.gauge.clone(), self.pacer.clone(), self.handover.clone());
        Ok(Box::pin(PartFrames { blocks, left: self.source.len(), gauge, pacer, handover, held: None }))
    }
}

/// A part on its way.
struct PartFrames {
    blocks: BlockReader,
    left: u64,
    gauge: Arc<PartGauge>,
    pacer: Option<Arc<Pacer>>,
    handover: Arc<Handover>,
    /// A block that is read and may not leave yet.
    held: Option<(Bytes, Pin<Box<Sleep>>)>,
}

impl Body for PartFrames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // Blocks in memory are always ready, and a service need not be one that waits.
        ready!(pin!(consume_budget()).poll(cx));
        if self.held.is_none() {
            let block = match ready!(self.blocks.poll_block(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(block)) => block,
            };
            match &self.pacer {
                None => return self.leave(block),
                Some(pacer) => {
                    let at = pacer.reserve(block.len() as u64, Instant::now());
                    self.held = Some((block, Box::pin(sleep_until(at))));
                }
            }
        }
        if let Some((_, until)) = &mut self.held {
            ready!(until.as_mut().poll(cx));
        }
        match self.held.take() {
            Some((block, _)) => self.leave(block),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl PartFrames {
    fn leave(&mut self, block: Bytes) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.left = self.left.saturating_sub(block.len() as u64);
        self.gauge.add(block.len() as u64);
        if self.left == 0 {
            self.handover.whole.store(true, Relaxed);
        }
        Poll::Ready(Some(Ok(Frame::data(block))))
    }
}

enum BlockReader {
    Memory {
        blocks: Blocks,
        next: usize,
        /// What of a block has not left.
        rest: Bytes,
    },
    File(FileReader),
}

impl BlockReader {
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SourceError>>> {
        match self {
            Self::File(file) => file.poll_block(cx),
            Self::Memory { blocks, next, rest } => {
                if rest.is_empty() {
                    let Some(block) = blocks.block(*next) else { return Poll::Ready(None) };
                    *rest = block;
                    *next += 1;
                }
                Poll::Ready(Some(Ok(rest.split_to(rest.len().min(FRAME)))))
            }
        }
    }
}

/// Reads a range of a file: block by block where that needs no waiting, otherwise a larger piece at a time on a thread
/// that may block, after which the system has mostly read ahead.
struct FileReader {
    file: Arc<FileSource>,
    start: u64,
    next: u64,
    end: u64,
    /// Blocks of a larger piece that have not left.
    read: VecDeque<Bytes>,
    reading: Option<JoinHandle<Result<VecDeque<Bytes>, SourceError>>>,
    runtime: Handle,
}

impl FileReader {
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SourceError>>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let blocks = ready!(Pin::new(reading).poll(cx)).unwrap_or(Err(SourceError::Panicked));
                self.reading = None;
                match blocks {
                    Ok(blocks) => self.read = blocks,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            if let Some(block) = self.read.pop_front() {
                return Poll::Ready(Some(Ok(block)));
            }
            if self.next >= self.end {
                return Poll::Ready(None);
            }
            match self.file.read_cached(self.next, self.end) {
                Ok(Some(block)) => {
                    self.next = self.next.saturating_add(block.len() as u64);
                    return Poll::Ready(Some(Ok(block)));
                }
                Ok(None) => self.read_on_a_thread(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    fn read_on_a_thread(&mut self) {
        let (file, mut at, end) = (self.file.clone(), self.next, self.next.saturating_add(PIECE).min(self.end));
        self.next = end;
        self.reading = Some(self.runtime.spawn_blocking(move || {
            let mut blocks = VecDeque::new();
            while at < end {
                let block = file.read_block(at, end)?;
                at = at.saturating_add(block.len() as u64);
                blocks.push_back(block);
            }
            Ok(blocks)
        }));
    }
}

/// Most bytes of a block in memory that leave at a time. What has left is what the network has taken, give or take one of
/// these: the automatic number of parts and the limit of bandwidth go by it.
const FRAME: usize = 256 * 1024;
/// Bytes that are read at once where reading may wait: each time costs a change of threads.
const PIECE: u64 = 8 * BLOCK as u64;

impl Drop for FileReader {
    fn drop(&mut self) {
        // A read that has not started need not start.
        if let Some(reading) = &self.reading {
            reading.abort();
        }
        if self.file.is_read_once() {
            let (file, start, end) = (self.file.clone(), self.start, self.next);
            self.runtime.spawn_blocking(move || file.let_go(start, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::GrowthRule;
    use http_body_util::BodyExt;
    use oss_transfer::Meter;
    use std::io::Write;

    async fn collect(body: &PartBody) -> Bytes {
        body.open().unwrap().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_exactly_its_range_at_every_opening() {
        let content: Vec<u8> = (0..600_000_u32).map(|n| (n % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        let open = || {
            FileSource::open(
                &oss_transfer::files::SystemFiles::default(),
                file.path().to_owned(),
                GrowthRule::Unchanged,
            )
            .unwrap()
        };
        let meter = Arc::new(Meter::default());
        for source in [open(), open().without_cached_reads(), open().too_large_to_keep()].map(Arc::new) {
            for (offset, len) in [(0, 600_000), (1, BLOCK as u64), (5, PIECE + 1), (599_999, 1), (7, 0)] {
                let data = PartSource::file(source.clone(), offset, len);
                let body = PartBody::new(data, PartGauge::new(&meter));
                let index = |n: u64| usize::try_from(n).unwrap();
                let expected = &content[index(offset)..index(offset + len)];
                assert_eq!(collect(&body).await, expected);
                assert_eq!(collect(&body).await, expected);
            }
        }
    }

    /// Rows: W8.
    #[tokio::test]
    async fn parts_of_one_file_are_read_at_once_and_share_no_position() {
        let content: Vec<u8> = (0..4 * BLOCK).map(|n| u8::try_from(n / BLOCK).unwrap()).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        let source = Arc::new(
            FileSource::open(
                &oss_transfer::files::SystemFiles::default(),
                file.path().to_owned(),
                GrowthRule::Unchanged,
            )
            .unwrap(),
        );
        let meter = Arc::new(Meter::default());
        let mut parts: Vec<_> = [0, 2]
            .map(|block| PartSource::file(source.clone(), block * BLOCK as u64, 2 * BLOCK as u64))
            .map(|data| PartBody::new(data, PartGauge::new(&meter)).open().unwrap())
            .into();
        for block in 0..2 {
            for (part, frames) in parts.iter_mut().enumerate() {
                let bytes = frames.frame().await.unwrap().unwrap().into_data().unwrap();
                assert!(bytes.len() == BLOCK && bytes.iter().all(|byte| usize::from(*byte) == 2 * part + block));
            }
        }
    }

    /// Rows: W30, R2.
    #[tokio::test]
    async fn a_file_that_is_cut_while_its_part_is_sent_ends_the_body_with_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(4 * BLOCK as u64).unwrap();
        let source = Arc::new(
            FileSource::open(
                &oss_transfer::files::SystemFiles::default(),
                file.path().to_owned(),
                GrowthRule::Unchanged,
            )
            .unwrap(),
        );
        let data = PartSource::file(source, 0, 4 * BLOCK as u64);
        let mut frames = PartBody::new(data, PartGauge::new(&Arc::new(Meter::default()))).open().unwrap();
        assert!(frames.frame().await.unwrap().is_ok());
        file.as_file().set_len(10).unwrap();
        let error = loop {
            if let Err(error) = frames.frame().await.expect("an error before the end") {
                break error;
            }
        };
        assert!(matches!(error.downcast_ref(), Some(SourceError::Changed { .. })), "{error}");
    }
}
