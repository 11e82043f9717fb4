//! Filters, of every command that goes through a folder.

use oss_emulator::Emulator;

use crate::support::{Ended, Login, Scratch, client, emulator, keys, put, run, run_with_input, tree};

async fn ossup_of(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["--endpoint", emulator.endpoint()]].concat()).await
}

/// A folder with files of different names, sizes and places.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    for folder in ["in", "in/tmp"] {
        std::fs::create_dir(scratch.path(folder)).unwrap();
    }
    for (name, len) in [("a.jpg", 10), ("b.txt", 2_000), ("tmp/c.jpg", 30), ("tmp/d e.txt", 5)] {
        scratch.file(&format!("in/{name}"), &vec![b'x'; len]);
    }
    scratch
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_takes_what_its_filters_keep_in_the_order_of_the_flags() {
    let scratch = folder();
    let source = scratch.text("in");
    let rules = scratch.file("rules", b"# photos\n+ *.jpg\n- **\n");
    let patterns = scratch.file("patterns", b"*.txt\n");
    let list = scratch.file("list", b"# two\n a.jpg\n./tmp/d e.txt\n");
    let raw = scratch.file("raw", b"a.jpg\ntmp/d e.txt");
    for (flags, wanted) in [
        (&["--include", "*.jpg", "--exclude", "tmp/"][..], &["a.jpg", "tmp/c.jpg"][..]),
        (&["--exclude", "tmp/", "--include", "*.jpg"], &["a.jpg"]),
        (&["--filter", "- tmp/", "--filter", "+ *.txt", "--exclude", "*"], &["b.txt"]),
        (&["--filter-from", &rules], &["a.jpg", "tmp/c.jpg"]),
        (&["--include-from", &patterns], &["b.txt", "tmp/d e.txt"]),
        (&["--exclude-from", &patterns], &["a.jpg", "tmp/c.jpg"]),
        (&["--files-from", &list], &["a.jpg", "tmp/d e.txt"]),
        (&["--files-from-raw", &raw], &["a.jpg", "tmp/d e.txt"]),
        (&["--min-size", "30"], &["b.txt", "tmp/c.jpg"]),
        (&["--max-size", "10"], &["a.jpg", "tmp/d e.txt"]),
        (&["--min-age", "1h"], &[]),
        (&["--max-age", "1h", "--max-size", "5"], &["tmp/d e.txt"]),
        (&["--min-mtime", "2100-01-01"], &[]),
        (&["--max-mtime", "2001-01-01T00:00:00Z"], &[]),
        (&["--start-after", "b.txt", "--end-with", "tmp/c.jpg"], &["tmp/c.jpg"]),
    ] {
        let emulator = emulator().start().await.unwrap();
        let ended = ossup_of(&emulator, &[&["cp", "-r", &source, "oss://demo"], flags].concat()).await.succeeded();
        assert_eq!(keys(&emulator), wanted, "{flags:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_and_a_copy_take_what_their_filters_keep() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let all = ["dir/a.jpg", "dir/b.txt", "dir/tmp/c.jpg", "dir2/a.jpg"];
    put(&client(&emulator), &all).await;
    let scratch = Scratch::new();
    let list = scratch.file("list", b"a.jpg\nmissing\n");
    for (number, (flags, wanted)) in [
        (&["--include", "*.jpg", "--exclude", "tmp/"][..], &["a.jpg", "tmp/c.jpg"][..]),
        (&["--exclude", "tmp/", "--include", "*.jpg"], &["a.jpg"]),
        (&["--min-size", "10"], &["tmp/c.jpg"]),
        (&["--max-size", "9"], &["a.jpg", "b.txt"]),
        (&["--min-age", "1h"], &[]),
        (&["--max-mtime", "2001-01-01"], &[]),
        (&["--start-after", "dir/a.jpg", "--end-with", "dir/b.txt"], &["b.txt"]),
        (&["--files-from", &list], &["a.jpg"]),
    ]
    .into_iter()
    .enumerate()
    {
        let target = scratch.text(&format!("target-{number}"));
        let copies = format!("oss://other/{number}/");
        for destination in [&target, &copies] {
            let ended =
                ossup_of(&emulator, &[&["cp", "-r", "oss://demo/dir", destination, "--json"], flags].concat()).await;
            // The one that is listed and missing.
            let code = if flags[0] == "--files-from" { 2 } else { 0 };
            assert_eq!(ended.code, Some(code), "{flags:?}: {ended:?}");
        }
        let mut files: Vec<_> = match std::path::Path::new(&target).exists() {
            true => tree(target.as_ref()).into_keys().collect(),
            false => Vec::new(),
        };
        files.retain(|name| !name.ends_with('/'));
        assert_eq!(files, wanted, "{flags:?}");
        let copied = emulator.objects("other").unwrap().into_iter().map(|object| object.key);
        let copied: Vec<_> =
            copied.filter_map(|key| key.strip_prefix(&format!("{number}/")).map(str::to_owned)).collect();
        assert_eq!(copied, wanted, "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_files_come_from_standard_input_and_a_missing_one_is_a_failure() {
    let scratch = folder();
    let source = scratch.text("in");
    let emulator = emulator().start().await.unwrap();
    let arguments =
        ["cp", "-r", &source, "oss://demo/x", "--files-from", "-", "--json", "--endpoint", emulator.endpoint()];
    let ended = run_with_input(&Login::of(&emulator), &arguments, &[b"a.jpg\nmissing\n"]).await;
    assert_eq!((ended.code, &ended.summary()["failed"]), (Some(2), &1.into()), "{ended:?}");
    assert!(ended.stderr.contains("missing is in the list, but there is no such file"), "{ended:?}");
    assert_eq!(keys(&emulator), ["x/a.jpg"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_takes_what_its_filters_keep_and_nothing_else() {
    let all = ["dir/a.jpg", "dir/b.txt", "dir/tmp/c.jpg", "dir2/a.jpg"];
    let list = Scratch::new();
    let list = list.file("list", b"a.jpg\n");
    for (flags, left) in [
        (&["--include", "*.jpg"][..], &["dir/b.txt", "dir2/a.jpg"][..]),
        (&["--exclude", "tmp/", "--include", "*.jpg"], &["dir/b.txt", "dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--filter", "- *.jpg"], &["dir/a.jpg", "dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--min-size", "10"], &["dir/a.jpg", "dir/b.txt", "dir2/a.jpg"]),
        (&["--max-size", "9"], &["dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--min-age", "1h"], &all),
        (&["--max-mtime", "2001-01-01"], &all),
        (&["--max-age", "1h", "--include", "b*"], &["dir/a.jpg", "dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--min-mtime", "2001-01-01", "--include", "b*"], &["dir/a.jpg", "dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--start-after", "dir/a.jpg", "--end-with", "dir/b.txt"], &["dir/a.jpg", "dir/tmp/c.jpg", "dir2/a.jpg"]),
        (&["--files-from", &list], &["dir/b.txt", "dir/tmp/c.jpg", "dir2/a.jpg"]),
    ] {
        let emulator = emulator().start().await.unwrap();
        put(&client(&emulator), &all).await;
        let planned =
            ossup_of(&emulator, &[&["rm", "-r", "-n", "oss://demo/dir/", "--json"], flags].concat()).await.succeeded();
        assert_eq!(keys(&emulator), all);
        let ended =
            ossup_of(&emulator, &[&["rm", "-r", "-f", "oss://demo/dir/", "--json"], flags].concat()).await.succeeded();
        assert_eq!(keys(&emulator), left, "{flags:?}: {ended:?}");
        assert_eq!(planned.summary()["planned"], ended.summary()["deleted"], "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_is_none_or_has_nothing_to_choose_from_changes_nothing() {
    let scratch = folder();
    let source = scratch.text("in");
    let file = scratch.text("in/a.jpg");
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["k"]).await;
    for (flags, says) in [
        (&["--include", "["][..], "is not a pattern"),
        (&["--filter", "x"], "is not a rule"),
        (&["--filter-from", "/missing"], "/missing"),
        (&["--include-from", "/missing"], "/missing"),
        (&["--exclude-from", "/missing"], "/missing"),
        (&["--files-from", "/missing"], "/missing"),
        (&["--files-from-raw", "/missing"], "/missing"),
        (&["--min-size", "x"], "is not a size"),
        (&["--max-size", "x"], "is not a size"),
        (&["--min-age", "x"], "is not a time"),
        (&["--max-age", "x"], "is not a time"),
        (&["--min-mtime", "x"], "is not a date"),
        (&["--max-mtime", "x"], "is not a date"),
        (&["--start-after", "b", "--end-with", "a"], "--start-after"),
    ] {
        for command in [&["cp", "-r", &source, "oss://demo/"][..], &["rm", "-r", "-f", "oss://demo"]] {
            let ended = ossup_of(&emulator, &[command, flags].concat()).await;
            let code = if says == "/missing" { 1 } else { 64 };
            assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{flags:?}: {ended:?}");
            assert!(ended.stderr.contains(says), "{flags:?}: {ended:?}");
        }
    }
    for command in [&["cp", &file, "oss://demo/x"][..], &["rm", "oss://demo/k"]] {
        let ended = ossup_of(&emulator, &[command, &["--include", "x"]].concat()).await;
        assert_eq!((ended.code, ended.stderr.contains("add -r")), (Some(64), true), "{ended:?}");
    }
    assert_eq!(keys(&emulator), ["k"]);
}
