//! What an upload is made of, once it is known: where its bytes come from, and what of a stream is in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use oss_models::{CopyObjectRequest, PartNumber};
use oss_transfer::Permit;

use super::{Filled, PartSource, RandomAccess, SourceError, StreamSource};
use crate::Settings;
use crate::checkpoint::SourceStamp;
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{CopiedObject, MultipartPlan, Part, PartLayout, PlanOptions, Receipts};

/// Where bytes come from that can be read anywhere, as often as needed. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Origin {
    /// From here: the parts of an earlier run are compared with them.
    Local(RandomAccess),
    /// From an object: the server reads them itself.
    Object(Arc<SourceObject>),
}

/// An object that is copied.
pub(crate) struct SourceObject {
    /// Names this very object.
    pub(crate) request: CopyObjectRequest,
    pub(crate) object: CopiedObject,
}

/// What becomes a part.
pub(crate) enum PartContent {
    /// Bytes that are sent.
    Bytes(PartSource),
    /// Bytes that the server reads itself.
    OnServer(Arc<SourceObject>),
}

/// Where the bytes of an upload come from.
pub(crate) enum Input {
    /// With the parts that are planned.
    RandomAccess(Origin, PartLayout),
    /// `None` once it was read.
    Stream(Option<Box<StreamStart>>),
}

/// A stream of which the first part was read.
pub(crate) struct StreamStart {
    pub(crate) stream: StreamSource,
    pub(crate) first: Filled,
    pub(crate) plan: MultipartPlan<UploadError>,
}

/// The bytes of parts that are being uploaded.
pub(crate) struct Supply {
    /// `None` of a stream.
    origin: Option<Origin>,
    /// `None` while a task reads.
    stream: Option<StreamSource>,
    /// Parts that were read and are not stored yet, each with its share of the bytes that may be in buffers.
    buffers: BTreeMap<PartNumber, (PartSource, Option<Permit>)>,
}

impl Origin {
    /// Length in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Local(source) => source.len(),
            Self::Object(source) => source.object.size,
        }
    }

    /// What tells this state of it from another, for a record; `None` of what another run would not find again.
    pub(crate) fn stamp(&self) -> Option<SourceStamp> {
        match self {
            Self::Local(source) => source.file().map(|file| file.stamp()),
            Self::Object(source) => Some(source.object.stamp()),
        }
    }

    /// The bytes, if they are here.
    pub(crate) fn local(&self) -> Option<&RandomAccess> {
        match self {
            Self::Local(source) => Some(source),
            Self::Object(_) => None,
        }
    }
}

impl Input {
    /// The bytes of an object that goes by one request.
    pub(crate) fn whole(&self) -> Result<PartSource, UploadError> {
        match self {
            Self::RandomAccess(Origin::Local(source), _) => Ok(source.whole()),
            Self::Stream(Some(start)) => Ok(start.first.blocks.clone().into()),
            Self::Stream(None) | Self::RandomAccess(Origin::Object(_), _) => Err(consumed()),
        }
    }

    /// What is to be as it was once all was sent: `None` of a stream, which is read once, and of what the server reads.
    pub(crate) fn to_check(&self) -> Option<PartSource> {
        match self {
            Self::RandomAccess(origin, _) => origin.local().map(RandomAccess::whole),
            Self::Stream(_) => None,
        }
    }

    /// The plan of its parts, their bytes, and what of a stream was read of them already. `layout` is that of an earlier run,
    /// which has sent the parts that are `adopted`.
    pub(crate) fn parts(
        &mut self,
        layout: Option<PartLayout>,
        mut adopted: Receipts,
        settings: &Settings,
    ) -> Result<(MultipartPlan<UploadError>, Supply, Option<Filled>), UploadError> {
        let (origin, planned) = match self {
            Self::RandomAccess(origin, planned) => (origin, *planned),
            Self::Stream(start) => {
                let StreamStart { stream, first, plan } = *start.take().ok_or_else(consumed)?;
                let supply = Supply { origin: None, stream: Some(stream), buffers: BTreeMap::new() };
                return Ok((plan, supply, Some(first)));
            }
        };
        let options = match origin {
            Origin::Local(_) => PlanOptions::of(settings),
            Origin::Object(source) => {
                adopted.expect(source.object.crc64);
                PlanOptions::of_copy(settings)
            }
        };
        let plan = MultipartPlan::random_access(layout.unwrap_or(planned), adopted, options);
        Ok((plan, Supply { origin: Some(origin.clone()), stream: None, buffers: BTreeMap::new() }, None))
    }
}

impl Supply {
    /// What becomes this part; `None` of a part of a stream that was not read, or is stored.
    pub(crate) fn content(&self, part: Part) -> Option<PartContent> {
        match &self.origin {
            Some(Origin::Local(source)) => Some(PartContent::Bytes(source.part(part.offset, part.len))),
            Some(Origin::Object(source)) => Some(PartContent::OnServer(source.clone())),
            None => self.buffers.get(&part.number).map(|(source, _)| PartContent::Bytes(source.clone())),
        }
    }

    /// The stream, for a task that reads, until it is [given back](Self::give_back).
    pub(crate) fn lend(&mut self) -> Option<StreamSource> {
        self.stream.take()
    }

    pub(crate) fn give_back(&mut self, stream: StreamSource) {
        self.stream = Some(stream);
    }

    /// Keeps what was read until it is stored.
    pub(crate) fn keep(&mut self, number: PartNumber, filled: Filled) {
        self.buffers.insert(number, (filled.blocks.into(), filled.share));
    }

    /// The part is stored.
    pub(crate) fn release(&mut self, number: PartNumber) {
        self.buffers.remove(&number);
    }
}

/// A stream can be read only once.
fn consumed() -> UploadError {
    UploadError::new(Stage::Source, SourceError::Consumed, Stored::No)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadOptions;
    use crate::plan::testing::copied_object;
    use crate::plan::{GrowingLayout, StreamSizes};
    use crate::source::stream::Reader;
    use bytes::Bytes;
    use oss_models::{CopySource, Crc64};

    fn settings() -> Settings {
        Settings::check(&UploadOptions::default()).unwrap()
    }

    fn local() -> Origin {
        Origin::Local(RandomAccess::Bytes(Bytes::from_static(b"0123456789")))
    }

    fn object() -> Origin {
        let request = CopyObjectRequest::new("demo", "b", CopySource::new("demo", "a"));
        Origin::Object(Arc::new(SourceObject { request, object: copied_object(10) }))
    }

    fn part(number: usize, offset: u64) -> Part {
        Part { number: PartNumber::from_index(number - 1).unwrap(), offset, len: 5 }
    }

    /// Whether a part is sent, or left to the server; its length, if it is sent.
    fn kind(content: Option<PartContent>) -> Option<(bool, u64)> {
        content.map(|content| match content {
            PartContent::Bytes(source) => (true, source.len()),
            PartContent::OnServer(source) => (false, source.object.size),
        })
    }

    #[test]
    fn bytes_that_are_here_are_sent_and_checked_and_an_object_is_neither() {
        let layout = PartLayout::exact(10, 5).unwrap();
        for (origin, content, is_here, crc64) in [
            (local(), (true, 5), true, Crc64::EMPTY),
            // The object is to have the CRC64 of its source, whatever its parts tell.
            (object(), (false, 10), false, Crc64::from_u64(7)),
        ] {
            assert_eq!((origin.size(), origin.local().is_some(), origin.stamp().is_some()), (10, is_here, !is_here));
            let mut input = Input::RandomAccess(origin, layout);
            assert_eq!((input.whole().is_ok(), input.to_check().is_some()), (is_here, is_here));
            let (plan, supply, first) = input.parts(None, Receipts::default(), &settings()).unwrap();
            assert_eq!(kind(supply.content(part(2, 5))), Some(content));
            assert_eq!((plan.part_size(), first.is_none()), (5, true));
            assert_eq!(plan.finish().0.crc64(), Some(crc64));
            let earlier = PartLayout::exact(10, 2).unwrap();
            let (plan, ..) = input.parts(Some(earlier), Receipts::default(), &settings()).unwrap();
            assert_eq!(plan.part_size(), 2, "an earlier run chose it");
        }
    }

    #[test]
    fn a_stream_is_read_once_and_its_parts_are_held_until_they_are_stored() {
        let filled = |ended| Filled { blocks: vec![Bytes::from_static(b"01234")].into(), ended, share: None };
        let stream = StreamSource::new(Reader::Async(Box::pin(&b""[..])), None);
        let sizes = StreamSizes::Growing(GrowingLayout::new(5, 1, 100));
        let plan = MultipartPlan::stream(sizes, 100, PlanOptions::of(&settings()));
        let mut input = Input::Stream(Some(Box::new(StreamStart { stream, first: filled(false), plan })));
        assert_eq!(input.whole().unwrap().len(), 5);
        let (_, mut supply, first) = input.parts(None, Receipts::default(), &settings()).unwrap();
        assert!(first.is_some() && input.to_check().is_none() && input.whole().is_err());
        assert!(input.parts(None, Receipts::default(), &settings()).is_err());

        let stream = supply.lend().unwrap();
        assert!(supply.lend().is_none());
        supply.give_back(stream);
        assert!(supply.lend().is_some());
        let (one, two) = (part(1, 0), part(2, 5));
        supply.keep(two.number, filled(true));
        assert_eq!([one, two].map(|part| kind(supply.content(part))), [None, Some((true, 5))]);
        supply.release(two.number);
        assert_eq!(kind(supply.content(two)), None);
    }
}
