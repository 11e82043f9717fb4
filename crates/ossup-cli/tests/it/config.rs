//! `ossup config`, and profiles, from end to end.

use std::os::unix::fs::PermissionsExt as _;

use oss_emulator::{Emulator, Fault, FaultEffect};
use tokio::process::Command;

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, end, ossup, put, run, run_with_input, until,
};

/// A home with a configuration that only its owner may read.
fn home(text: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.file(".ossutilconfig", text.as_bytes());
    std::fs::set_permissions(scratch.path(".ossutilconfig"), std::fs::Permissions::from_mode(0o600)).unwrap();
    scratch
}

fn command(home: &Scratch, login: Option<&Login>, arguments: &[&str]) -> Command {
    let mut command = ossup(login, arguments);
    command.env("HOME", home.folder.path());
    command
}

async fn at_home(home: &Scratch, arguments: &[&str]) -> Ended {
    end(command(home, None, arguments).spawn().unwrap()).await
}

fn profile(name: &str, emulator: &Emulator, secret: &str) -> String {
    let (id, _) = emulator.credentials();
    format!("[{name}]\naccessKeyID={id}\naccess_key_secret = {secret}\nendpoint={}\n", emulator.endpoint())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_and_place_come_from_the_profile() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let secret = emulator.credentials().1.to_owned();
    let text = profile("default", &emulator, "wrong secret here")
        + &profile("profile good", &emulator, &secret)
        + "retry-times=1\n";
    let home = home(&text);
    let ls = ["ls", "oss://demo", "-s"];
    let ended = at_home(&home, &ls).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("SignatureDoesNotMatch"), "{ended:?}");
    let good = [&ls[..], &["--profile", "good"]].concat();
    assert_eq!(at_home(&home, &good).await.succeeded().stdout, "oss://demo/a\n");
    for variable in ["OSSUTIL_PROFILE", "OSSUP_PROFILE"] {
        end(command(&home, None, &ls).env(variable, "good").spawn().unwrap()).await.succeeded();
    }
    // The variables come before the default profile, and a profile that is named before the variables.
    let login = Login::of(&emulator);
    end(command(&home, Some(&login), &ls).spawn().unwrap()).await.succeeded();
    let wrong = Login { secret: "another wrong one".to_owned(), ..login };
    end(command(&home, Some(&wrong), &good).spawn().unwrap()).await.succeeded();
    assert_eq!(end(command(&home, Some(&wrong), &ls).spawn().unwrap()).await.code, Some(1));
    // So does what it says of attempts; a flag comes before both.
    emulator.add_fault(Fault::on("ListObjectsV2").always().respond(503, "ServiceUnavailable"));
    for (more, attempts) in [(&[][..], 1), (&["--retry-times", "2"], 2)] {
        emulator.clear_history();
        at_home(&home, &[&good[..], more].concat()).await;
        assert_eq!(count(&emulator, "ListObjectsV2"), attempts);
    }
    emulator.clear_faults();
    let elsewhere = Scratch::new();
    let file = home.text(".ossutilconfig");
    end(command(&elsewhere, None, &[&good[..], &["-c", &file]].concat()).spawn().unwrap()).await.succeeded();
    let mut by_variable = command(&elsewhere, None, &good);
    end(by_variable.env("OSSUTIL_CONFIG_FILE", &file).spawn().unwrap()).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_others_may_read_is_warned_of() {
    let emulator = emulator().start().await.unwrap();
    let home = home(&profile("default", &emulator, emulator.credentials().1));
    assert_eq!(at_home(&home, &["ls"]).await.succeeded().stderr, "");
    std::fs::set_permissions(home.path(".ossutilconfig"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = at_home(&home, &["ls"]).await.succeeded();
    assert!(ended.stderr.contains("chmod 600") && ended.stderr.lines().count() == 1, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_set_and_read_and_secrets_are_not_shown() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.text("config");
    let login = Login::of(&emulator);
    let config = async |arguments: &[&str]| {
        run(&login, &[&["config", "-c", &file, "--profile", "mine"], arguments].concat()).await
    };
    std::fs::write(&file, "# kept\n[default]\nregion=cn-hangzhou\n").unwrap();
    config(&["set", "region", "cn-beijing"]).await.succeeded();
    config(&["set", "accessKeyID", "my-id"]).await.succeeded();
    let secret = scratch.file("secret", b"0123456789abcdefghij\n");
    config(&["set", "access-key-secret", &format!("file://{secret}")]).await.succeeded();
    let set = ["config", "-c", &file, "--profile", "mine", "set", "sts-token", "-"];
    let ended = run_with_input(&login, &set, &[b"token-0123456789\n"]).await.succeeded();
    assert!(!ended.stdout.contains("0123456789"), "{ended:?}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "# kept\n[default]\nregion=cn-hangzhou\n\n[profile mine]\nregion=cn-beijing\naccess-key-id=my-id\n\
         access-key-secret=0123456789abcdefghij\nsts-token=token-0123456789\n"
    );
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(config(&["get", "region"]).await.succeeded().stdout, "cn-beijing\n");
    assert_eq!(config(&["get", "access_key_secret"]).await.succeeded().stdout, "***ghij\n");
    assert_eq!(config(&["list-profiles"]).await.succeeded().stdout, "default\nmine\n");
    assert_eq!(config(&["path"]).await.succeeded().stdout, format!("{file}\n"));
    let ended = config(&["get", "sts-token", "--json"]).await.succeeded();
    assert_eq!((&ended.json()["name"], &ended.json()["value"]), (&"sts-token".into(), &"***6789".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_is_used_and_whether_it_works() {
    let emulator = emulator().start().await.unwrap();
    let home = home(&profile("default", &emulator, emulator.credentials().1));
    let ended = at_home(&home, &["config", "check"]).await.succeeded();
    assert!(
        ended.stdout.contains("the profile default of ") && ended.stdout.contains(emulator.endpoint()),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("OK: oss:ListBuckets is allowed"), "{ended:?}");
    let ended = at_home(&home, &["config", "check", "oss://demo", "--json"]).await.succeeded();
    assert_eq!((count(&emulator, "ListObjectsV2"), &ended.summary()["done"]), (1, &12.into()), "{ended:?}");
    emulator.add_fault(Fault::on("ListBuckets").always().respond(403, "AccessDenied"));
    let ended = at_home(&home, &["config", "check"]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("oss:ListBuckets may be missing"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_and_changes_nothing() {
    let emulator = emulator().start().await.unwrap();
    let text = profile("default", &emulator, "secret") + "connect-timeout=soon\n";
    let home = home(&text);
    let missing = home.text("missing");
    for (arguments, code, says) in [
        (&["config", "get", "colour"][..], 64, "access-key-id"),
        (&["config", "get", "region"], 1, "has no region"),
        (&["config", "set", "colour", "green"], 64, "access-key-id"),
        (&["config", "set", "access-key-secret", "my-secret"], 64, "every process can read arguments"),
        (&["config", "set", "region", ""], 64, "one line"),
        (&["config", "credential"], 64, "there is no config credential"),
        (&["config", "import"], 64, "there is no config import"),
        (&["ls", "--profile", "missing"], 1, "there is no profile"),
        (&["ls", "-c", &missing], 1, "there is no such file"),
        (&["ls"], 1, "connect-timeout of the profile"),
    ] {
        let ended = at_home(&home, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says) && !ended.stderr.contains("my-secret"), "{arguments:?}: {ended:?}");
    }
    assert_eq!(std::fs::read_to_string(home.path(".ossutilconfig")).unwrap(), text);
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn output_and_transfers_are_as_the_profile_says_unless_an_option_does() {
    let emulator = emulator().start().await.unwrap();
    let text = profile("default", &emulator, emulator.credentials().1)
        + "output-format=json\nloglevel=debug\njob=20\nparallel=7\npart-size=100K\nbigfile-threshold=1M\n";
    let home = home(&text);
    let ended = at_home(&home, &["ls"]).await.succeeded();
    assert!(ended.lines().len() == 2 && ended.stderr.contains("DEBUG"), "{ended:?}");
    let ended = at_home(&home, &["ls", "--output-format", "raw", "--loglevel", "off"]).await.succeeded();
    assert!(ended.stdout.starts_with("CreationTime") && ended.stderr.is_empty(), "{ended:?}");
    let mut quiet = command(&home, None, &["ls"]);
    assert!(!end(quiet.env("OSSUP_LOG", "off").spawn().unwrap()).await.stderr.contains("DEBUG"));

    // One file of parts beyond the threshold, and one below it.
    std::fs::create_dir(home.path("in")).unwrap();
    home.file("in/large", &bytes(1, 2 << 20));
    home.file("in/small", &bytes(1, 500 << 10));
    let folder = home.text("in");
    for command in [&["cp", "-r"][..], &["sync"]] {
        let to = format!("oss://demo/{}/", command[0]);
        for (flags, parts) in [(&[][..], 21), (&["--part-size", "1M"], 2), (&["--bigfile-threshold", "100M"], 0)] {
            emulator.clear_history();
            let to = format!("{to}{parts}/");
            at_home(&home, &[command, &[&folder, &to, "--loglevel", "off"], flags].concat()).await.succeeded();
            assert_eq!(count(&emulator, "UploadPart"), parts, "{command:?} {flags:?}");
        }
    }
    // A threshold is not for downloads, which is no reason to refuse them.
    at_home(&home, &["cp", "oss://demo/cp/21/small", &home.text("down")]).await.succeeded();
    emulator.add_fault(Fault::on("UploadPart").effect(FaultEffect::Stall).always());
    let large = home.text("in/large");
    let running = command(&home, None, &["cp", &large, "oss://demo/stalled"]).spawn().unwrap();
    until("7 parts at once", || count(&emulator, "UploadPart") >= 7).await;
    drop(running);
    for number in 0..24 {
        home.file(&format!("in/{number:02}"), b"1");
    }
    emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::Stall).always());
    let running = command(&home, None, &["sync", &folder, "oss://demo/jobs/"]).spawn().unwrap();
    until("20 files at once", || count(&emulator, "PutObject") + 1 >= 20).await;
    drop(running);
    for (key, value) in [("job", "0"), ("parallel", "many"), ("part-size", "large"), ("bigfile-threshold", "-1")] {
        let wrong = format!("{}{key}={value}\n", profile("default", &emulator, emulator.credentials().1));
        let wrong = self::home(&wrong);
        let ended = at_home(&wrong, &["cp", &large, "oss://demo/wrong"]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{key}: {ended:?}");
        assert!(ended.stderr.contains(&format!("{key} of the profile")), "{key}: {ended:?}");
    }
}
