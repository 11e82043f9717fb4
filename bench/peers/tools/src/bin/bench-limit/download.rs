//! The other direction: ranges of one object into a file, objects into files, and one object to standard output.
//!
//! `OSS_REQUESTS` has one target for each object. As many connections as ranges in flight take turns: what the one whose
//! turn it is has received, at most 256 KiB, is read, its CRC64 computed, and the bytes written where they belong. The CRC64s
//! of all ranges are combined and compared with that of the object in the responses.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use anyhow::{Context, Result, ensure};
use bench_job::Job;
use crc_fast::{CrcAlgorithm::Crc64Xz, Digest, checksum_combine};

use crate::{block_in, connect};

/// A range on its way.
struct Turn {
    number: usize,
    /// Where the next byte belongs, and where the range ends.
    at: u64,
    end: u64,
    length: u64,
    digest: Digest,
}

/// An object in ranges, written to a file by position.
pub(crate) fn in_ranges(job: &Job, target: &str) -> Result<()> {
    let file = File::create(&job.path)?;
    let mut waiting = job.ranges()?.enumerate();
    let mut connections = (0..job.parallel).map(|_| Ok((connect(job)?, None))).collect::<Result<Vec<_>>>()?;
    let (mut room, mut received, mut stored) = (Vec::new(), Vec::new(), None);
    let block = block_in(&mut room);
    loop {
        let mut busy = false;
        for (socket, turn) in &mut connections {
            let bytes = match turn {
                Some(Turn { at, end, .. }) => {
                    let room = block.len().min(usize::try_from(*end - *at)?);
                    let n = socket.read(&mut block[..room])?;
                    ensure!(n > 0, "the server closed the connection");
                    &block[..n]
                }
                None => {
                    let Some((number, range)) = waiting.next() else { continue };
                    socket.write_all(head(target, Some(&range)).as_bytes())?;
                    let Response { begin, stored: crc, .. } = response(socket, block)?;
                    stored = Some(crc);
                    received.push(None);
                    *turn = Some(Turn {
                        number,
                        at: range.start,
                        end: range.end,
                        length: range.end - range.start,
                        digest: Digest::new(Crc64Xz),
                    });
                    &block[begin]
                }
            };
            busy = true;
            let Some(part) = turn else { continue };
            part.digest.update(bytes);
            file.write_all_at(bytes, part.at)?;
            part.at += bytes.len() as u64;
            if part.at == part.end {
                received[part.number] = Some((part.digest.finalize(), part.length));
                *turn = None;
            }
        }
        if !busy {
            break;
        }
    }
    let mut whole = 0;
    for range in received {
        let (crc, length) = range.context("a range was not received")?;
        whole = checksum_combine(Crc64Xz, whole, crc, length);
    }
    ensure!(Some(whole) == stored, "the object has another CRC64");
    job.finish()
}

/// An object by one request, to standard output.
pub(crate) fn to_pipe(job: &Job, target: &str) -> Result<()> {
    let (mut socket, mut out, mut room) = (connect(job)?, std::io::stdout().lock(), Vec::new());
    let block = block_in(&mut room);
    socket.write_all(head(target, None).as_bytes())?;
    let Response { begin, length: mut left, stored } = response(&mut socket, block)?;
    let mut digest = Digest::new(Crc64Xz);
    let mut bytes = &block[begin];
    loop {
        digest.update(bytes);
        out.write_all(bytes)?;
        left -= bytes.len();
        if left == 0 {
            break;
        }
        let n = socket.read(block)?;
        ensure!(n > 0, "the server closed the connection");
        bytes = &block[..n];
    }
    out.flush()?;
    ensure!(digest.finalize() == stored, "the object has another CRC64");
    Ok(())
}

/// As many sockets as downloads at a time; on all a request is sent, then from all a response is read.
pub(crate) fn many(job: &Job, targets: &[&str]) -> Result<()> {
    let mut sockets = (0..job.parallel).map(|_| connect(job)).collect::<Result<Vec<_>>>()?;
    let mut room = Vec::new();
    let block = block_in(&mut room);
    let files: Vec<_> = job.downloads()?.collect();
    let all: Vec<_> = files.iter().zip(targets).collect();
    for some in all.chunks(job.parallel) {
        for (socket, (_, target)) in sockets.iter_mut().zip(some) {
            socket.write_all(head(target, None).as_bytes())?;
        }
        for (socket, ((path, _), _)) in sockets.iter_mut().zip(some) {
            let Response { begin, length, stored } = response(socket, block)?;
            let end = begin.start + length;
            if begin.end < end {
                socket.read_exact(block.get_mut(begin.end..end).context("the object is too long")?)?;
            }
            let bytes = &block[begin.start..end];
            ensure!(crc_fast::checksum(Crc64Xz, bytes) == stored, "the object has another CRC64");
            File::create(path)?.write_all(bytes)?;
        }
    }
    Ok(())
}

fn head(target: &str, range: Option<&Range<u64>>) -> String {
    let range = range.map_or(String::new(), |range| format!("Range: bytes={}-{}\r\n", range.start, range.end - 1));
    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{range}\r\n")
}

/// What a response begins with.
struct Response {
    /// Where the first bytes of its body are.
    begin: Range<usize>,
    /// Bytes of the body.
    length: usize,
    /// CRC64 of the object.
    stored: u64,
}

/// Reads the head of a response, and what came with it, into `block`.
fn response(socket: &mut TcpStream, block: &mut [u8]) -> Result<Response> {
    let mut have = 0;
    let end = loop {
        if let Some(at) = block[..have].windows(4).position(|end| end == b"\r\n\r\n") {
            break at;
        }
        // A head is short; what is read with it is body.
        let room = block.len().min(have + HEAD);
        let n = socket.read(block.get_mut(have..room).context("the response is too long")?)?;
        ensure!(n > 0, "the server closed the connection");
        have += n;
    };
    let text = String::from_utf8_lossy(&block[..end]).to_ascii_lowercase();
    ensure!(text.starts_with("http/1.1 20"), "refused: {text}");
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).with_context(|| format!("no {name}"))
    };
    let (length, stored) = (field("content-length")?.parse()?, field("x-oss-hash-crc64ecma")?.parse()?);
    Ok(Response { begin: end + 4..have, length, stored })
}

const HEAD: usize = 16 * 1024;
