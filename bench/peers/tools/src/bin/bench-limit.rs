//! The limit: the least that any client has to do, as bare blocking loops over plain sockets.
//!
//! Each reads in 256 KiB blocks, computes the CRC64 and writes to a socket; the server's CRC64 is compared at the end.
//! Nothing is signed, so the server must not ask for signatures. `crc` stops at the CRC64, and `make` writes the files
//! that the others upload.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use bench_job::{Job, Work};
use crc_fast::{CrcAlgorithm::Crc64Xz, Digest};

const BLOCK: usize = 256 * 1024;
/// Most bytes of one request; the server's own bound is 5 GiB.
const LARGEST: u64 = 4 << 30;

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
        [_, "crc", path] => {
            println!("{}", crc(Path::new(path))?);
            Ok(())
        }
        _ => upload(&Job::from_process()?),
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

fn read(mut file: File) -> Result<u64> {
    let (mut block, mut digest) = (vec![0; BLOCK], Digest::new(Crc64Xz));
    loop {
        match file.read(&mut block)? {
            0 => return Ok(digest.finalize()),
            n => digest.update(&block[..n]),
        }
    }
}

fn upload(job: &Job) -> Result<()> {
    match job.work {
        Work::File => {
            let file = File::open(&job.path)?;
            let length = file.metadata()?.len();
            one(job, file, length)
        }
        // The path says how long standard input is: the protocol has no object of unknown length in one request.
        Work::Pipe => one(job, std::io::stdin().lock(), job.path.to_string_lossy().parse()?),
        Work::Folder => many(job),
    }
}

/// More than the server takes by one request goes by several, each in place of the object before: the work is the same.
fn one(job: &Job, mut source: impl Read, length: u64) -> Result<()> {
    let mut socket = connect(job)?;
    let mut block = vec![0; BLOCK];
    let mut left = length;
    while left > 0 {
        let request = left.min(LARGEST);
        left -= request;
        socket.write_all(head(job, &job.key, request).as_bytes())?;
        let (mut piece, mut digest) = (source.by_ref().take(request), Digest::new(Crc64Xz));
        loop {
            let n = piece.read(&mut block)?;
            if n == 0 {
                break;
            }
            digest.update(&block[..n]);
            socket.write_all(&block[..n])?;
        }
        verify(&mut socket, digest.finalize())?;
    }
    Ok(())
}

/// As many sockets as uploads at a time; on all a request is sent, then from all a response is read.
fn many(job: &Job) -> Result<()> {
    let mut sockets = (0..job.parallel).map(|_| connect(job)).collect::<Result<Vec<_>>>()?;
    let mut message = Vec::with_capacity(BLOCK);
    for files in job.files()?.chunks(job.parallel) {
        let mut sent = Vec::with_capacity(files.len());
        for (socket, (path, key)) in sockets.iter_mut().zip(files) {
            let mut file = File::open(path)?;
            message.clear();
            message.extend_from_slice(head(job, key, file.metadata()?.len()).as_bytes());
            let start = message.len();
            file.read_to_end(&mut message)?;
            let crc = crc_fast::checksum(Crc64Xz, &message[start..]);
            socket.write_all(&message)?;
            sent.push((socket, crc));
        }
        sent.into_iter().try_for_each(|(socket, crc)| verify(socket, crc))?;
    }
    Ok(())
}

fn connect(job: &Job) -> Result<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", job.port()?))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn head(job: &Job, key: &str, length: u64) -> String {
    let bucket = &job.bucket;
    format!("PUT /{bucket}/{key} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n")
}

fn verify(socket: &mut TcpStream, crc: u64) -> Result<()> {
    let mut response = [0; 4096];
    let mut have = 0;
    while !response[..have].windows(4).any(|end| end == b"\r\n\r\n") {
        let n = socket.read(response.get_mut(have..).context("the response is too long")?)?;
        ensure!(n > 0, "the server closed the connection");
        have += n;
    }
    let response = String::from_utf8_lossy(&response[..have]).to_ascii_lowercase();
    ensure!(response.starts_with("http/1.1 200"), "refused: {response}");
    if !response.contains(&format!("x-oss-hash-crc64ecma: {crc}\r\n")) {
        bail!("the server has another CRC64: {response}");
    }
    Ok(())
}
