//! Downloads whose bytes are taken in order, as they come.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use oss_transfer::files::{FileSystem, run_blocking};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::consume_budget;

use super::context::Context;
use super::open::{FirstBody, Parted, open, open_in_parts};
use super::parts::Parts;
use super::sink::Sink;
use super::window::Window;
use super::{Described, prove, result};
use crate::DownloadResult;
use crate::error::{DownloadError, DownloadErrorKind, DownloadStage, TargetError};
use crate::plan::{Object, OpenedBody, PartsPlan, Pieces, Span};

/// An object that is open, and whose bytes go through a window.
pub(crate) struct Ordered {
    pub(crate) window: Arc<Window>,
    object: Object,
    target: Span,
    spans: Vec<Span>,
    described: Described,
    first: Option<(FirstBody, Span)>,
}

impl Ordered {
    /// Opens the object.
    pub(crate) async fn open(context: &Context) -> Result<Self, DownloadError> {
        let Parted { object, target, layout, described, first } = open_in_parts(context).await?;
        let window = Arc::new(context.window(layout.part_size().min(context.settings.part_size)));
        Ok(Self { window, object, target, spans: layout.spans().collect(), described, first })
    }

    /// Opens the object with the first of these pieces.
    async fn open_pieces(context: &Context, pieces: &Pieces) -> Result<Self, DownloadError> {
        let (opened, described, body) = open(context).await?.split();
        let object = opened.object;
        let outside = |size| DownloadError::new(DownloadStage::Open, DownloadErrorKind::OutOfRange { size });
        let spans = pieces.spans(object.size).ok_or_else(|| outside(object.size))?;
        let first = match opened.body {
            OpenedBody::Nothing => None,
            OpenedBody::Range(span) => Some((body, span)),
            OpenedBody::Whole => Some((body, opened.target)),
        };
        context.started(spans.iter().map(|span| span.len()).sum());
        let window = Arc::new(context.window(context.settings.part_size));
        Ok(Self { window, object, target: opened.target, spans, described, first })
    }

    /// What is known of the object, before any byte was verified.
    pub(crate) fn info(&self) -> DownloadResult {
        let described = Described { headers: self.described.headers.clone(), ..Described::default() };
        result(&self.object, self.target, described, crate::Verified::No)
    }

    /// Fetches every part as the consumer makes room, and verifies the whole.
    pub(crate) async fn run(self, context: &Context) -> Result<DownloadResult, DownloadError> {
        let Self { window, object, target, spans, described, first } = self;
        // However it ends, the consumer is told.
        let _end = EndOnDrop(window.clone());
        let fetched = spans.len();
        let parallel = context.settings.parallel_num.expected();
        let plan = PartsPlan::new(spans.into_iter().map(|span| (span, None)), context.parts_options(Some(parallel)));
        let mut parts = Parts::new(context, plan, object, Sink::Window(window), None);
        if let Some((body, span)) = first {
            parts.start_with(body, span);
        }
        let mut fetched_parts = parts.run().await?;
        let verified = prove(context, &mut fetched_parts, target, false).await?;
        let mut result = result(&fetched_parts.object, target, described, verified);
        result.parts_fetched = fetched;
        context.reporter.progress(DownloadStage::Parts)?;
        Ok(result)
    }
}

struct EndOnDrop(Arc<Window>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Context {
    /// A window for parts of this size, as many as may be in flight.
    fn window(&self, part_size: u64) -> Window {
        let parallel = u64::try_from(self.settings.parallel_num.expected()).unwrap_or(u64::MAX);
        Window::new(part_size.saturating_mul(parallel), self.lane.clone())
    }
}

/// Downloads to a writer, which is flushed and shut down at the end.
pub(crate) async fn to_writer(
    context: &Context,
    writer: &mut (impl AsyncWrite + Unpin + Send),
) -> Result<DownloadResult, DownloadError> {
    let ordered = Ordered::open(context).await?;
    let window = ordered.window.clone();
    let copying = async {
        while let Some(mut bytes) = window.next().await {
            while !bytes.is_empty() {
                // A writer that is always ready must not keep the task from yielding.
                consume_budget().await;
                writer.write_buf(&mut bytes).await.and_then(at_least_one)?;
            }
        }
        Ok(())
    };
    let failed = |source| DownloadError::new(DownloadStage::Finish, TargetError::Writer(source));
    let (result, ()) = tokio::try_join!(biased; ordered.run(context), async { copying.await.map_err(failed) })?;
    writer.shutdown().await.map_err(failed)?;
    Ok(result)
}

fn at_least_one(written: usize) -> io::Result<()> {
    if written > 0 { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// Downloads to a writer whose calls block, such as a pipe.
pub(crate) async fn to_blocking_writer(
    context: &Context,
    writer: Box<dyn Write + Send>,
) -> Result<DownloadResult, DownloadError> {
    let ordered = Ordered::open(context).await?;
    let window = ordered.window.clone();
    let failed = |source| DownloadError::new(DownloadStage::Finish, TargetError::Writer(source));
    let copying = copy_blocking(context.files.as_ref(), &window, writer);
    let (result, ()) = tokio::try_join!(biased; ordered.run(context), async { copying.await.map_err(failed) })?;
    Ok(result)
}

async fn copy_blocking(files: &dyn FileSystem, window: &Window, mut writer: Box<dyn Write + Send>) -> io::Result<()> {
    while let Some(bytes) = window.next().await {
        let work = move || writer.write_all(&bytes).map(|()| writer);
        writer = run_blocking(files, work).await.map_err(io::Error::other)??;
    }
    run_blocking(files, move || writer.flush()).await.map_err(io::Error::other)?
}

/// Reads ranges of one object, near ones by one request.
pub(crate) async fn ranges(
    context: &Context,
    pieces: &Pieces,
    wanted: &[Range<u64>],
) -> Result<Vec<Bytes>, DownloadError> {
    let ordered = Ordered::open_pieces(context, pieces).await?;
    let (window, size) = (ordered.window.clone(), ordered.object.size);
    let collecting = async {
        let mut groups = Vec::new();
        for span in pieces.groups(size) {
            let mut bytes = BytesMut::new();
            while !span.is_filled_by(&bytes) {
                match window.next().await {
                    Some(piece) => bytes.extend_from_slice(&piece),
                    // Why, the other side tells.
                    None => return Ok(groups),
                }
            }
            groups.push(bytes.freeze());
        }
        Ok(groups)
    };
    let (_, groups) = tokio::try_join!(biased; ordered.run(context), collecting)?;
    Ok(pieces.cut(&groups, wanted))
}
