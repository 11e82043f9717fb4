//! What a run does, and the faults that take turns in it.

use crate::fault::Strike;
use crate::operation::Op;

/// What a run is of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Work {
    Upload,
    Copy,
    Download,
    Sync,
}

/// One fault of one operation of one kind of work.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Cell {
    pub(crate) work: Work,
    pub(crate) op: Op,
    pub(crate) effect: &'static str,
}

impl Work {
    pub(crate) const ALL: [Self; 4] = [Self::Upload, Self::Copy, Self::Download, Self::Sync];

    /// What it sends, all of which faults are planned for.
    pub(crate) const fn operations(self) -> &'static [Op] {
        match self {
            Self::Upload => &[
                Op::PutObject,
                Op::InitiateMultipartUpload,
                Op::UploadPart,
                Op::CompleteMultipartUpload,
                Op::AbortMultipartUpload,
                Op::ListParts,
                Op::HeadObject,
            ],
            Self::Copy => &[
                Op::CopyObject,
                Op::InitiateMultipartUpload,
                Op::UploadPartCopy,
                Op::CompleteMultipartUpload,
                Op::AbortMultipartUpload,
                Op::ListParts,
                Op::HeadObject,
            ],
            Self::Download => &[Op::GetObject, Op::HeadObject],
            Self::Sync => &[Op::ListObjectsV2, Op::HeadObject, Op::CopyObject, Op::DeleteMultipleObjects],
        }
    }

    /// What a server may do to a request of `op`: only of a 5xx does no client know what it left, and a success before the
    /// body was sent can be told from another one only where the body does not fit into the buffers on the way.
    pub(crate) fn effects(self, op: Op) -> impl Iterator<Item = &'static str> {
        Strike::NAMES.into_iter().filter(move |name| match *name {
            "done, refused" => op.has_effect(),
            "denied" => !matches!(
                op,
                Op::PutObject | Op::InitiateMultipartUpload | Op::ListObjectsV2 | Op::DeleteMultipleObjects
            ),
            "early success" => matches!(op, Op::PutObject | Op::UploadPart),
            "damaged" => matches!(
                op,
                Op::PutObject
                    | Op::UploadPart
                    | Op::CopyObject
                    | Op::UploadPartCopy
                    | Op::CompleteMultipartUpload
                    | Op::GetObject
            ),
            "callback failed" => self == Self::Upload && matches!(op, Op::PutObject | Op::CompleteMultipartUpload),
            "replaced" => match self {
                Self::Upload => false,
                Self::Copy => matches!(op, Op::CopyObject | Op::UploadPartCopy),
                Self::Download => true,
                Self::Sync => op == Op::CopyObject,
            },
            "range ignored" => op == Op::GetObject,
            "out of order" | "incomplete" => op == Op::ListObjectsV2,
            _ => true,
        })
    }

    /// All that takes turns.
    pub(crate) fn cells() -> Vec<Cell> {
        let of_op = |work: Self, op| work.effects(op).map(move |effect| Cell { work, op, effect });
        let of_work = |work: Self| work.operations().iter().flat_map(move |op| of_op(work, *op));
        Self::ALL.into_iter().flat_map(of_work).collect()
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Copy => "copy",
            Self::Download => "download",
            Self::Sync => "sync",
        }
    }

    /// What many are called.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Copy => "copies",
            Self::Download => "downloads",
            Self::Sync => "syncs",
        }
    }
}

impl Cell {
    /// The cell whose turn it is with this seed, and how many turns it had with those below.
    pub(crate) fn of_seed(seed: u64) -> Option<(Self, u64)> {
        let cells = Self::all();
        let number = cells.len().max(1) as u64;
        let at = usize::try_from(seed % number).ok()?;
        Some((cells.get(at).copied()?, seed / number))
    }

    /// Those of all work, made once.
    pub(crate) fn all() -> &'static [Self] {
        static CELLS: std::sync::OnceLock<Vec<Cell>> = std::sync::OnceLock::new();
        CELLS.get_or_init(Work::cells)
    }
}
