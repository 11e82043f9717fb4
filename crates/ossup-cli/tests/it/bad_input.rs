//! Bad input to every command: one line that names what was wrong, the right exit code, and nothing changed.

use crate::support::{Login, Scratch, client, emulator, end, keys, ossup, put, run, tree, writes};

/// The commands that the program has, as its help lists them.
async fn commands() -> Vec<String> {
    let help = end(ossup(None, &["--help"]).spawn().unwrap()).await.succeeded().stdout;
    let listed = help.split("Commands:").nth(1).unwrap().split("Options").next().unwrap();
    let name = |line: &str| {
        let line = line.strip_prefix("  ").filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))?;
        line.split_whitespace().next().map(str::to_owned)
    };
    listed.lines().filter_map(name).filter(|name| name != "help").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_to_any_command_is_one_line_and_changes_nothing() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a", "dir/b"]).await;
    emulator.clear_history();
    let scratch = Scratch::new();
    let (file, missing) = (scratch.file("file", b"content"), scratch.text("missing"));
    let (folder, below_file) = (scratch.text(""), format!("{file}/below"));
    let before = tree(scratch.folder.path());
    let cases: &[(&[&str], i32, &str)] = &[
        (&["ls", "demo"], 64, "write oss://BUCKET"),
        (&["ls", "oss://demo", "--page-size", "1001"], 64, "--page-size"),
        (&["ls", "oss://demo", "--sort", "size"], 64, "--sort"),
        (&["ls", "oss://nobucket"], 1, "NoSuchBucket"),
        (&["ls", "--region", "CN hangzhou"], 64, "--region"),
        (&["stat", "oss://UPPER/a"], 64, "UPPER"),
        (&["stat", "oss://demo/nokey"], 1, "NoSuchKey"),
        (&["stat", "oss://demo/a", "--version-id", ""], 64, "--version-id"),
        (&["du", "oss://demo", "--by", "colour"], 64, "--by"),
        (&["du", "oss://demo", "--block-size", "0"], 64, "--block-size"),
        (&["du", "oss://nobucket"], 1, "NoSuchBucket"),
        (&["cat", "oss://demo"], 64, "oss://demo/KEY"),
        (&["cat", "oss://demo/a", "--head", "x"], 64, "--head"),
        (&["cat", "oss://demo/nokey"], 1, "NoSuchKey"),
        (&["cp", &file], 64, "<SOURCE>"),
        (&["cp", &missing, "oss://demo/x"], 1, "missing"),
        (&["cp", &folder, "oss://demo/x"], 64, "add -r"),
        (&["cp", &file, "oss://demo/x", "--part-size", "1"], 64, "part_size"),
        (&["cp", &file, "oss://demo/x", "--parallel-num", "some"], 64, "--parallel-num"),
        (&["cp", &file, "oss://demo/x", "--metadata", "x"], 64, "--metadata"),
        (&["cp", "oss://demo/a", &below_file], 1, "file"),
        (&["cp", "oss://demo/nokey", &missing], 1, "NoSuchKey"),
        (&["cp", "oss://demo/nokey", "oss://demo/x"], 1, "NoSuchKey"),
        (&["mv", &file, "oss://nobucket/x"], 1, "NoSuchBucket"),
        (&["mv", &file, "oss://demo/x", "--preserve", "all"], 64, "--preserve"),
        (&["rm"], 64, "WHAT"),
        (&["rm", "oss://demo"], 64, "add -r"),
        (&["rm", "-r", "oss://demo/dir/"], 3, "-f"),
        (&["rm", "-rf", "oss://demo/", "--max-delete", "1"], 3, "--max-delete"),
        (&["rm", "oss://demo/a", "--include", "b"], 64, "add -r"),
        (&["mb", "oss://demo/key"], 64, "oss://demo"),
        (&["mb", "oss://-"], 64, "-"),
        (&["rb", "oss://demo/key"], 64, "oss://demo"),
        (&["rb", "-r", "-f", "oss://demo"], 3, "--yes-delete-bucket"),
        (&["rb", "-r", "-f", "oss://demo", "--yes-delete-bucket", "other"], 3, "another bucket"),
        (&["presign", "oss://demo/a", "--method", "post"], 64, "--method"),
        (&["presign", "oss://demo/"], 64, "add -r"),
        (&["hash", &missing], 1, "missing"),
        (&["hash", &file, "--type", "sha1"], 64, "--type"),
        (&["hash", &file, "oss://B_/a"], 64, "B_"),
        (&["hash", "oss://demo"], 64, "oss://demo/KEY"),
        (&["check", &folder, &folder], 64, "diff -r"),
        (&["check", &missing, "oss://demo/"], 1, "missing"),
        (&["mkdir", "oss://demo"], 64, "oss://demo"),
        (&["append", &missing, "oss://demo/x"], 1, "missing"),
        (&["append", &file, "oss://demo/a"], 1, "not appendable"),
        (&["restore", "oss://demo/a", "--days", "0"], 64, "--days"),
        (&["restore", "oss://demo/dir/"], 64, "-r"),
        (&["set-props", "oss://demo/a"], 64, "nothing to set"),
        (&["set-props", "oss://demo/a", "--metadata", "x"], 64, "--metadata"),
        (&["uploads", "list"], 64, "<PLACE>"),
        (&["uploads", "abort", "oss://demo"], 64, "--older-than"),
        (&["uploads", "resume"], 64, "<PLACE>"),
        (&["uploads", "adopt", "oss://demo", "--from", "rclone"], 64, "--from"),
        (&["config", "get", "colour"], 64, "colour"),
        (&["config", "set", "access-key-secret", "x"], 64, "standard input"),
        (&["config", "set", "endpoint", "oss://demo"], 64, "neither http nor https"),
        (&["config", "set", "region", "oss cn"], 64, "region"),
        (&["config", "set", "mode", "Key"], 64, "AK, StsToken"),
        (&["config", "set", "addressing-style", "dns"], 64, "virtual, path, cname"),
        (&["config", "set", "loglevel", "loud"], 64, "off, info, debug"),
        (&["config", "set", "sign-version", "v2"], 64, "neither v1 nor v4"),
        (&["config", "set", "read-timeout", "soon"], 64, "read-timeout"),
        (&["config", "set", "retry-times", "0"], 64, "1 to 500"),
        (&["config", "set", "job", "0"], 64, "1 to 256"),
        (&["config", "set", "parallel", "0"], 64, "1 to 256"),
        (&["config", "set", "part-size", "large"], 64, "part-size"),
        (&["serve", "--etag", "none"], 64, "--etag"),
        (&["serve", "--faults", &missing], 64, "--dir"),
        (&["completions", "cmd"], 64, "cmd"),
        (&["man", &below_file], 1, "file"),
        (&["schema", "more"], 64, "more"),
        (&["version", "more"], 64, "more"),
        (&["sync", &folder, "--nonsense"], 64, ""),
        (&["revert", "oss://demo/a"], 64, "ls --all-versions"),
        (&["nonsense"], 64, "nonsense"),
    ];
    let login = Login::of(&emulator);
    for (arguments, code, says) in cases {
        let ended = run(&login, &[arguments, &["--endpoint", emulator.endpoint()][..]].concat()).await;
        let lines = ended.stderr.lines().count();
        assert_eq!((ended.code, lines), (Some(*code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.starts_with("ossup: ") && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
        let is_content = ["cat", "completions", "schema", "man"].contains(&arguments[0]);
        if !is_content {
            // The same for programs: an error, and the summary last.
            let json = run(&login, &[arguments, &["--endpoint", emulator.endpoint(), "--json"][..]].concat()).await;
            let lines = json.lines();
            let errors = lines.iter().filter(|line| line["error"].is_object()).count();
            assert!(json.code == Some(*code) && errors == 1, "{arguments:?}: {json:?}");
        }
    }
    // Instead of the endpoint of the emulator.
    for endpoint in ["oss://demo", "ftp://host", "host:99999", "host/demo", "demo.oss-cn-hangzhou.aliyuncs.com"] {
        let ended = run(&login, &["ls", "oss://demo", "--endpoint", endpoint]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{endpoint}: {ended:?}");
        assert!(ended.stderr.starts_with("ossup: --endpoint: "), "{endpoint}: {ended:?}");
    }
    assert_eq!(keys(&emulator), ["a", "dir/b"]);
    assert_eq!(tree(scratch.folder.path()), before);
    let history = emulator.history();
    let stored = history.iter().filter(|request| request.status.is_some_and(|status| status < 300));
    let changed =
        stored.filter(|request| !["Get", "Head", "List"].iter().any(|read| request.operation.starts_with(read)));
    assert_eq!(changed.count(), 0, "{}", writes(&emulator));
    for command in commands().await {
        assert!(cases.iter().any(|(arguments, ..)| arguments[0] == command), "{command} has no case");
    }
}

/// Values that are none of what a flag takes, by what its help calls the value.
const WRONG: [(&str, &str); 13] = [
    ("BYTES", "many"),
    ("BUCKET=COUNT[/FOLDERS]", "big=many"),
    ("SIZE", "large"),
    ("PART_SIZE", "large"),
    ("TIME", "soon"),
    ("DATE", "someday"),
    ("N", "many"),
    ("N|auto", "many"),
    ("N|P%", "101%"),
    ("I/N|auto", "2/2"),
    ("PORT", "70000"),
    ("DAYS", "0"),
    ("IP", "here"),
];

/// Choices of one word have names of their own.
const CHOICES: [&str; 18] = [
    "KIND",
    "PROGRAM",
    "WHAT",
    "HOW",
    "ORDER",
    "BY",
    "TYPE",
    "METHOD",
    "COMPARE",
    "TIER",
    "STYLE",
    "MODE",
    "VERSION",
    "FORMAT",
    "LEVEL",
    "COPY|REPLACE",
    "ETAG",
    "DURABILITY",
];

/// Flags whose value is any text: OSS judges it, or a file of this name is looked for.
const ANY_TEXT: [&str; 5] =
    ["--expires", "--content-type", "--redundancy-type", "--server-side-encryption", "--if-match"];

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_value_of_any_flag_is_one_line() {
    let text = end(ossup(None, &["man", "--markdown"]).spawn().unwrap()).await.succeeded().stdout;
    let (mut command, mut tried) = (Vec::new(), [0, 0]);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            let name = heading.trim_matches('`').strip_prefix("ossup ").unwrap_or("ls");
            command = name.split(' ').collect();
        }
        let Some(cell) = line.strip_prefix("| `-") else { continue };
        let cell = cell.replace("\\|", "|");
        let mut words =
            cell.split(" | ").next().unwrap().split('`').filter(|word| !word.trim_matches([',', ' ']).is_empty());
        let Some(flag) = format!("`-{cell}").split('`').find(|word| word.starts_with("--")).map(str::to_owned) else {
            continue;
        };
        let Some(value) = words.next_back().filter(|word| !word.starts_with('-') && !flag.ends_with(word)) else {
            continue;
        };
        // `--request-payer` has its value behind an equals sign, or none.
        if flag == "--request-payer" {
            continue;
        }
        let ended = end(ossup(None, &[&command[..], &[&flag]].concat()).spawn().unwrap()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{command:?} {flag}: {ended:?}");
        assert!(ended.stderr.contains(&flag), "{command:?} {flag}: {ended:?}");
        tried[0] += 1;
        let wrong = WRONG.iter().find(|(name, _)| *name == value).map(|(_, wrong)| *wrong);
        let wrong = wrong.or_else(|| CHOICES.contains(&value).then_some("no such word"));
        let Some(wrong) = wrong.filter(|_| !ANY_TEXT.contains(&flag.as_str())) else { continue };
        let ended = end(ossup(None, &[&command[..], &[&flag, wrong]].concat()).spawn().unwrap()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{command:?} {flag} {wrong}: {ended:?}");
        assert!(ended.stderr.contains(&flag) && ended.stderr.contains(wrong), "{command:?} {flag} {wrong}: {ended:?}");
        tried[1] += 1;
    }
    assert!(tried[0] > 300 && tried[1] > 100, "{tried:?}");
}
