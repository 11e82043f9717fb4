//! What is uploaded or downloaded, and in which unit its cost is told.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xtask::step;

use crate::process::Cost;
use crate::programs::Programs;

pub(crate) const MIB: u64 = 1024 * 1024;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Bytes in each small file.
const SMALL: u64 = 4096;
/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";
/// How the names of downloads begin.
pub(crate) const DOWNLOAD: &str = "download";
/// What stands for everything else.
pub(crate) const UPLOAD: &str = "upload";

/// One comparison.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) work: Work,
    pub(crate) part_size: u64,
    pub(crate) parallel: u64,
    pub(crate) tls: bool,
    /// What ours has to reach, against the others in the same run.
    pub(crate) targets: Targets,
}

/// What is uploaded, or downloaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Work {
    File { bytes: u64 },
    Pipe { bytes: u64 },
    Folder { files: u64 },
    GetFile { bytes: u64, place: Place },
    GetPipe { bytes: u64 },
    GetFolder { files: u64 },
}

/// Where the files are that are downloaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// In a file system in memory, so that the disk is in no figure.
    Memory,
    /// On the disk, where the clock does not stop before every byte is there.
    Disk,
}

/// Upper bounds for ours. CPU is judged where client and server are apart, the rest in every placement.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Targets {
    /// CPU against the limit's.
    pub(crate) limit: Option<f64>,
    /// CPU against that of the peer that needs the least.
    pub(crate) cheapest_peer: Option<f64>,
    /// Whether wall time must be no longer than any peer's.
    pub(crate) fastest: bool,
    /// MiB of memory.
    pub(crate) peak: Option<f64>,
    /// Connections at once.
    pub(crate) connections: Option<u64>,
}

/// The files of a case, and what the server must hold afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    /// The CRC64s of all objects, added up and wrapped.
    pub(crate) crc: u64,
    /// Where what is downloaded is written to.
    pub(crate) target: Option<PathBuf>,
}

/// Every case, in the order of the document.
pub(crate) fn all(mib: u64, files: u64) -> Vec<Case> {
    let bytes = mib * MIB;
    let file =
        Targets { limit: Some(1.05), cheapest_peer: Some(0.85), fastest: true, peak: Some(16.0), ..Targets::default() };
    vec![
        Case {
            name: "file-6x3",
            title: format!("A file of {}, parts of 6 MiB, 3 at a time, HTTP", size(mib)),
            work: Work::File { bytes },
            part_size: 6 * MIB,
            parallel: 3,
            tls: false,
            targets: file,
        },
        Case {
            name: "file-16x8",
            title: format!("A file of {}, parts of 16 MiB, 8 at a time, HTTP", size(mib)),
            work: Work::File { bytes },
            part_size: 16 * MIB,
            parallel: 8,
            tls: false,
            targets: file,
        },
        Case {
            name: "tls-6x3",
            title: format!("A file of {}, parts of 6 MiB, 3 at a time, TLS", size(mib)),
            work: Work::File { bytes },
            part_size: 6 * MIB,
            parallel: 3,
            tls: true,
            targets: Targets { cheapest_peer: Some(0.8), peak: Some(16.0), ..Targets::default() },
        },
        Case {
            name: "pipe",
            title: format!("{} from standard input, parts of 6 MiB, 3 at a time, HTTP", size(mib / 2)),
            work: Work::Pipe { bytes: bytes / 2 },
            part_size: 6 * MIB,
            parallel: 3,
            tls: false,
            targets: Targets { cheapest_peer: Some(0.9), fastest: true, peak: Some(32.0), ..Targets::default() },
        },
        Case {
            name: "small",
            title: format!("{files} files of {} KiB, 16 at a time, HTTP", SMALL / 1024),
            work: Work::Folder { files },
            part_size: 6 * MIB,
            parallel: 16,
            tls: false,
            targets: Targets {
                limit: Some(2.0),
                cheapest_peer: Some(0.75),
                fastest: true,
                connections: Some(16),
                ..Targets::default()
            },
        },
    ]
    .into_iter()
    .chain(downloads(bytes, files))
    .collect()
}

/// The downloads among them; the name of each begins with [`DOWNLOAD`].
fn downloads(bytes: u64, files: u64) -> [Case; 6] {
    let size = size(bytes / MIB);
    let case = |name, title, work| Case {
        name,
        title,
        work,
        part_size: 6 * MIB,
        parallel: 3,
        tls: false,
        targets: Targets { peak: Some(24.0), ..Targets::default() },
    };
    let memory =
        Targets { limit: Some(1.15), cheapest_peer: Some(0.85), fastest: true, peak: Some(24.0), ..Targets::default() };
    [
        Case {
            targets: memory,
            ..case(
                "download-6x3",
                format!("An object of {size} to a file in memory, parts of 6 MiB, 3 at a time, HTTP"),
                Work::GetFile { bytes, place: Place::Memory },
            )
        },
        Case {
            part_size: 16 * MIB,
            parallel: 8,
            ..case(
                "download-16x8",
                format!("An object of {size} to a file in memory, parts of 16 MiB, 8 at a time, HTTP"),
                Work::GetFile { bytes, place: Place::Memory },
            )
        },
        Case {
            part_size: MIB,
            parallel: 64,
            ..case(
                "download-1x64",
                format!(
                    "An object of {size} to a file in memory, parts of 1 MiB, 64 at a time, HTTP",
                    size = self::size(bytes / 4 / MIB)
                ),
                Work::GetFile { bytes: bytes / 4, place: Place::Memory },
            )
        },
        case(
            "download-disk",
            format!("An object of {size} to a file on disk, which is synced, parts of 6 MiB, 3 at a time, HTTP"),
            Work::GetFile { bytes, place: Place::Disk },
        ),
        Case {
            targets: Targets { peak: Some(32.0), ..Targets::default() },
            ..case(
                "download-pipe",
                format!(
                    "{size} to standard output, parts of 6 MiB, 3 at a time, HTTP",
                    size = self::size(bytes / 2 / MIB)
                ),
                Work::GetPipe { bytes: bytes / 2 },
            )
        },
        Case {
            parallel: 16,
            targets: Targets { cheapest_peer: Some(0.8), peak: Some(24.0), ..Targets::default() },
            ..case(
                "download-small",
                format!("{files} objects of {} KiB to files in memory, 16 at a time, HTTP", SMALL / 1024),
                Work::GetFolder { files },
            )
        },
    ]
}

fn size(mib: u64) -> String {
    if mib.is_multiple_of(1024) { format!("{} GiB", mib / 1024) } else { format!("{mib} MiB") }
}

/// The names of all cases.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all(0, 0).into_iter().map(|case| case.name)
}

impl Case {
    pub(crate) fn is_download(&self) -> bool {
        self.name.starts_with(DOWNLOAD)
    }

    /// Whether the bytes come from standard input.
    pub(crate) fn is_pipe(&self) -> bool {
        matches!(self.work, Work::Pipe { .. })
    }

    /// Whether the loop that makes the calls of ours runs, too: where the limit does something else.
    pub(crate) fn has_same_calls(&self) -> bool {
        self.tls || self.is_pipe()
    }

    /// The same bytes as a file, so that they are sent in parts whose number is known ahead.
    pub(crate) fn in_parts(&self) -> Self {
        match self.work {
            Work::Pipe { bytes } => Self { work: Work::File { bytes }, ..self.clone() },
            _ => self.clone(),
        }
    }

    /// The upload that brings a server what this case downloads; `None` if it downloads nothing.
    pub(crate) fn upload(&self) -> Option<Self> {
        let work = match self.work {
            Work::GetFile { bytes, .. } | Work::GetPipe { bytes } => Work::File { bytes },
            Work::GetFolder { files } => Work::Folder { files },
            Work::File { .. } | Work::Pipe { .. } | Work::Folder { .. } => return None,
        };
        Some(Self { work, ..self.clone() })
    }

    /// Whether what is downloaded has to be on the disk before the clock stops.
    pub(crate) fn is_synced(&self) -> bool {
        matches!(self.work, Work::GetFile { place: Place::Disk, .. })
    }

    /// Where this case downloads to.
    fn target(&self, folder: &Path) -> Option<PathBuf> {
        match self.work {
            Work::GetFile { place: Place::Disk, .. } => Some(folder.join("downloaded")),
            Work::GetFile { place: Place::Memory, .. } | Work::GetFolder { .. } => {
                Some(Path::new(MEMORY).join("ossup-bench"))
            }
            Work::File { .. } | Work::Pipe { .. } | Work::Folder { .. } | Work::GetPipe { .. } => None,
        }
    }

    /// Makes what is to be uploaded, or is to be on the server, unless an earlier case already has.
    pub(crate) fn make_input(&self, programs: &Programs, folder: &Path) -> Result<Input> {
        let (path, objects, bytes) = match self.work {
            Work::File { bytes } | Work::Pipe { bytes } | Work::GetFile { bytes, .. } | Work::GetPipe { bytes } => {
                (folder.join(format!("file-{bytes}")), 1, bytes)
            }
            Work::Folder { files } | Work::GetFolder { files } => (folder.join("small"), files, files * SMALL),
        };
        let target = self.target(folder);
        if let Some(target) = &target {
            let parent = target.parent().context("a path without a folder")?;
            ensure!(parent.is_dir(), "this system has no file system in memory at {}", parent.display());
        }
        if !path.exists() {
            let mut make = programs.limit();
            match self.work {
                Work::Folder { files } | Work::GetFolder { files } => {
                    make.arg("make-folder").arg(&path).args([files.to_string(), SMALL.to_string()])
                }
                _ => make.arg("make").arg(&path).args([&bytes.to_string(), "random"]),
            };
            step::output(&mut make)?;
        }
        // Reading everything for the CRC64 also brings it into the page cache, for the first client as for the last.
        let crc = step::output(programs.limit().arg("crc").arg(&path))?;
        Ok(Input { path, objects, bytes, crc: crc.trim().parse().context("CRC64")?, target })
    }

    /// How many units the cost is spread over: GiB, or files.
    fn units(&self) -> f64 {
        match self.work {
            Work::File { bytes } | Work::Pipe { bytes } | Work::GetFile { bytes, .. } | Work::GetPipe { bytes } => {
                bytes as f64 / GIB
            }
            // Thousands, so that seconds become milliseconds for each.
            Work::Folder { files } | Work::GetFolder { files } => files as f64 / 1000.0,
        }
    }

    /// The unit of [`Case::cpu`].
    pub(crate) fn unit(&self) -> &'static str {
        match self.work {
            Work::Folder { .. } | Work::GetFolder { .. } => "CPU ms/file",
            _ => "CPU s/GiB",
        }
    }

    /// CPU time of the client in [`Case::unit`].
    pub(crate) fn cpu(&self, cost: &Cost) -> f64 {
        (cost.user + cost.system) / self.units()
    }

    /// CPU time of the client itself, without the kernel's on its behalf.
    pub(crate) fn user(&self, cost: &Cost) -> f64 {
        cost.user / self.units()
    }

    /// Reads and writes for each GiB, or each file.
    pub(crate) fn calls(&self, cost: &Cost) -> Option<f64> {
        let thousands = if matches!(self.work, Work::Folder { .. } | Work::GetFolder { .. }) { 1000.0 } else { 1.0 };
        cost.calls().map(|calls| calls / (self.units() * thousands))
    }

    /// One run in words.
    pub(crate) fn describe(&self, cost: &Cost) -> String {
        format!(
            "{:.3} {}  {:.2} s  {:.1} MiB  {} connections  {}",
            self.cpu(cost),
            self.unit(),
            cost.wall,
            cost.peak_mib(),
            cost.connections.map_or("?".to_owned(), |n| n.to_string()),
            cost.others.map_or(String::new(), |others| others.to_string()),
        )
    }
}
