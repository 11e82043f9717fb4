//! Every filter in every command that goes through a folder: what it keeps, and no more.

use std::collections::BTreeSet;

use oss_emulator::Emulator;

use crate::support::{Login, Scratch, client, emulator, run};

/// What there is, in a folder and in `oss://demo/x/`: paths and their sizes.
const ALL: [(&str, usize); 6] = [("a.jpg", 3), ("b.txt", 2000), ("c", 5), ("sub/c.jpg", 3), ("sub/d", 5), ("z", 5)];

/// The commands: their arguments, with the places of the sides for words in capitals, and whether their keys are those of
/// objects, which begin with `x/`.
const COMMANDS: [(&str, bool); 16] = [
    ("ls -r OBJECTS", true),
    ("ls -r OBJECTS --sort none", true),
    ("du OBJECTS", true),
    ("rm -r -n OBJECTS", true),
    ("set-props -r -n OBJECTS --acl private", true),
    ("cp -r -n FOLDER oss://demo/y/", false),
    ("cp -r -n OBJECTS NEW", true),
    ("cp -r -n OBJECTS oss://other/", true),
    ("mv -r -n FOLDER oss://demo/y/", false),
    ("mv -r -n OBJECTS NEW", true),
    ("mv -r -n OBJECTS oss://other/", true),
    ("sync -n FOLDER oss://demo/y/", false),
    ("sync -n OBJECTS NEW", true),
    ("sync -n OBJECTS oss://other/y/", true),
    ("check FOLDER oss://demo/y/", false),
    ("check OBJECTS oss://other/y/", true),
];

struct Sides {
    emulator: Emulator,
    scratch: Scratch,
}

impl Sides {
    async fn new() -> Self {
        let (emulator, scratch) = (emulator().bucket("other").start().await.unwrap(), Scratch::new());
        std::fs::create_dir_all(scratch.path("in/sub")).unwrap();
        for (path, len) in ALL {
            let content = vec![7; len];
            scratch.file(&format!("in/{path}"), &content);
            let put = ossup::PutObjectRequest::new("demo", format!("x/{path}")).body(content);
            client(&emulator).put_object(put).await.unwrap();
        }
        Self { emulator, scratch }
    }

    /// The paths that a command is about with these flags; of a sum, so many that have no name.
    async fn kept(&self, command: &str, flags: &[&str]) -> BTreeSet<String> {
        let (folder, new) = (self.scratch.text("in"), self.scratch.text("new"));
        let words = command.split(' ').map(|word| match word {
            "FOLDER" => folder.as_str(),
            "OBJECTS" => "oss://demo/x/",
            "NEW" => new.as_str(),
            word => word,
        });
        let arguments: Vec<_> = words.chain(flags.iter().copied()).collect();
        let arguments = [&arguments[..], &["--json", "-e", self.emulator.endpoint()]].concat();
        let ended = run(&Login::of(&self.emulator), &arguments).await;
        let differs = if command.starts_with("check") { Some(4) } else { Some(0) };
        assert!(ended.code == Some(0) || ended.code == differs, "{arguments:?}: {ended:?}");
        let lines = ended.lines();
        if let Some(total) = lines.iter().find(|line| line["kind"] == "total") {
            return (0..total["objects"].as_u64().unwrap()).map(|number| number.to_string()).collect();
        }
        let path = |line: &serde_json::Value| {
            let name = line["path"].as_str().or(line["key"].as_str())?;
            let is_item = line["op"] != "remove" && line["kind"] != "prefix";
            let below = ["x/", "y/"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
            is_item.then(|| below.to_owned())
        };
        lines.iter().filter_map(path).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_chooses_in_every_command() {
    let sides = Sides::new().await;
    let file = |name: &str, text: &str| sides.scratch.file(name, text.as_bytes());
    let (jpg, minus) = (file("jpg", "# pictures\n*.jpg\n"), file("minus", "- *.jpg\n"));
    let (names, raw) = (file("names", "b.txt\n# none\n ./sub/d\n"), file("raw", "b.txt\nsub/d\n"));
    let pictures = &["a.jpg", "sub/c.jpg"][..];
    let others = &["b.txt", "c", "sub/d", "z"][..];
    let cases: &[(&[&str], &[&str])] = &[
        (&["--include", "*.jpg"], pictures),
        (&["--exclude", "*.jpg"], others),
        (&["--filter", "- *.jpg"], others),
        (&["--include-from", &jpg], pictures),
        (&["--exclude-from", &jpg], others),
        (&["--filter-from", &minus], others),
        (&["--files-from", &names], &["b.txt", "sub/d"]),
        (&["--files-from-raw", &raw], &["b.txt", "sub/d"]),
        (&["--min-size", "1K"], &["b.txt"]),
        (&["--max-size", "3"], pictures),
        (&["--min-age", "1h"], &[]),
        (&["--max-age", "0s"], &[]),
        (&["--min-mtime", "2999-01-01"], &[]),
        (&["--max-mtime", "2000-01-01"], &[]),
    ];
    let all: Vec<_> = ALL.iter().map(|(path, _)| *path).collect();
    for (command, of_objects) in COMMANDS {
        let kept = async |flags: &[&str]| sides.kept(command, flags).await;
        let is_sum = command.starts_with("du");
        let expect = |paths: &[&str]| match is_sum {
            true => (0..paths.len()).map(|number| number.to_string()).collect::<BTreeSet<_>>(),
            false => paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        assert_eq!(kept(&[]).await, expect(&all), "{command}");
        for (flags, paths) in cases {
            assert_eq!(kept(flags).await, expect(paths), "{command} {flags:?}");
        }
        // Of two shards, each path is in one.
        let (one, other) = (kept(&["--shard", "0/2"]).await, kept(&["--shard", "1/2"]).await);
        assert!(!one.is_empty() && !other.is_empty() && one.len() + other.len() == all.len(), "{command}: {one:?}");
        assert!(is_sum || one.is_disjoint(&other), "{command}: {one:?} {other:?}");
        let has_range = !["du", "set-props", "check"].iter().any(|name| command.starts_with(name));
        if has_range {
            let key = |path: &str| if of_objects { format!("x/{path}") } else { path.to_owned() };
            let (start, end) = (key("b.txt"), key("sub/c.jpg"));
            assert_eq!(kept(&["--start-after", &start]).await, expect(&all[2..]), "{command}");
            assert_eq!(kept(&["--end-with", &end]).await, expect(&all[..4]), "{command}");
        }
    }
    assert!(!sides.scratch.path("new").exists());
}
