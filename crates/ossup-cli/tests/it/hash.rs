//! `ossup hash` from end to end.

use oss_emulator::{Emulator, Fault, FaultEffect};

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, put, run, run_with_input};

async fn hash(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["hash", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_objects_and_standard_input_have_the_same_hash() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["123456789"]).await;
    emulator.clear_history();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"123456789");
    for (kind, wanted) in [
        ("crc64", "11051210869376104954"),
        ("md5", "25f9e794323b453885f5181f1b624d0b"),
        ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ] {
        let ended = hash(&emulator, &[&file, "oss://demo/123456789", "--type", kind]).await.succeeded();
        assert_eq!(ended.stdout, format!("{wanted}  {file}\n{wanted}  oss://demo/123456789\n"), "{ended:?}");
        let ended = run_with_input(&Login::of(&emulator), &["hash", "-", "--type", kind], &[b"12345", b"6789"]).await;
        assert_eq!(ended.succeeded().stdout, format!("{wanted}  -\n"));
    }
    // OSS has the CRC64, so the object is not downloaded for it.
    assert_eq!((count(&emulator, "HeadObject"), count(&emulator, "GetObject")), (1, 2));
    let ended = hash(&emulator, &[&file, "--json"]).await.succeeded();
    assert_eq!((&ended.json()["type"], &ended.json()["hash"]), (&"crc64".into(), &"11051210869376104954".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_crc64_is_downloaded_for_it() {
    let emulator =
        emulator().fault(Fault::on("HeadObject").effect(FaultEffect::MissingCrc).always()).start().await.unwrap();
    put(&client(&emulator), &["123456789"]).await;
    let ended = hash(&emulator, &["oss://demo/123456789"]).await.succeeded();
    assert_eq!(ended.stdout, "11051210869376104954  oss://demo/123456789\n");
    assert_eq!(count(&emulator, "GetObject"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_compared() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let scratch = Scratch::new();
    let (same, other) = (scratch.file("same", b"x"), scratch.file("other", b"x"));
    let list = hash(&emulator, &[&same, &other, "oss://demo/a", "--type", "sha256"]).await.succeeded().stdout;
    let list_file = scratch.file("list", list.as_bytes());
    let compare = async || hash(&emulator, &["--check", &list_file, "--type", "sha256"]).await;
    assert_eq!(compare().await.succeeded().stdout, format!("{same}: OK\n{other}: OK\noss://demo/a: OK\n"));
    let ended = run_with_input(
        &Login::of(&emulator),
        &["hash", "--check", "-", "--type", "sha256", "--endpoint", emulator.endpoint()],
        &[list.as_bytes()],
    )
    .await;
    ended.succeeded();
    std::fs::write(&other, b"y").unwrap();
    let ended = compare().await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1), "{ended:?}");
    assert!(
        ended.stdout.contains(&format!("{other}: FAILED\n")) && ended.stderr.contains("the sha256 is "),
        "{ended:?}"
    );
    std::fs::remove_file(&same).unwrap();
    assert_eq!(compare().await.code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_and_what_is_missing_a_failure() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (file, missing, bad) = (scratch.file("file", b"x"), scratch.text("missing"), scratch.file("bad", b"no list"));
    for (arguments, code, says) in [
        (&[][..], 64, "<WHAT>"),
        (&[&file, "--type", "md4"], 64, "--type"),
        (&[&file, "--check", &file], 64, "--check"),
        (&[&missing], 1, "missing"),
        (&["oss://demo/missing"], 1, "oss://demo/missing"),
        (&[&file, &missing], 2, "missing"),
        (&["--check", &missing], 1, "missing"),
        (&["--check", &bad], 1, "line 1"),
    ] {
        let ended = hash(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_etag_of_an_upload_in_parts_can_be_computed() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    for (name, len) in [("odd", (250 << 10) + 7), ("even", 200 << 10)] {
        let file = scratch.file(name, &bytes(3, len));
        let to = format!("oss://demo/{name}");
        let cp = ["cp", &file, &to, "--part-size", "100KiB", "--no-checkpoint", "-e", emulator.endpoint(), "--json"];
        let etag = run(&login, &cp).await.succeeded().json()["etag"].as_str().unwrap().trim_matches('"').to_owned();
        let hash = ["hash", "--type", "md5", "--composite", "100KiB", &file, &to, "-e", emulator.endpoint()];
        let ended = run(&login, &hash).await.succeeded();
        assert_eq!(ended.stdout, format!("{etag}  {file}\n{etag}  {to}\n"));
    }
    for arguments in [&["hash", "--composite", "1M", "x"][..], &["hash", "--composite", "0", "--type", "md5", "x"]] {
        let ended = run(&login, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
    }
}
