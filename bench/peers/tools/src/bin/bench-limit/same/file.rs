//! Parts of a file, which are read while they are sent.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::iter::Enumerate;
use std::os::unix::fs::FileExt as _;
use std::slice::Iter;
use std::sync::Arc;

use anyhow::{Result, ensure};
use bytes::Bytes;
use crc_fast::{CrcAlgorithm::Crc64Xz, Digest};
use rustix::io::{ReadWriteFlags, preadv2};

use super::pool::Pool;
use super::{Body, Part};

/// What is read at a time.
const BLOCK: usize = 64 * 1024;

/// The parts of a file, from front to back.
pub(super) struct Parts<'a> {
    file: Arc<File>,
    length: u64,
    part_size: u64,
    targets: Enumerate<Iter<'a, &'a str>>,
    pool: Pool,
}

impl<'a> Parts<'a> {
    pub(super) fn of(file: File, part_size: usize, targets: &'a [&'a str]) -> Result<Self> {
        let length = file.metadata()?.len();
        // The part size may have been raised for the number of parts.
        let part_size = length.div_ceil(targets.len().max(1) as u64).max(part_size as u64);
        Ok(Self { file: Arc::new(file), length, part_size, targets: targets.iter().enumerate(), pool: Pool::of(BLOCK) })
    }

    pub(super) fn next(&mut self) -> Result<Option<Part<'a>>> {
        let Some((number, target)) = self.targets.next() else { return Ok(None) };
        // Ours asks before each part whether the file is still the same.
        ensure!(self.file.metadata()?.len() == self.length, "the file has another length");
        let at = number as u64 * self.part_size;
        let end = self.length.min(at + self.part_size);
        let body = FilePart { file: self.file.clone(), at, end, digest: Digest::new(Crc64Xz), pool: self.pool.clone() };
        Ok(Some(Part { number, method: "PUT", target, length: end - at, body: Body::File(Box::new(body)) }))
    }

    pub(super) fn ended(&self) -> bool {
        self.targets.len() == 0
    }
}

/// What of a part has not been read.
pub(super) struct FilePart {
    file: Arc<File>,
    at: u64,
    end: u64,
    digest: Digest,
    pool: Pool,
}

impl FilePart {
    pub(super) fn next(&mut self) -> Result<Option<Bytes>> {
        if self.at == self.end {
            return Ok(None);
        }
        let mut block = self.pool.take(BLOCK.min(usize::try_from(self.end - self.at)?));
        let n = match preadv2(&*self.file, &mut [IoSliceMut::new(block.as_mut())], self.at, ReadWriteFlags::NOWAIT) {
            Ok(n) => n,
            // It is not in the system's memory.
            Err(error) if io::Error::from(error).kind() == io::ErrorKind::WouldBlock => {
                self.file.read_at(block.as_mut(), self.at)?
            }
            Err(error) => return Err(error.into()),
        };
        ensure!(n > 0, "the file was cut");
        self.at += n as u64;
        let bytes = block.freeze(n);
        self.digest.update(&bytes);
        Ok(Some(bytes))
    }

    pub(super) fn crc(&self) -> u64 {
        self.digest.finalize()
    }
}
