//! The picture in the README: what a terminal shows when the command line is really run, against the emulator.
//!
//! Each command runs in a terminal of its own (a pseudoterminal), so that it draws bars and colours as it does for people.
//! What it prints is interpreted as a terminal would, and the rows that are left are drawn as text in an SVG. Of a bar, which
//! is gone at the end, a moment in the middle is kept.

mod svg;
mod terminal;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use xtask::step;

use crate::workspace;
use svg::Picture;

const FILE: &str = "docs/ossup.svg";
/// Larger would not be worth loading with a page.
const LIMIT: usize = 40 << 10;
/// Enough for a bar to be seen half-way.
const FILE_SIZE: u64 = 256 << 20;

/// Records, and writes the picture.
///
/// # Errors
/// A command fails, or the picture would be too large.
pub(crate) fn run() -> Result<()> {
    step::run("the command line", step::cargo().args(["build", "--quiet", "--package", "ossup-cli"]))?;
    let program = PathBuf::from(step::built("ossup")?.get_program());
    let folder = std::env::temp_dir().join(format!("ossup-picture-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let drawn = record(&program, &folder);
    fs::remove_dir_all(&folder)?;
    let picture = drawn?.to_svg();
    ensure!(picture.len() <= LIMIT, "{FILE} would have {} bytes, and not at most {LIMIT}", picture.len());
    fs::write(workspace::root().join(FILE), picture).with_context(|| FILE)?;
    println!("wrote {FILE}");
    Ok(())
}

fn record(program: &Path, folder: &Path) -> Result<Picture> {
    let server = Server::start(program, folder)?;
    File::create(folder.join("film.mkv"))?.set_len(FILE_SIZE)?;
    let mut picture = Picture::new("ossup uploads a file with a progress bar, lists it, downloads it and signs a URL");
    for line in [
        "cp film.mkv oss://demo/film.mkv",
        "ls oss://demo",
        "cp oss://demo/film.mkv back.mkv",
        "presign oss://demo/film.mkv --expires-duration 1h",
    ] {
        let mut command = Command::new(program);
        command.args(line.split(' ')).current_dir(folder).env_clear().envs(server.variables.iter().cloned());
        command.env("HOME", folder).env("TERM", "xterm-256color");
        let recording = terminal::record(&mut command).with_context(|| format!("ossup {line}"))?;
        picture.prompt(&format!("ossup {line}"));
        recording.half_way.iter().chain(&recording.rows).for_each(|row| picture.row(row));
        picture.gap();
    }
    Ok(picture)
}

/// An emulator that runs until it is dropped.
struct Server {
    child: Child,
    /// What a client needs in its environment.
    variables: Vec<(String, String)>,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--port", "0", "--durability", "process", "--dir"]).arg(folder.join("data"));
        let mut child = command.env_clear().stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut server = Self { child, variables: Vec::new() };
        // The secret is the last line.
        for line in BufReader::new(output).lines() {
            let line = line?;
            if let Some(endpoint) = line.strip_prefix("endpoint: ") {
                server.variables.push(("OSS_ENDPOINT".to_owned(), endpoint.to_owned()));
            }
            if let Some((name, value)) = line.split_once('=').filter(|(name, _)| name.starts_with("OSS_")) {
                server.variables.push((name.to_owned(), value.to_owned()));
                if name == "OSS_ACCESS_KEY_SECRET" {
                    return Ok(server);
                }
            }
        }
        anyhow::bail!("the emulator ended before it said where it is")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
