use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;

/// A folder with these files; a path that ends in `/` is an empty folder.
fn folder(paths: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        let at = folder.path().join(path);
        if path.ends_with('/') {
            fs::create_dir_all(at).unwrap();
        } else {
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, path).unwrap();
        }
    }
    folder
}

fn walk(folder: &Path, options: WalkOptions) -> Vec<String> {
    let items: Vec<_> = Walk::new(folder, options).unwrap().collect();
    assert!(items.is_sorted_by(|a, b| a.position() <= b.position()), "{items:?}");
    items
        .iter()
        .map(|item| match item {
            Item::Entry(entry) => entry.path.clone(),
            Item::Unknown(unknown) => format!("{}?{}", unknown.paths.first(), unknown.reason),
        })
        .collect()
}

#[test]
fn files_come_in_the_order_of_keys() {
    let paths = ["a.txt", "a/b", "a/b.c/d", "a/c/", "a0", "z/", ".hidden", "\u{e9}", "\u{ffff}", "\u{10000}"];
    let folder = folder(&paths[..]);
    let mut sorted: Vec<_> = paths.iter().filter(|path| !path.ends_with('/')).map(|path| (*path).to_owned()).collect();
    sorted.sort_unstable();
    assert_eq!(walk(folder.path(), WalkOptions::default()), sorted);
}

#[test]
fn an_entry_has_the_size_and_both_times_of_its_file() {
    let folder = folder(&["abc"]);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    fs::File::options().write(true).open(folder.path().join("abc")).unwrap().set_modified(old).unwrap();
    let Some(Item::Entry(entry)) = Walk::new(folder.path(), WalkOptions::default()).unwrap().next() else {
        panic!("no entry")
    };
    assert_eq!((entry.path.as_str(), entry.size, entry.modified), ("abc", 3, Some(old)));
    assert!(entry.changed.unwrap() > old + Duration::from_secs(1_000_000_000));
}

#[test]
fn what_is_no_file_is_unknown_and_not_missing() {
    let folder = folder(&["a", "d/x", "e/y"]);
    let at = |name: &str| folder.path().join(name);
    symlink(at("d"), at("link")).unwrap();
    symlink(at("nothing"), at("to-nothing")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"n\xff")), "").unwrap();
    fs::create_dir(folder.path().join(OsStr::from_bytes(b"o\xff"))).unwrap();
    let link = "a symbolic link, which is not followed";
    let expected = [
        "a",
        "d/x",
        "e/y",
        &format!("link?{link}"),
        "n\u{fffd}?a name that is not Unicode",
        "o\u{fffd}/?a name that is not Unicode",
        "pipe?neither a file nor a folder",
        &format!("to-nothing?{link}"),
    ];
    assert_eq!(walk(folder.path(), WalkOptions::default()), expected);
}

#[test]
fn links_are_followed_on_request_and_never_in_a_circle() {
    let folder = folder(&["d/x", "f"]);
    let at = |name: &str| folder.path().join(name);
    symlink(at("d"), at("c")).unwrap();
    symlink(at("f"), at("g")).unwrap();
    symlink(folder.path(), at("d/up")).unwrap();
    symlink(at("nothing"), at("h")).unwrap();
    let circle = "a link that leads back to a folder which contains it";
    let expected = [
        &format!("c/up/?{circle}"),
        "c/x",
        &format!("d/up/?{circle}"),
        "d/x",
        "f",
        "g",
        "h?what it is could not be read",
    ];
    assert_eq!(walk(folder.path(), WalkOptions::default().follow_links(true)), expected);
}

#[test]
fn a_filter_leaves_out_by_path_and_keeps_others_out_of_doubt() {
    let folder = folder(&["a/1.log", "a/2.txt", "b/3.log", "large-file"]);
    let filter = Filter::builder().exclude("b/**").exclude("*.log").max_size(8).build().unwrap();
    let found = walk(folder.path(), WalkOptions::default().filter(filter));
    assert_eq!(found, ["a/2.txt", "large-file?left out by its size or time"]);
}

#[test]
fn a_root_that_cannot_be_read_is_an_error_that_names_it() {
    let folder = folder(&["file"]);
    for path in ["file", "missing"] {
        let error = Walk::new(folder.path().join(path), WalkOptions::default()).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_tree_comes_in_the_order_of_keys(paths in proptest::collection::btree_set("[ab.]{1,2}(/[ab.0]{1,2}){0,3}", 1..16)) {
        let folder = tempfile::tempdir().unwrap();
        let mut files = BTreeMap::new();
        for path in paths.iter().filter(|path| path.split('/').all(|name| name != "." && name != "..")) {
            let at = folder.path().join(path);
            // A file may be where another path has a folder.
            if fs::create_dir_all(at.parent().unwrap()).is_ok() && fs::write(&at, "").is_ok() {
                files.insert(path.clone(), ());
            }
        }
        prop_assert_eq!(walk(folder.path(), WalkOptions::default()), files.into_keys().collect::<Vec<_>>());
    }
}
