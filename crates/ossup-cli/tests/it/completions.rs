//! Completion of addresses, and what is made of the command line itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use oss_emulator::Fault;

use crate::support::{Ended, Login, Scratch, client, count, emulator, end, ossup, put, run};

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_completed_by_one_request() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b/c", "dirt", "line\nfeed", "z"]).await;
    let login = Login::of(&emulator);
    let complete = async |typed: &str| {
        emulator.clear_history();
        let ended = run(&login, &["complete-address", typed, "-e", emulator.endpoint()]).await.succeeded();
        assert!(ended.stderr.is_empty() && emulator.history().len() <= 1, "{ended:?}");
        ended.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("oss://d").await, ["oss://demo/"]);
    assert_eq!(complete("oss://").await, ["oss://demo/", "oss://other/"]);
    assert_eq!(complete("oss://demo/d").await, ["oss://demo/dir/", "oss://demo/dirt"]);
    assert_eq!(complete("oss://demo/dir/").await, ["oss://demo/dir/a", "oss://demo/dir/b/"]);
    assert_eq!(complete("oss://demo/l").await.len(), 0);
    assert_eq!(complete("file").await.len() + complete("oss://missing/a").await.len(), 0);
    // A shell waits no longer than a second, however slow the service is.
    emulator.add_fault(Fault::on("ListObjectsV2").delay(Duration::from_secs(60)).always());
    let began = Instant::now();
    assert_eq!(complete("oss://demo/d").await.len(), 0);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

/// What a shell prints for a script, beside an emulator with objects; `None` if there is no such shell here.
async fn shell(name: &str, flag: &str, script: &str) -> Option<(Ended, usize)> {
    std::process::Command::new(name).arg("--version").output().ok()?;
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dirt", "e"]).await;
    let (home, login) = (Scratch::new(), Login::of(&emulator));
    let program = Path::new(env!("CARGO_BIN_EXE_ossup")).parent().unwrap().display().to_string();
    let mut shell = tokio::process::Command::new(name);
    for (name, value) in ossup(Some(&login), &[]).as_std().get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    shell.args([flag, script]).env("OSS_ENDPOINT", emulator.endpoint()).env("HOME", home.folder.path());
    shell.env("PATH", format!("{program}:/usr/bin:/bin")).env("SCRIPTS", scripts());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = end(shell.spawn().unwrap()).await;
    Some((ended, count(&emulator, "ListObjectsV2")))
}

/// The scripts of the repository, which are those of the program.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/completions")
}

#[tokio::test(flavor = "multi_thread")]
async fn bash_completes_addresses_and_commands() {
    let complete = async |line: &str, word: &str| {
        let script = format!(
            "source <(ossup completions bash); COMP_LINE={line:?}; COMP_POINT=${{#COMP_LINE}}; \
             COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _ossup_or_address ossup {word:?} ossup; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        shell("bash", "-c", &script).await
    };
    let Some((ended, lists)) = complete("ossup ls oss://demo/d", "//demo/d").await else { return };
    assert_eq!((ended.stdout.as_str(), lists), ("//demo/dir/\n//demo/dirt\n", 1), "{ended:?}");
    let (ended, lists) = complete("ossup pres", "pres").await.unwrap();
    assert_eq!((ended.stdout.as_str(), lists), ("presign\n", 0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fish_completes_addresses_and_commands() {
    let complete =
        async |line: &str| shell("fish", "-c", &format!("ossup completions fish | source; complete -C {line:?}")).await;
    let Some((ended, lists)) = complete("ossup ls oss://demo/d").await else { return };
    assert_eq!((ended.stdout.as_str(), lists), ("oss://demo/dir/\noss://demo/dirt\n", 1), "{ended:?}");
    let (ended, lists) = complete("ossup pres").await.unwrap();
    assert!(ended.stdout.starts_with("presign\t") && lists == 0, "{ended:?}");
    let (ended, _) = complete("ossup cp --part-s").await.unwrap();
    assert!(ended.stdout.starts_with("--part-size\t"), "{ended:?}");
}

/// Read by hand, and as a file that is found when a command is completed for the first time.
#[tokio::test(flavor = "multi_thread")]
async fn zsh_completes_addresses() {
    // What is offered is printed; that there are arguments is another one's matter.
    let offered = r#"compadd() { shift 3; print -rl -- "$@" }; _arguments() { return 1 }; PREFIX=oss://demo/d;"#;
    let first = "autoload -Uz compinit; compinit -u -D;";
    for how in [
        format!("{first} source <(ossup completions zsh); {offered} _ossup_or_address"),
        format!("fpath=($SCRIPTS $fpath); {first} {offered} _ossup"),
    ] {
        let Some((ended, lists)) = shell("zsh", "-fc", &how).await else { return };
        assert_eq!((ended.stdout.as_str(), lists), ("oss://demo/dir/\noss://demo/dirt\n", 1), "{how}: {ended:?}");
    }
}

/// `cargo xtask manual` writes it into the guide, and the check compares it.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_described_as_help_has_it() {
    let emulator = emulator().start().await.unwrap();
    let text = run(&Login::of(&emulator), &["man", "--markdown"]).await.succeeded().stdout;
    assert!(text.contains("### `ossup uploads abort`") && text.contains("| `-r`, `--recursive` |"), "{text}");
}
