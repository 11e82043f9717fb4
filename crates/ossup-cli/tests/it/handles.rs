//! A process that may have few files open.

use std::path::Path;

use crate::support::{Login, Scratch, bytes, emulator, end, program};

/// Rows: R16, R78.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_arrives_though_few_files_may_be_open() {
    const FILES: usize = 60;
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let content = bytes(1, 150_000);
    std::fs::create_dir(scratch.path("in")).unwrap();
    for n in 0..FILES {
        std::fs::write(scratch.path(&format!("in/{n}")), &content).unwrap();
    }
    let folder = &scratch.text("in");
    for limit in ["48", "80"] {
        let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
        let mut arguments = vec!["-c", &script, env!("CARGO_BIN_EXE_ossup"), "cp", "-r", folder, "oss://demo/in/"];
        arguments.extend(["--endpoint", emulator.endpoint(), "--jobs", "128", "--part-size", "100KiB", "--json"]);
        let command = program(Path::new("/bin/sh"), Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
        let summary = end(command).await.succeeded().summary();
        assert_eq!((summary["done"].as_u64(), summary["failed"].as_u64()), (Some(FILES as u64), Some(0)), "{summary}");
        assert_eq!(emulator.objects("demo").unwrap().len(), FILES);
        assert!(emulator.uploads("demo").unwrap().is_empty());

        // And back, each with a record.
        let back = scratch.text(&format!("back-{limit}"));
        let mut arguments = vec!["-c", &script, env!("CARGO_BIN_EXE_ossup"), "cp", "-r", "oss://demo/in/", &back];
        arguments.extend(["--endpoint", emulator.endpoint(), "--jobs", "128", "--part-size", "100KiB", "--json"]);
        let records = scratch.text("records");
        arguments.extend(["--checkpoint-dir", &records]);
        let command = program(Path::new("/bin/sh"), Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
        let summary = end(command).await.succeeded().summary();
        assert_eq!((summary["done"].as_u64(), summary["failed"].as_u64()), (Some(FILES as u64), Some(0)), "{summary}");
    }
}
