use std::sync::Arc;

use bytes::Bytes;

use super::checkpoint::{Checkpoint, CheckpointPlace, Loaded};
use super::context::Context;
use super::open::{FirstBody, Parted, open_again, open_in_parts};
use super::parts::Parts;
use super::resume;
use super::sink::{BatchSize, FileSink, Held, Sink};
use super::writer::FileWriter;
use super::{Described, prove, result};
use crate::DownloadResult;
use crate::error::{DownloadError, DownloadStage};
use crate::plan::{Earlier, Layout, Object, PartsPlan, Restarts, Span, is_resumable, is_small, too_large};
use crate::record::Identity;
use crate::target::{Folders, Target, TempFile};

/// The file of a download, and what tells its temporary file from others.
pub(crate) struct Place {
    pub(crate) target: Target,
    pub(crate) identity: Identity,
    /// The object, if a list told it: then no request is needed to learn what it is.
    pub(crate) listed: Option<Object>,
    pub(crate) folders: Arc<Folders>,
    /// Where its record is kept, if one is.
    pub(crate) checkpoint: Option<CheckpointPlace>,
}

/// A download as it stands when its parts are to be fetched.
pub(super) struct Job {
    pub(super) object: Object,
    /// The bytes that are wanted.
    pub(super) target: Span,
    pub(super) layout: Layout,
    /// CRC64 of the parts that an earlier run fetched, by their positions.
    pub(super) adopted: std::collections::BTreeMap<usize, oss_models::Crc64>,
    /// Whether they were taken on trust.
    pub(super) trusted: bool,
    pub(super) described: Described,
    pub(super) temp: TempFile,
    pub(super) first: Option<(FirstBody, Span)>,
}

/// Downloads to a file, which has its old content until it has all of the new.
pub(crate) async fn to_file(context: &Context, place: Place) -> Result<DownloadResult, DownloadError> {
    let (mut checkpoint, mut loaded) = match place.checkpoint.clone() {
        Some(folder) => Checkpoint::open(context, folder, place.identity.clone()).await?,
        None => None,
    }
    .map_or((None, Loaded::Nothing), |(checkpoint, loaded)| (Some(checkpoint), loaded));
    let mut restarts = Restarts::new(context.settings.restart_changed_object);
    let mut listed = place.listed.clone();
    loop {
        let earlier = std::mem::replace(&mut loaded, Loaded::Nothing);
        match run(context, &place, checkpoint.as_mut(), earlier, listed.take()).await {
            Ok(result) => {
                if let Some(checkpoint) = checkpoint {
                    checkpoint.remove(context, true).await;
                }
                return Ok(result);
            }
            Err(error) if restarts.take(error.kind()) => context.reporter.restart(error.to_string()),
            Err(error) => {
                let recorded = checkpoint.as_ref().is_some_and(Checkpoint::has_record);
                let resumable = recorded && is_resumable(error.kind());
                if let Some(checkpoint) = checkpoint.filter(|_| !resumable) {
                    checkpoint.remove(context, false).await;
                }
                return Err(error.resumable(resumable));
            }
        }
    }
}

async fn run(
    context: &Context,
    place: &Place,
    mut checkpoint: Option<&mut Checkpoint>,
    earlier: Loaded,
    listed: Option<Object>,
) -> Result<DownloadResult, DownloadError> {
    let resumed = match checkpoint.as_deref_mut() {
        Some(checkpoint) => Box::pin(resume::look(context, place, checkpoint, earlier)).await?,
        None => None,
    };
    let mut job = match resumed {
        Some(job) => job,
        None => {
            let parted = match listed {
                Some(object) => listed_in_parts(context, object)?,
                None => open_in_parts(context).await?,
            };
            if is_small(parted.target) {
                return by_memory(context, place, parted).await;
            }
            begin(context, place, parted).await?
        }
    };
    job.temp.keep(checkpoint.is_some());
    let done = Box::pin(fetch_and_prove(context, &mut job, checkpoint.as_deref())).await;
    match done {
        Ok(result) => {
            let temp = job.temp;
            context.on_files(DownloadStage::Finish, move || temp.publish()).await?;
            context.reporter.progress(DownloadStage::Parts)?;
            Ok(result)
        }
        Err(error) => {
            job.temp.keep(checkpoint.is_some() && is_resumable(error.kind()));
            Err(error)
        }
    }
}

/// An object that a list told, cut into parts.
fn listed_in_parts(context: &Context, object: Object) -> Result<Parted, DownloadError> {
    let target = Span { start: 0, end: object.size };
    let layout = Layout::new(target, context.settings.part_size);
    let layout = layout.ok_or_else(|| DownloadError::new(DownloadStage::Open, too_large(target)))?;
    context.started(target.len());
    Ok(Parted { object, target, layout, described: Described::default(), first: None })
}

/// Makes room for the object.
async fn begin(context: &Context, place: &Place, parted: Parted) -> Result<Job, DownloadError> {
    let Parted { object, target, layout, described, first } = parted;
    let temp = create(context, place, target).await?;
    Ok(Job { object, target, layout, adopted: Default::default(), trusted: false, described, temp, first })
}

/// Downloads a small object: all of it is in memory and proved before there is a file, which is then made, written and put
/// in place by one piece of work.
async fn by_memory(context: &Context, place: &Place, parted: Parted) -> Result<DownloadResult, DownloadError> {
    let Parted { object, target, layout, described, first } = parted;
    let plan = PartsPlan::new(layout.spans().map(|span| (span, None)), context.parts_options(None));
    let held = Held::default();
    let mut parts = Parts::new(context, plan, object, Sink::Memory(held.clone()), None);
    if let Some((body, span)) = first {
        parts.read_first(body, span).await?;
    }
    let mut fetched = parts.run().await?;
    let verified = prove(context, &mut fetched, target, false).await?;
    put_in_place(context, place, held.take()).await?;
    let mut result = result(&fetched.object, target, described, verified);
    result.parts_fetched = layout.spans().count();
    context.reporter.progress(DownloadStage::Parts)?;
    Ok(result)
}

/// Gives the file its content, which is proved.
async fn put_in_place(context: &Context, place: &Place, content: Vec<Bytes>) -> Result<(), DownloadError> {
    // Where nothing blocks, another thread would take longer to begin than the work takes.
    let here = place.folders.are_in_memory(place.target.path());
    if here {
        place.folders.remove_temps(&place.target, None);
        if place.target.create_whole(&content) {
            return Ok(());
        }
    }
    let (digest, chance) = (place.identity.digest(), context.jitter());
    let put = || {
        let (target, folders, content) = (place.target.clone(), place.folders.clone(), content.clone());
        let digest = digest.clone();
        move || {
            folders.remove_temps(&target, Some(&digest));
            target.replace(&digest, chance, &content)
        }
    };
    if here {
        context.opening_files_here(DownloadStage::Finish, put).await
    } else {
        context.opening_files(DownloadStage::Finish, put).await
    }
}

/// Creates the temporary file, with room for these bytes.
pub(super) async fn create(context: &Context, place: &Place, bytes: Span) -> Result<TempFile, DownloadError> {
    let digest = place.identity.digest();
    let chance = context.jitter();
    let make = || {
        let (target, folders) = (place.target.clone(), place.folders.clone());
        let digest = digest.clone();
        move || {
            folders.remove_temps(&target, Some(&digest));
            target.create(&digest, chance, bytes.len())
        }
    };
    context.opening_files(DownloadStage::Target, make).await
}

async fn fetch_and_prove(
    context: &Context,
    job: &mut Job,
    checkpoint: Option<&Checkpoint>,
) -> Result<DownloadResult, DownloadError> {
    let spans: Vec<Span> = job.layout.spans().collect();
    let writer = match checkpoint {
        Some(checkpoint) => {
            checkpoint.save(context, &job.record(&spans)).await?;
            Some(checkpoint.writer(context, job.temp.handle().clone()))
        }
        None => None,
    };
    let parts = spans.iter().enumerate().map(|(index, span)| (*span, job.adopted.get(&index).copied()));
    let plan = PartsPlan::new(parts, context.parts_options(None));
    let sink = Sink::File(FileSink {
        writer: FileWriter::new(&context.files, &job.temp, job.target.start),
        batch: BatchSize::default(),
    });
    let mut parts = Parts::new(context, plan, job.object.clone(), sink, writer);
    if let Some((body, span)) = job.first.take() {
        parts.start_with(body, span);
    }
    let mut fetched = parts.run().await?;
    let verified = prove(context, &mut fetched, job.target, job.trusted).await?;
    let described = std::mem::take(&mut job.described);
    let mut result = result(&fetched.object, job.target, described, verified);
    result.resumed_bytes = job.resumed_bytes(&spans);
    result.parts_fetched = spans.len().saturating_sub(job.adopted.len());
    Ok(result)
}

impl Job {
    /// The record of what is there.
    fn record(&self, spans: &[Span]) -> Earlier {
        let finished = self.adopted.iter().filter_map(|(index, crc64)| Some((*spans.get(*index)?, *crc64))).collect();
        Earlier { object: self.object.clone(), target: self.target, part_size: self.layout.part_size(), finished }
    }

    fn resumed_bytes(&self, spans: &[Span]) -> u64 {
        self.adopted.keys().filter_map(|index| spans.get(*index)).map(|span| span.len()).sum()
    }
}

/// Asks whether the object of an earlier run is still there.
pub(super) async fn reopen(context: &Context, object: &Object) -> Result<(Object, Described), DownloadError> {
    let (opened, described, _) = open_again(context, object).await?.split();
    match object.confirm(&opened.object) {
        Ok(object) => Ok((object, described)),
        Err(failure) => Err(DownloadError::new(DownloadStage::Open, failure.kind)),
    }
}
