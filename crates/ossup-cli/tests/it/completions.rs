//! Completion of addresses, and what is made of the command line itself.

use std::path::Path;
use std::time::{Duration, Instant};

use oss_emulator::Fault;

use crate::support::{Login, client, count, emulator, end, ossup, put, run};

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

#[tokio::test(flavor = "multi_thread")]
async fn bash_completes_addresses_and_commands() {
    if std::process::Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dirt"]).await;
    let login = Login::of(&emulator);
    let program = Path::new(env!("CARGO_BIN_EXE_ossup")).parent().unwrap().display().to_string();
    let complete = async |line: &str, word: &str| {
        let script = format!(
            "PATH={program}:/usr/bin:/bin; source <(ossup completions bash); COMP_LINE={line:?}; COMP_POINT=${{#COMP_LINE}}; \
             COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _ossup_or_address ossup {word:?} ossup; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let mut command = ossup(Some(&login), &[]);
        let mut bash = tokio::process::Command::new("bash");
        for (name, value) in command.as_std().get_envs() {
            bash.envs(value.map(|value| (name, value)));
        }
        command.kill_on_drop(false);
        bash.args(["-c", &script]).env("OSS_ENDPOINT", emulator.endpoint());
        bash.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        end(bash.spawn().unwrap()).await
    };
    let ended = complete("ossup ls oss://demo/d", "//demo/d").await;
    assert_eq!(ended.stdout, "//demo/dir/\n//demo/dirt\n", "{ended:?}");
    assert_eq!(count(&emulator, "ListObjectsV2"), 1);
    let ended = complete("ossup pres", "pres").await;
    assert_eq!(ended.stdout, "presign\n", "{ended:?}");
}

/// `cargo xtask manual` writes it into the guide, and the check compares it.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_described_as_help_has_it() {
    let emulator = emulator().start().await.unwrap();
    let text = run(&Login::of(&emulator), &["man", "--markdown"]).await.succeeded().stdout;
    assert!(text.contains("### `ossup uploads abort`") && text.contains("| `-r`, `--recursive` |"), "{text}");
}
