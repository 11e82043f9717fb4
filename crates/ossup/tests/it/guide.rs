//! The guide says nothing that does not compile: each of its Rust snippets stands, line for line, in a program below.

#![expect(clippy::needless_borrow, clippy::let_and_return, reason = "a snippet stands as its reader would write it")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use oss_emulator::Emulator;
use ossup::{Client, Config, Credentials};
use tempfile::NamedTempFile;

use crate::support::bytes;

mod client;
mod control;
mod copies;
mod downloads;
mod emulator;
#[cfg(feature = "directory")]
mod folders;
mod layers;
mod permissions;
mod unfinished;
mod uploads;

/// The bucket that the guide speaks of.
const BUCKET: &str = "my-bucket";

async fn client() -> (Emulator, Client) {
    let emulator = Emulator::builder().bucket(BUCKET).start().await.unwrap();
    let client = Client::new(config_for(&emulator)).unwrap();
    (emulator, client)
}

fn config_for(emulator: &Emulator) -> Config {
    let (id, secret) = emulator.credentials();
    Config::default().endpoint(emulator.endpoint()).region(emulator.region()).credentials(Credentials::new(id, secret))
}

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

#[track_caller]
fn assert_stored(emulator: &Emulator, key: &str, content: &[u8]) {
    let stored = emulator.content(BUCKET, key).unwrap().expect("the object is there");
    assert!(stored == content, "{key} has {} other bytes than the {} expected", stored.len(), content.len());
}

#[test]
fn every_snippet_of_the_guide_is_part_of_a_program_that_compiles() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut programs = files(&here.join("tests/it/guide"));
    programs.push(here.join("../oss-object-store/tests/it/guide.rs"));
    let programs: Vec<String> = programs.iter().map(|path| unindented(&read(path))).collect();
    let docs = here.join("../../docs");
    let mut pages = files(&docs.join("guide"));
    pages.push(docs.join("guide.md"));

    let mut found = 0;
    for page in pages {
        for snippet in snippets(&unindented(&read(&page))) {
            let is_compiled = programs.iter().any(|program| program.contains(snippet));
            assert!(
                is_compiled,
                "{} has a snippet that is in no program of tests/it/guide:\n{snippet}",
                page.display()
            );
            found += 1;
        }
    }
    assert!(found > 30, "only {found} snippets were found");
}

#[test]
fn the_guide_lists_every_operation_of_the_client() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, page) = (read(&here.join("src/operations.rs")), read(&here.join("../../docs/guide/client.md")));
    let methods =
        code.lines().filter(|line| line.contains("Request -> ")).filter_map(|line| line.trim().split(':').next());
    let missing: Vec<_> = methods.clone().filter(|method| !page.contains(&format!("| `{method}` |"))).collect();
    assert!(methods.count() > 30 && missing.is_empty(), "{missing:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Without the indentation, which is another inside of a function.
fn unindented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim())).collect()
}

fn snippets(page: &str) -> impl Iterator<Item = &str> {
    page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next())
}
