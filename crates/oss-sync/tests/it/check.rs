use std::os::unix::fs::symlink;
use std::path::Path;

use oss_emulator::{Fault, FaultEffect};
use oss_sync::{Check, CheckError, Comparison, Finding, ManifestError, Place, PlaceError, Side, write_manifest};
use oss_transfer::{Filter, Shard};
use oss_transport::Transport;
use tempfile::TempDir;

use crate::support::{folder, objects, put, start};

fn check(folder: &Path) -> Check {
    Check::new(Place::folder(folder), objects("x/"))
}

/// One line for each path, in the order of paths.
async fn run(check: Check, service: &Transport) -> Result<Vec<String>, CheckError> {
    let (mut findings, mut lines) = (check.run(service.clone()).unwrap(), Vec::new());
    while let Some(finding) = findings.next().await? {
        lines.push(match finding {
            Finding::Same { source, reason } => format!("{} same {reason:?}", source.path),
            Finding::Different { source, reason, .. } => format!("{} differs {reason:?}", source.path),
            Finding::Missing(entry) => format!("{} missing", entry.path),
            Finding::Extra(entry) => format!("{} extra", entry.path),
            Finding::Unknown { entry, reason } => format!("{} unknown: {reason}", entry.path),
            Finding::Failed { entry, side, error } => format!("{} failed {side:?}: {error}", entry.path),
            other => format!("{other:?}"),
        });
    }
    lines.sort_unstable();
    Ok(lines)
}

#[tokio::test]
async fn each_path_is_compared_by_size_and_content() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "1234"), ("x/d/e", "same"), ("x/d/f", "other"), ("x/only-there", ""), ("x0", "beside")])
        .await;
    let folder = folder(&[("a", "123"), ("d/e", "same"), ("d/f", "OTHER"), ("only-here", "")]);
    let lines = run(check(folder.path()), &service).await.unwrap();
    assert_eq!(
        lines,
        ["a differs Size", "d/e same Crc64", "d/f differs Crc64", "only-here missing", "only-there extra"]
    );
    let lines = run(check(folder.path()).comparison(Comparison::Size), &service).await.unwrap();
    assert_eq!(lines[2], "d/f same Size");
    let only = Filter::builder().include("d/**").build().unwrap();
    assert_eq!(
        run(check(folder.path()).filter(only), &service).await.unwrap(),
        ["d/e same Crc64", "d/f differs Crc64"]
    );
}

#[tokio::test]
async fn two_prefixes_are_compared_without_reading_an_object() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "2"), ("y/a", "1"), ("y/b", "3")]).await;
    emulator.clear_history();
    let lines = run(Check::new(objects("x"), objects("y/")), &service).await.unwrap();
    assert_eq!(lines, ["a same Crc64", "b differs Crc64"]);
    assert!(emulator.history().iter().all(|request| request.operation != "GetObject"));
}

#[tokio::test]
async fn more_than_a_page_and_more_than_a_batch_are_compared_once_each() {
    let (_emulator, service) = start().await;
    let names: Vec<_> = (0..1_100).map(|number| format!("{number:04}")).collect();
    let keys: Vec<_> = names.iter().map(|name| format!("x/{name}")).collect();
    put(&service, &keys.iter().map(|key| (key.as_str(), "c")).collect::<Vec<_>>()).await;
    let folder = folder(&names.iter().map(|name| (name.as_str(), "c")).collect::<Vec<_>>());
    let lines = run(check(folder.path()).comparison(Comparison::Size), &service).await.unwrap();
    assert_eq!(lines, names.iter().map(|name| format!("{name} same Size")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_that_fails_ends_in_an_error_that_names_the_side() {
    let (emulator, service) = start().await;
    let folder = folder(&[("a", "1")]);
    emulator.add_fault(Fault::on("ListObjectsV2").respond(403, "AccessDenied").always());
    let error = run(check(folder.path()), &service).await.unwrap_err();
    assert!(matches!(error, CheckError::List { side: Side::Destination, source: PlaceError::Call(_), .. }), "{error}");
    emulator.clear_faults();
    let error = run(check(&folder.path().join("missing")), &service).await.unwrap_err();
    assert!(matches!(error, CheckError::List { side: Side::Source, source: PlaceError::Walk(_), .. }), "{error}");
}

#[tokio::test]
async fn content_that_cannot_be_read_is_no_difference() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "2")]).await;
    let folder = folder(&[("a", "1"), ("b", "2")]);
    emulator.add_fault(Fault::on("HeadObject").key("x/b").respond(403, "AccessDenied").always());
    let lines = run(check(folder.path()), &service).await.unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "a same Crc64");
    assert!(lines[1].starts_with("b failed Destination: HeadObject oss://demo/x/b"), "{lines:?}");
}

#[tokio::test]
async fn what_nothing_can_be_said_of_is_unknown_and_why() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "1"), ("x/d/e", "1"), ("y/a", "1"), ("y/b", "1")]).await;
    let folder = folder(&[("a", "1"), ("b", "1")]);
    symlink("elsewhere", folder.path().join("d")).unwrap();
    emulator.add_fault(Fault::on("HeadObject").key("x/b").effect(FaultEffect::MissingCrc).always());
    let no_crc64 = "b unknown: the server knows no CRC64 of the object";
    let lines = run(check(folder.path()), &service).await.unwrap();
    assert_eq!(lines, ["a same Crc64", no_crc64, "d/e unknown: a symbolic link, which is not followed"]);
    let only = Filter::builder().exclude("d/").build().unwrap();
    let across = || Check::new(objects("x"), objects("y")).filter(only.clone());
    assert_eq!(run(across(), &service).await.unwrap(), ["a same Crc64", no_crc64]);
    emulator.add_fault(Fault::on("HeadObject").key("x/a").respond(403, "AccessDenied").always());
    let lines = run(across(), &service).await.unwrap();
    assert!(lines[0].starts_with("a failed Source: HeadObject oss://demo/x/a"), "{lines:?}");
}

#[tokio::test]
async fn no_manifest_is_left_of_what_nothing_could_be_said_of_later() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "2"), ("x/c", "3")]).await;
    let (other, looped) = (TempDir::new().unwrap(), folder(&[("a", "1")]));
    symlink("loop", looped.path().join("loop")).unwrap();
    let path = other.path().join("manifest");
    let write = async |place: Place| write_manifest(&place, Filter::default(), &path, 1, service.clone()).await;
    assert_eq!(write(objects("x/")).await.unwrap(), 3);
    std::fs::remove_file(&path).unwrap();
    emulator.add_fault(Fault::on("HeadObject").key("x/b").effect(FaultEffect::MissingCrc).always());
    for (place, unknown) in [
        (objects("x/"), "b: the server knows no CRC64 of the object"),
        (Place::folder(looped.path()).with_followed_links(true), "loop: what it is could not be read"),
    ] {
        let error = write(place).await.unwrap_err();
        assert!(matches!(error, ManifestError::Unknown { .. }), "{error:?}");
        assert_eq!(error.to_string(), unknown);
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_manifest_of_another_version_or_with_lines_amiss_is_refused() {
    let (_emulator, service) = start().await;
    let (folder, other) = (folder(&[("a", "1"), ("b", "2")]), TempDir::new().unwrap());
    let path = other.path().join("manifest");
    let place = || Place::folder(folder.path());
    write_manifest(&place(), Filter::default(), &path, 4, service.clone()).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let of = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let other_version = text.replace("\"v\":1", "\"v\":2");
    for (text, refusal) in [
        (other_version, "line 1: it is not a manifest of this version"),
        (of(&lines[1..]), "line 1: it is not a manifest of this version"),
        (of(&[lines[0], lines[1], lines[3]]), "line 3: it does not match the lines before it"),
        (of(&[lines[0], lines[1], lines[0]]), "line 3: it does not match the lines before it"),
    ] {
        std::fs::write(&path, text).unwrap();
        let refused = match Check::with_manifest(&path, place()).run(service.clone()) {
            Err(error) => error,
            Ok(mut findings) => loop {
                match findings.next().await {
                    Ok(found) => assert!(found.is_some(), "it ends"),
                    Err(CheckError::List { side: Side::Source, source: PlaceError::Manifest(error), .. }) => {
                        break *error;
                    }
                    Err(error) => panic!("{error}"),
                }
            },
        };
        assert!(refused.to_string().ends_with(refusal), "{refused}");
    }
}

#[tokio::test]
async fn a_manifest_tells_later_what_changed_wherever_the_copy_is() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1234"), ("x/d/b", "same"), ("x/gone", "1")]).await;
    let folder = folder(&[("a", "1234"), ("d/b", "same"), ("gone", "1")]);
    // Not followed, so that it is not in the manifest; on the other side nothing has its name.
    symlink("a", folder.path().join("d/link")).unwrap();
    let path = folder
        .path()
        .parent()
        .unwrap()
        .join(format!("{}.manifest", folder.path().file_name().unwrap().to_str().unwrap()));
    for place in [objects("x/"), Place::folder(folder.path())] {
        let entries = write_manifest(&place, Filter::default(), &path, 4, service.clone()).await.unwrap();
        assert_eq!(entries, 3);
        let of = |place| Check::with_manifest(&path, place);
        for place in [objects("x/"), Place::folder(folder.path())] {
            assert_eq!(run(of(place), &service).await.unwrap(), ["a same Crc64", "d/b same Crc64", "gone same Crc64"]);
        }
    }
    std::fs::write(folder.path().join("a"), "4321").unwrap();
    std::fs::remove_file(folder.path().join("gone")).unwrap();
    std::fs::write(folder.path().join("new"), "1").unwrap();
    let lines = run(Check::with_manifest(&path, Place::folder(folder.path())), &service).await.unwrap();
    assert_eq!(lines, ["a differs Crc64", "d/b same Crc64", "gone missing", "new extra"]);
    // A manifest that was cut says nothing is missing.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.lines().take(2).fold(String::new(), |text, line| text + line + "\n")).unwrap();
    let error = run(Check::with_manifest(&path, Place::folder(folder.path())), &service).await.unwrap_err();
    assert!(matches!(error, CheckError::List { side: Side::Source, source: PlaceError::Manifest(_), .. }), "{error}");
    // What cannot be read to its end leaves no manifest.
    std::fs::remove_file(&path).unwrap();
    emulator.add_fault(Fault::on("HeadObject").key("x/d/b").respond(403, "AccessDenied").always());
    assert!(write_manifest(&objects("x/"), Filter::default(), &path, 4, service.clone()).await.is_err());
    assert!(!path.exists());
}

#[tokio::test]
async fn shards_together_compare_each_path_once() {
    let (_emulator, service) = start().await;
    let names: Vec<_> = (0..20).map(|number| format!("{number:02}")).collect();
    let keys: Vec<_> = names.iter().map(|name| format!("x/{name}")).collect();
    // Every third is at the destination alone, and every fourth at the source alone.
    let there = keys.iter().enumerate().filter(|(number, _)| number % 4 != 0);
    put(&service, &there.map(|(_, key)| (key.as_str(), "c")).collect::<Vec<_>>()).await;
    let here = names.iter().enumerate().filter(|(number, _)| number % 3 != 0);
    let folder = folder(&here.map(|(_, name)| (name.as_str(), "c")).collect::<Vec<_>>());
    let whole = run(check(folder.path()), &service).await.unwrap();
    let mut together = Vec::new();
    for index in 0..3 {
        let shard = Shard::new(index, 3).unwrap();
        let filter = Filter::builder().shard(shard).build().unwrap();
        let lines = run(check(folder.path()).filter(filter), &service).await.unwrap();
        assert!(lines.iter().all(|line| shard.contains(line.split_once(' ').unwrap().0)), "{lines:?}");
        together.extend(lines);
    }
    together.sort_unstable();
    assert_eq!(together, whole);
}
