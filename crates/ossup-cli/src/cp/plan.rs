//! What goes where: decided from the command line alone.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ossup::BucketName;
use ossup::downloader::directory::PathRules;

use super::arguments::End;
use crate::address::{Address, Pattern};
use crate::exit::Exit;
use crate::failure::Failure;

/// One source and where it goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Transfer {
    pub(super) way: Way,
    /// Whether everything below the source is meant.
    pub(super) recursive: bool,
}

impl Transfer {
    /// The bucket that it is about; of a copy, the one that is written to.
    pub(super) fn bucket(&self) -> &BucketName {
        match &self.way {
            Way::Up { destination, .. } | Way::Copy { destination, .. } => &destination.bucket,
            Way::Down { source, .. } => &source.bucket,
        }
    }

    /// The bucket that is read, if one is; else the one that is written to.
    pub(super) fn source_bucket(&self) -> &BucketName {
        match &self.way {
            Way::Up { destination, .. } => &destination.bucket,
            Way::Down { source, .. } | Way::Copy { source, .. } => &source.bucket,
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Up { source: PathBuf, destination: Address },
    Down { source: Address, target: PathBuf },
    Copy { source: Address, destination: Address },
}

/// The transfers of a command line; `is_folder` looks at a local path.
pub(super) fn transfers(
    sources: &[End],
    destination: &End,
    recursive: bool,
    is_folder: impl Fn(&Path) -> bool,
) -> Result<Vec<Transfer>, Failure> {
    let several = sources.len() > 1;
    if several {
        check_folder(destination, &is_folder)?;
    }
    let mut names = HashSet::new();
    let mut transfers = Vec::with_capacity(sources.len());
    for source in sources {
        let way = way(source, destination)?;
        if !recursive {
            refuse_many(&way)?;
        }
        let is_whole_folder = recursive
            && match source {
                End::Local(path) => !several || is_folder(path),
                End::Object(_) => true,
            };
        if !several {
            transfers.push(Transfer { way, recursive: is_whole_folder });
            continue;
        }
        let name = name_of(source)?;
        if !names.insert(name.clone()) {
            return Err(Failure::usage(format!("several sources are called {name}: each needs a name of its own")));
        }
        // A folder among several keeps its name; a file takes it anyway.
        let way = if is_whole_folder { below(way, &name) } else { way };
        transfers.push(Transfer { way, recursive: is_whole_folder });
    }
    Ok(transfers)
}

fn way(source: &End, destination: &End) -> Result<Way, Failure> {
    Ok(match (source.clone(), destination.clone()) {
        (End::Local(source), End::Object(destination)) => Way::Up { source, destination },
        (End::Object(source), End::Local(target)) => Way::Down { source, target },
        (End::Object(source), End::Object(destination)) => Way::Copy { source, destination },
        (End::Local(source), End::Local(target)) => {
            return Err(Failure::usage(format!(
                "neither {} nor {} is in OSS: write oss://BUCKET/KEY for one of them",
                source.display(),
                target.display()
            )));
        }
    })
}

/// Without -r, an address that stands for many objects is refused; a marker of a folder can be copied, but is no file.
fn refuse_many(way: &Way) -> Result<(), Failure> {
    let source = match way {
        Way::Down { source, .. } if matches!(source.pattern(), Pattern::Folder(_) | Pattern::Prefix(_)) => source,
        Way::Copy { source, .. } if matches!(source.pattern(), Pattern::Prefix(_)) => source,
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("{source} is not a single object: add -r to take everything that it stands for")))
}

fn check_folder(destination: &End, is_folder: impl Fn(&Path) -> bool) -> Result<(), Failure> {
    let (is_one, form) = match destination {
        End::Object(address) => (address.rest.is_empty() || address.rest.ends_with('/'), format!("{address}/")),
        End::Local(path) => {
            let ends = path.as_os_str().as_encoded_bytes().ends_with(b"/");
            (path.as_os_str() != "-" && (ends || is_folder(path)), format!("{}/", path.display()))
        }
    };
    match is_one {
        true => Ok(()),
        false => Err(Failure::usage(format!("several sources need a folder to go to: write {form}"))),
    }
}

/// What a source among several is called at the destination.
fn name_of(source: &End) -> Result<String, Failure> {
    let none = || Failure::usage(format!("{source} has no name to go by among several sources"));
    match source {
        End::Local(path) if path.as_os_str() == "-" => Err(none()),
        End::Local(path) => {
            // `.` and `..` have the names of the folders that they stand for.
            let named = path.file_name().map(ToOwned::to_owned);
            let named = named.or_else(|| path.canonicalize().ok()?.file_name().map(ToOwned::to_owned));
            Ok(named.ok_or_else(none)?.to_string_lossy().into_owned())
        }
        End::Object(address) => {
            let name = match address.pattern() {
                Pattern::Prefix(_) => return Err(none()),
                Pattern::Bucket => address.bucket.as_str(),
                _ => address.rest.trim_end_matches('/').rsplit('/').next().unwrap_or_default(),
            };
            PathRules::HOST.local_path(name).map_err(|_| none())?;
            Ok(name.to_owned())
        }
    }
}

/// The same, to a folder of this name below the destination.
fn below(way: Way, name: &str) -> Way {
    let inside = |address: Address| Address { rest: format!("{}{name}/", address.rest), ..address };
    match way {
        Way::Up { source, destination } => Way::Up { source, destination: inside(destination) },
        Way::Down { source, target } => Way::Down { source, target: target.join(name) },
        Way::Copy { source, destination } => Way::Copy { source, destination: inside(destination) },
    }
}

/// What the keys of everything in a folder begin with.
pub(super) fn folder_prefix(address: &Address) -> Result<String, Failure> {
    match address.pattern() {
        Pattern::Bucket => Ok(String::new()),
        Pattern::Folder(prefix) => Ok(prefix.to_owned()),
        Pattern::Object(key) => Ok(format!("{key}/")),
        // As other tools write it.
        Pattern::Prefix(prefix) if prefix.is_empty() || prefix.ends_with('/') => Ok(prefix.to_owned()),
        Pattern::Prefix(_) => {
            Err(Failure::usage(format!("{address} is not a folder: name one, and add --include to take less of it")))
        }
    }
}

/// Refuses a folder that goes to itself, into itself, or to one that it is in.
pub(super) fn refuse_overlap(source: &Address, from: &str, destination: &Address, to: &str) -> Result<(), Failure> {
    let overlap = source.bucket == destination.bucket && (from.starts_with(to) || to.starts_with(from));
    match overlap {
        true => Err(Failure::refused(format!(
            "{source} and {destination} contain one another: nothing was copied or deleted"
        ))),
        false => Ok(()),
    }
}

/// How a command ends whose sources ended so.
pub(crate) fn together(exits: &[Exit]) -> Exit {
    let signal = exits.iter().copied().find(|exit| matches!(exit, Exit::Signal(_)));
    let is_done = |exit: &Exit| *exit == Exit::Done;
    match exits {
        [one] => *one,
        _ if signal.is_some() => signal.unwrap_or(Exit::Done),
        all if all.iter().all(is_done) => Exit::Done,
        all if all.iter().any(|exit| matches!(exit, Exit::Done | Exit::SomeFailed)) => Exit::SomeFailed,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Signal;

    fn end(text: &str) -> End {
        text.parse().map_or_else(|_| End::Local(text.into()), End::Object)
    }

    fn planned(sources: &[&str], destination: &str, recursive: bool) -> Result<Vec<String>, String> {
        let sources: Vec<_> = sources.iter().map(|source| end(source)).collect();
        let is_folder = |path: &Path| path.to_str().is_some_and(|path| path.starts_with("folder"));
        let planned = transfers(&sources, &end(destination), recursive, is_folder).map_err(|error| error.message)?;
        let shown = |transfer: Transfer| {
            let mark = if transfer.recursive { "-r " } else { "" };
            match transfer.way {
                Way::Up { source, destination } => format!("{mark}{} -> {destination}", source.display()),
                Way::Down { source, target } => format!("{mark}{source} -> {}", target.display()),
                Way::Copy { source, destination } => format!("{mark}{source} -> {destination}"),
            }
        };
        Ok(planned.into_iter().map(shown).collect())
    }

    #[test]
    fn one_source_goes_as_it_is_and_several_go_to_a_folder() {
        for (sources, destination, recursive, wanted) in [
            (&["a"][..], "oss://demo/k", false, &["a -> oss://demo/k"][..]),
            (&["a"], "oss://demo/k", true, &["-r a -> oss://demo/k"]),
            (&["-"], "oss://demo/k", false, &["- -> oss://demo/k"]),
            (&["oss://demo/k"], "a", false, &["oss://demo/k -> a"]),
            (&["oss://demo/k"], "oss://demo/l", false, &["oss://demo/k -> oss://demo/l"]),
            (&["a", "b/c"], "oss://demo/d/", false, &["a -> oss://demo/d/", "b/c -> oss://demo/d/"]),
            (&["a", "folder"], "oss://demo", true, &["a -> oss://demo/", "-r folder -> oss://demo/folder/"]),
            (&["oss://demo/a", "oss://demo/b"], "folder", false, &["oss://demo/a -> folder", "oss://demo/b -> folder"]),
            (
                &["oss://demo/x/a/", "oss://other"],
                "new/",
                true,
                &["-r oss://demo/x/a/ -> new/a", "-r oss://other/ -> new/other"],
            ),
            (
                &["oss://demo/a", "oss://demo/b"],
                "oss://demo/c/",
                true,
                &["-r oss://demo/a -> oss://demo/c/a/", "-r oss://demo/b -> oss://demo/c/b/"],
            ),
        ] {
            assert_eq!(planned(sources, destination, recursive).unwrap(), wanted, "{sources:?} {destination}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for (sources, destination, says) in [
            (&["a"][..], "b", "neither a nor b is in OSS"),
            (&["a", "b"], "oss://demo/k", "write oss://demo/k/"),
            (&["oss://demo/a", "oss://demo/b"], "file", "write file/"),
            (&["oss://demo/a", "oss://demo/b"], "-", "several sources need a folder"),
            (&["a/x", "b/x"], "oss://demo/", "several sources are called x"),
            (&["a", "-"], "oss://demo/", "- has no name"),
            (&["a", "oss://demo/x/.."], "folder", "neither a nor"),
            (&["oss://demo/a", "oss://demo/x/.."], "folder", "has no name"),
            (&["oss://demo/a", "oss://demo/x*"], "folder", "has no name"),
        ] {
            let error = planned(sources, destination, true).unwrap_err();
            assert!(error.contains(says), "{sources:?}: {error}");
        }
    }

    #[test]
    fn folders_that_contain_one_another_are_refused() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        for (source, destination, refused) in [
            ("oss://demo/a/", "oss://demo/a/", true),
            ("oss://demo/a/", "oss://demo/a/b/", true),
            ("oss://demo/a/b/", "oss://demo/a/", true),
            ("oss://demo", "oss://demo/a/", true),
            ("oss://demo/a/", "oss://demo/ab/", false),
            ("oss://demo/a/", "oss://other/a/", false),
        ] {
            let (source, destination) = (address(source), address(destination));
            let prefix = |address: &Address| folder_prefix(address).unwrap();
            let result = refuse_overlap(&source, &prefix(&source), &destination, &prefix(&destination));
            assert_eq!(result.is_err(), refused, "{source} {destination}");
        }
        assert!(folder_prefix(&address("oss://demo/a*")).is_err());
        let folder = |text: &str| folder_prefix(&address(text)).unwrap();
        assert_eq!([folder("oss://demo/a/*"), folder("oss://demo/*"), folder("oss://demo/a")], ["a/", "", "a/"]);
    }

    #[test]
    fn what_stands_for_many_objects_takes_r() {
        for (source, destination) in [
            ("oss://demo/a/", "b"),
            ("oss://demo/a/*", "b"),
            ("oss://demo/a*", "-"),
            ("oss://demo/a*", "oss://demo/b/"),
        ] {
            let error = planned(&[source], destination, false).unwrap_err();
            assert!(error.contains("add -r"), "{source} {destination}: {error}");
            assert!(planned(&[source], destination, true).is_ok(), "{source} {destination}");
        }
        assert!(planned(&["oss://demo/a/"], "oss://demo/b/", false).is_ok());
    }

    #[test]
    fn several_ends_are_one() {
        use Exit::{Done, Failed, Refused, SomeFailed, Usage};
        let interrupted = Exit::Signal(Signal::Interrupt);
        for (exits, wanted) in [
            (&[][..], Done),
            (&[Usage], Usage),
            (&[Done, Done], Done),
            (&[Done, Failed], SomeFailed),
            (&[SomeFailed, Done], SomeFailed),
            (&[Failed, Refused], Failed),
            (&[Done, interrupted], interrupted),
        ] {
            assert_eq!(together(exits), wanted, "{exits:?}");
        }
    }
}
