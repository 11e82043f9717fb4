//! Variables and files of other tools.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use oss_auth::Credentials;
use oss_auth::credentials::profile::{Profile, cli, ini, ossutil};
use oss_auth::credentials::{Chain, CredentialsError, CredentialsSource, Environment, SourceKind, Step};
use tempfile::TempDir;

/// A home directory, and the variables of a process in it.
fn home(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    variables.push(("HOME".to_owned(), dir.path().display().to_string()));
    let lookup = move |name: &str| variables.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
    (dir, Environment::new(lookup))
}

fn named(name: &str) -> Profile {
    Profile::Named(name.to_owned())
}

/// The credentials of a source that needs no network.
fn local(source: Result<CredentialsSource, CredentialsError>) -> Credentials {
    match source.unwrap().exchange().next(UNIX_EPOCH).unwrap() {
        Step::Done(credentials) => credentials,
        step => panic!("not a local source: {step:?}"),
    }
}

const CLI: &str = r#"{
  "current": "main",
  "profiles": [
    {"name": "main", "mode": "AK", "access_key_id": " ak ", "access_key_secret": "sk", "region_id": "cn-hangzhou"},
    {"name": "temporary", "mode": "StsToken", "access_key_id": "STS.x", "access_key_secret": "s", "sts_token": "t"},
    {"name": "no-token", "mode": "StsToken", "access_key_id": "STS.x", "access_key_secret": "s"},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "ak", "access_key_secret": "sk",
     "ram_role_arn": "acs:ram::1:role/r", "ram_session_name": "s", "expired_seconds": 1800, "sts_region": "cn-beijing"},
    {"name": "chained", "mode": "ChainableRamRoleArn", "source_profile": "role", "ram_role_arn": "acs:ram::1:role/q"},
    {"name": "circle", "mode": "ChainableRamRoleArn", "source_profile": "round", "ram_role_arn": "acs:ram::1:role/q"},
    {"name": "round", "mode": "ChainableRamRoleArn", "source_profile": "circle", "ram_role_arn": "acs:ram::1:role/q"},
    {"name": "ecs", "mode": "EcsRamRole", "ram_role_name": "my-role"},
    {"name": "oidc", "mode": "OIDC", "ram_role_arn": "acs:ram::1:role/r", "oidc_provider_arn": "p", "oidc_token_file": "/t"},
    {"name": "external", "mode": "External", "process_command": "tool 'a b'"},
    {"name": "sso", "mode": "CloudSSO", "access_token": "s3cr3t"}
  ]
}"#;

#[test]
fn every_supported_mode_of_the_cli_is_read() {
    let (_dir, environment) = home(&[(".aliyun/config.json", CLI)], &[]);
    let read = |profile: &Profile| cli::read(&environment, profile);
    assert_eq!(local(read(&Profile::Default)).access_key_id(), "ak");
    assert_eq!(local(read(&named("temporary"))).security_token(), Some("t"));
    for (name, kind) in [
        ("role", SourceKind::AssumeRole),
        ("chained", SourceKind::AssumeRole),
        ("ecs", SourceKind::EcsRamRole),
        ("oidc", SourceKind::AssumeRoleWithOidc),
        ("external", SourceKind::Process),
    ] {
        assert_eq!(read(&named(name)).unwrap().kind(), kind, "{name}");
    }
}

#[test]
fn a_role_of_the_cli_is_asked_for_where_and_as_the_profile_says() {
    let (_dir, environment) = home(&[(".aliyun/config.json", CLI)], &[]);
    let source = cli::read(&environment, &named("role")).unwrap();
    let Step::Send(request) = source.exchange().next(UNIX_EPOCH).unwrap() else { panic!("no request") };
    assert_eq!(request.http.uri().host(), Some("sts.cn-beijing.aliyuncs.com"));
    let form = std::str::from_utf8(request.http.body()).unwrap();
    assert_eq!(form, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=s&DurationSeconds=1800");
}

#[test]
fn a_wrong_profile_of_the_cli_is_told_apart_from_none() {
    let (_dir, environment) = home(&[(".aliyun/config.json", CLI)], &[]);
    for (name, expected) in [
        ("absent", "there is no profile \"absent\""),
        ("no-token", "the profile \"no-token\" has no sts_token"),
        ("circle", "the profile \"circle\" is its own source"),
        ("sso", "the mode \"CloudSSO\" of the profile \"sso\" is not supported"),
    ] {
        let error = cli::read(&environment, &named(name)).unwrap_err();
        assert_eq!(error.to_string(), format!("CLI profile: {expected}"));
    }
    let (_dir, environment) = home(&[], &[]);
    let error = cli::read(&environment, &Profile::Default).unwrap_err();
    assert!(matches!(error, CredentialsError::NotConfigured { kind: SourceKind::CliProfile, .. }));
}

#[test]
fn a_broken_file_is_not_quoted() {
    let text = r#"{"profiles": [{"name": "a", "expired_seconds": "s3cr3t"}]}"#;
    let (_dir, environment) = home(&[(".aliyun/config.json", text)], &[]);
    let error = cli::read(&environment, &named("a")).unwrap_err();
    assert!(matches!(error, CredentialsError::Invalid { .. }));
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
}

const INI: &str = "
[default]
type = access_key # long-term
access_key_id = ak
access_key_secret = sk
[ecs]
type = ecs_ram_role
role_name = my-role
[role]
type = ram_role_arn
access_key_id = ak
access_key_secret = sk
role_arn = acs:ram::1:role/r
role_session_name = s
[oidc]
type = oidc_role_arn
role_arn = acs:ram::1:role/r
oidc_provider_arn = p
oidc_token_file_path = /t
[rsa]
type = rsa_key_pair
[half]
type = access_key
access_key_id = ak
";

#[test]
fn every_supported_type_of_the_ini_profile_is_read() {
    for path in [".alibabacloud/credentials", ".alibabacloud/credentials.ini"] {
        let (_dir, environment) = home(&[(path, INI)], &[]);
        let read = |profile: &Profile| ini::read(&environment, profile);
        assert_eq!(local(read(&Profile::Default)).access_key_secret(), "sk");
        for (name, kind) in [
            ("ecs", SourceKind::EcsRamRole),
            ("role", SourceKind::AssumeRole),
            ("oidc", SourceKind::AssumeRoleWithOidc),
        ] {
            assert_eq!(read(&named(name)).unwrap().kind(), kind, "{name}");
        }
        for (name, expected) in [
            ("rsa", "the type \"rsa_key_pair\" of the profile \"rsa\" is not supported"),
            ("half", "the profile \"half\" has no access_key_secret"),
            ("none", "there is no profile \"none\""),
        ] {
            assert_eq!(read(&named(name)).unwrap_err().to_string(), format!("ini profile: {expected}"));
        }
    }
}

#[test]
fn a_variable_moves_the_ini_profile_and_another_names_the_profile() {
    let (dir, _) = home(&[("elsewhere", INI)], &[]);
    let path = dir.path().join("elsewhere").display().to_string();
    let (_dir, environment) = home(&[], &[("ALIBABA_CLOUD_CREDENTIALS_FILE", &path), ("ALIBABA_CLOUD_PROFILE", "ecs")]);
    let source = ini::read(&environment, &Profile::from_environment(&environment)).unwrap();
    assert_eq!(source.kind(), SourceKind::EcsRamRole);
}

#[test]
fn both_generations_of_ossutil_are_read() {
    let old = "[Credentials]\nlanguage=EN\nendpoint=oss-cn-hangzhou.aliyuncs.com\naccessKeyID=ak\naccessKeySecret=sk\nstsToken=t\n";
    let new = "[default]\nmode=AK\naccess-key-id=ak\naccess_key_secret=sk\nregion=cn-hangzhou\n[profile role]\nmode=RamRoleArn\naccessKeyId=ak\naccessKeySecret=sk\nrole-arn=acs:ram::1:role/r\n[profile absent]\nmode=Anonymous\n";
    let (_dir, environment) = home(&[(".ossutilconfig", old)], &[]);
    assert_eq!(local(ossutil::read(&environment, &Profile::Default)).security_token(), Some("t"));
    let (_dir, environment) = home(&[(".ossutilconfig", new)], &[]);
    assert_eq!(local(ossutil::read(&environment, &Profile::Default)).access_key_secret(), "sk");
    assert_eq!(ossutil::read(&environment, &named("role")).unwrap().kind(), SourceKind::AssumeRole);
    let error = ossutil::read(&environment, &named("absent")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ossutil configuration: the mode \"Anonymous\" of the section [profile absent] is not supported"
    );
}

fn chosen(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Option<SourceKind> {
    let (_dir, environment) = home(files, variables);
    let chain = Chain::standard(&environment);
    let mut exchange = CredentialsSource::Chain(chain.clone()).exchange();
    match exchange.next(UNIX_EPOCH) {
        Ok(Step::Done(_)) => chain.chosen(),
        Ok(Step::Send(_)) => exchange.report().entries().last().map(|entry| entry.kind),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_standard_chain_asks_in_its_documented_order() {
    let files = [
        (".aliyun/config.json", CLI),
        (".alibabacloud/credentials", INI),
        (".ossutilconfig", "[default]\naccess-key-id=a\naccess-key-secret=s\n"),
    ];
    let oss = [("OSS_ACCESS_KEY_ID", "a"), ("OSS_ACCESS_KEY_SECRET", "s")];
    let alibaba = [("ALIBABA_CLOUD_ACCESS_KEY_ID", "a"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
    let both: Vec<_> = oss.into_iter().chain(alibaba).collect();
    assert_eq!(chosen(&files, &both), Some(SourceKind::OssEnvironment));
    assert_eq!(chosen(&files, &alibaba), Some(SourceKind::AlibabaCloudEnvironment));
    assert_eq!(chosen(&files, &[]), Some(SourceKind::CliProfile));
    assert_eq!(chosen(&files, &[("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")]), Some(SourceKind::IniProfile));
    assert_eq!(chosen(&files[2..], &[]), Some(SourceKind::OssutilConfig));
}

#[test]
fn a_chain_with_nothing_to_ask_names_every_source() {
    let (_dir, environment) = home(&[], &[("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")]);
    let mut exchange = CredentialsSource::Chain(Chain::standard(&environment)).exchange();
    let CredentialsError::Chain(report) = exchange.next(UNIX_EPOCH).unwrap_err() else { panic!("not a report") };
    let kinds: Vec<SourceKind> = report.entries().iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [
            SourceKind::OssEnvironment,
            SourceKind::AlibabaCloudEnvironment,
            SourceKind::AssumeRoleWithOidc,
            SourceKind::CliProfile,
            SourceKind::IniProfile,
            SourceKind::OssutilConfig,
            SourceKind::EcsRamRole,
            SourceKind::Uri,
        ]
    );
    assert!(report.to_string().contains("ALIBABA_CLOUD_ECS_METADATA_DISABLED is true"));
}

#[test]
fn another_file_can_be_read_by_its_path() {
    let (dir, environment) = home(&[("a", CLI), ("b", INI)], &[]);
    let path = |name: &str| Path::new(dir.path()).join(name);
    assert_eq!(local(cli::read_from(&path("a"), &environment, &Profile::Default)).access_key_id(), "ak");
    assert_eq!(local(ini::read_from(&path("b"), &environment, &Profile::Default)).access_key_id(), "ak");
}
