//! The limit: the least that any client has to do, as a bare loop on one thread over blocking sockets.
//!
//! Every request was signed in advance: the file named by `OSS_REQUESTS` has one target for each part and then that of
//! Complete, or one for each file of a folder. As many connections as parts in flight take turns: for the one whose turn
//! it is a block of 256 KiB is read, its CRC64 computed, and the block sent. Each response's CRC64 is compared with that of
//! the part, and the last one's with that of the whole. `crc` stops at the CRC64, and `make` writes the files that the
//! others upload. What it does of downloads is in `download`, and of lists in `list`.
//!
//! With `OSS_SAME_CALLS` in place of that least an upload is what our own client has the system do: see `same`.

mod download;
mod list;
mod network;
#[cfg(target_os = "linux")]
mod same;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bench_job::{Job, Work};
use crc_fast::{CrcAlgorithm::Crc64Xz, Digest, checksum_combine};

const BLOCK: usize = 256 * 1024;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [_, "make", path, size, "random"] => make(Path::new(path), size.parse()?),
        [_, "make", path, size, "sparse"] => Ok(File::create(path)?.set_len(size.parse()?)?),
        [_, "make-folder", path, count, size] => {
            std::fs::create_dir_all(path)?;
            let size = size.parse()?;
            (0..count.parse::<u32>()?).try_for_each(|n| make(&Path::new(path).join(format!("{n:05}")), size))
        }
        [_, "crc", "-"] => {
            println!("{}", read(std::io::stdin().lock())?);
            Ok(())
        }
        [_, "crc", path] => {
            println!("{}", crc(Path::new(path))?);
            Ok(())
        }
        [_, "post", endpoint, target] => network::post(endpoint, target),
        [_, "list", endpoint, buckets @ ..] => list::all(endpoint, buckets),
        _ => transfer(&Job::from_process()?),
    }
}

fn make(path: &Path, mut left: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut block = vec![0; 1024 * 1024];
    while left > 0 {
        let n = block.len().min(usize::try_from(left)?);
        fastrand::fill(&mut block[..n]);
        file.write_all(&block[..n])?;
        left -= n as u64;
    }
    Ok(())
}

/// CRC64 of a file, or the wrapped sum of those of a folder's files.
fn crc(path: &Path) -> Result<u64> {
    if path.is_file() {
        return read(File::open(path)?);
    }
    std::fs::read_dir(path)?.try_fold(0_u64, |sum, entry| Ok(sum.wrapping_add(read(File::open(entry?.path())?)?)))
}

fn read(mut file: impl Read) -> Result<u64> {
    let (mut block, mut digest) = (vec![0; BLOCK], Digest::new(Crc64Xz));
    loop {
        match file.read(&mut block)? {
            0 => return Ok(digest.finalize()),
            n => digest.update(&block[..n]),
        }
    }
}

fn transfer(job: &Job) -> Result<()> {
    let requests = std::env::var("OSS_REQUESTS").context("missing variable: OSS_REQUESTS")?;
    let requests = std::fs::read_to_string(requests)?;
    let targets: Vec<&str> = requests.lines().collect();
    #[cfg(target_os = "linux")]
    if std::env::var_os("OSS_SAME_CALLS").is_some() {
        return same::upload(job, &targets);
    }
    match job.work {
        Work::File => in_parts(job, &targets),
        Work::Pipe => in_one(job, targets.first().context("no request")?),
        Work::Folder => many(job, &targets),
        Work::GetFile => download::in_ranges(job, targets.first().context("no request")?),
        Work::GetPipe => download::to_pipe(job, targets.first().context("no request")?),
        Work::GetFolder => download::many(job, &targets),
    }
}

/// A part on its way, on a connection of its own.
struct Turn<'a> {
    number: usize,
    target: &'a str,
    /// Where in the file the next block begins, and where the part ends.
    at: u64,
    end: u64,
    digest: Digest,
}

/// The parts of a file, then Complete.
fn in_parts(job: &Job, targets: &[&str]) -> Result<()> {
    let (complete, parts) = targets.split_last().context("no request")?;
    let file = File::open(&job.path)?;
    let length = file.metadata()?.len();
    // The part size may have been raised for the number of parts.
    let part_size = length.div_ceil(parts.len() as u64).max(job.part_size as u64);
    let mut waiting = parts.iter().enumerate().map(|(number, target)| {
        let at = number as u64 * part_size;
        Turn { number, target, at, end: length.min(at + part_size), digest: Digest::new(Crc64Xz) }
    });
    let mut connections = (0..job.parallel).map(|_| Ok((connect(job)?, None))).collect::<Result<Vec<_>>>()?;
    let mut room = Vec::new();
    let block = block_in(&mut room);
    let mut sent = vec![None; parts.len()];
    let mut open = connections.len();
    while open > 0 {
        for (socket, turn) in &mut connections {
            if turn.is_none() {
                *turn = waiting.next();
                let Some(turn) = turn else { continue };
                socket.write_all(head("PUT", turn.target, turn.end - turn.at).as_bytes())?;
            }
            let Some(part) = turn else { continue };
            let count = block.len().min(usize::try_from(part.end - part.at)?);
            let bytes = &mut block[..count];
            file.read_exact_at(bytes, part.at)?;
            part.digest.update(bytes);
            socket.write_all(bytes)?;
            part.at += count as u64;
            if part.at == part.end {
                let crc = part.digest.finalize();
                let response = verified(socket, crc)?;
                let etag = response.get("etag").context("a part without an ETag")?.clone();
                let begin = part.number as u64 * part_size;
                sent[part.number] = Some(Sent { crc, length: part.end - begin, etag });
                *turn = None;
            }
        }
        open = connections.iter().filter(|(_, turn)| turn.is_some()).count() + waiting.len();
    }
    let sent = sent.into_iter().collect::<Option<Vec<Sent>>>().context("a part was not sent")?;
    let whole = sent.iter().fold(0, |whole, part| checksum_combine(Crc64Xz, whole, part.crc, part.length));
    let list = list_of(&sent)?;
    let (socket, _) = connections.first_mut().context("no connection")?;
    socket.write_all(format!("{}{list}", head("POST", complete, list.len() as u64)).as_bytes())?;
    verified(socket, whole).map(drop)
}

/// A part that the server has.
#[derive(Clone)]
struct Sent {
    crc: u64,
    length: u64,
    etag: String,
}

/// The body of Complete.
fn list_of(parts: &[Sent]) -> Result<String> {
    let mut list = String::from("<CompleteMultipartUpload>");
    for (number, Sent { etag, .. }) in parts.iter().enumerate() {
        write!(list, "<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>", number + 1)?;
    }
    list.push_str("</CompleteMultipartUpload>");
    Ok(list)
}

/// Standard input by one request. The path says how long it is: there is no object of unknown length in one request.
fn in_one(job: &Job, target: &str) -> Result<()> {
    let mut socket = connect(job)?;
    let length = job.path.to_string_lossy().parse()?;
    socket.write_all(head("PUT", target, length).as_bytes())?;
    let (mut source, mut room, mut digest) = (std::io::stdin().lock(), Vec::new(), Digest::new(Crc64Xz));
    let block = block_in(&mut room);
    loop {
        let n = source.read(block)?;
        if n == 0 {
            break;
        }
        digest.update(&block[..n]);
        socket.write_all(&block[..n])?;
    }
    verified(&mut socket, digest.finalize()).map(drop)
}

/// As many sockets as uploads at a time; on all a request is sent, then from all a response is read.
fn many(job: &Job, targets: &[&str]) -> Result<()> {
    let targets = targets.iter().map(|line| line.split_once(' ').context("a line is `FILE TARGET`"));
    let targets: BTreeMap<&str, &str> = targets.collect::<Result<_>>()?;
    let mut sockets = (0..job.parallel).map(|_| connect(job)).collect::<Result<Vec<_>>>()?;
    let mut message = Vec::with_capacity(BLOCK);
    for files in job.files()?.collect::<Result<Vec<_>>>()?.chunks(job.parallel) {
        let mut sent = Vec::with_capacity(files.len());
        for (socket, (path, _)) in sockets.iter_mut().zip(files) {
            let name = path.file_name().context("a file without a name")?.to_string_lossy();
            let target = targets.get(name.as_ref()).context("a file without a request")?;
            let mut file = File::open(path)?;
            message.clear();
            message.extend_from_slice(head("PUT", target, file.metadata()?.len()).as_bytes());
            let start = message.len();
            file.read_to_end(&mut message)?;
            let crc = crc_fast::checksum(Crc64Xz, &message[start..]);
            socket.write_all(&message)?;
            sent.push((socket, crc));
        }
        sent.into_iter().try_for_each(|(socket, crc)| verified(socket, crc).map(drop))?;
    }
    Ok(())
}

/// Room for a block that begins with a page: 16 bytes after one, where an allocator puts it, some processors copy to it at
/// half the speed.
pub(crate) fn block_in(room: &mut Vec<u8>) -> &mut [u8] {
    const PAGE: usize = 4096;
    room.resize(BLOCK + PAGE, 0);
    let start = room.as_ptr().align_offset(PAGE);
    &mut room[start..start + BLOCK]
}

fn connect(job: &Job) -> Result<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", job.port()?))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn head(method: &str, target: &str, length: u64) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n")
}

/// Reads a whole response, and compares its CRC64 with `crc`; its headers, by lower-case name.
fn verified(socket: &mut TcpStream, crc: u64) -> Result<BTreeMap<String, String>> {
    let mut response = [0; 4096];
    let mut have = 0;
    loop {
        let n = socket.read(response.get_mut(have..).context("the response is too long")?)?;
        ensure!(n > 0, "the server closed the connection");
        have += n;
        if let Some(headers) = received(&response[..have], crc)? {
            return Ok(headers);
        }
    }
}

/// Compares the CRC64 of a response with `crc`; its headers, by lower-case name. `None` if some of it is missing.
fn received(response: &[u8], crc: u64) -> Result<Option<BTreeMap<String, String>>> {
    let Some(end) = response.windows(4).position(|end| end == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&response[..end]);
    ensure!(head.starts_with("HTTP/1.1 200"), "refused: {}", String::from_utf8_lossy(response));
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    ensure!(headers.get("x-oss-hash-crc64ecma") == Some(&crc.to_string()), "the server has another CRC64: {head}");
    let body = headers.get("content-length").map_or(Ok(0), |length| length.parse::<usize>())?;
    Ok((response.len() >= end + 4 + body).then_some(headers))
}
