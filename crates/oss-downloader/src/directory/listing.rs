use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use oss_models::{CallError, GetObjectRequest, InvalidRequest, ListObjectsV2Request, ObjectSummary, Pages, pages};
use oss_transfer::{AnyService, Candidate, Filter, LocalPath, PathConflicts, PathRules};

use super::{FileError, LeaveOut};
use crate::plan::Object;
use crate::requests::Requests;

/// What is to be done about one object of the list.
#[derive(Debug)]
pub(super) enum Found {
    /// It becomes a file at this path below the folder.
    File { key: String, path: PathBuf, listed: Option<Object> },
    /// It stands for this folder below the folder.
    Folder { key: String, path: PathBuf },
    /// It is left out.
    LeftOut { object: Box<ObjectSummary>, path: PathBuf, reason: &'static str },
    /// It has no path.
    Failed { key: String, error: FileError },
}

/// The objects below a prefix that are chosen, in the order of their keys. One page is in memory at a time.
pub(super) struct Listing {
    pages: Pages<AnyService, ListObjectsV2Request>,
    page: VecDeque<ObjectSummary>,
    chooser: Chooser,
}

impl Listing {
    pub(super) fn new(
        service: AnyService,
        request: &GetObjectRequest,
        chooser: Chooser,
    ) -> Result<Self, InvalidRequest> {
        check(request)?;
        let prefix = chooser.prefix.as_str();
        let mut list = ListObjectsV2Request::new(request.bucket.as_str()).prefix(prefix).max_keys(PAGE);
        if let Some(start) = chooser.filter.start_after() {
            list = list.start_after(format!("{prefix}{start}"));
        }
        (list.request_payer, list.options) = (request.request_payer.clone(), request.options.clone());
        Ok(Self { pages: pages(service, list), page: VecDeque::new(), chooser })
    }

    /// Asks for the next page. Whether there is one.
    pub(super) async fn fill(&mut self) -> Result<bool, CallError> {
        match self.pages.next().await.transpose()? {
            Some(page) => {
                self.page = page.contents.into();
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// The next object; `None` after the last.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Found, CallError>>> {
        loop {
            while let Some(object) = self.page.pop_front() {
                match self.chooser.choose(object) {
                    Choice::Take(found) => return Poll::Ready(Some(Ok(found))),
                    Choice::Leave => {}
                    Choice::End => return Poll::Ready(None),
                }
            }
            match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                Some(Ok(page)) => self.page = page.contents.into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("prefix", &self.chooser.prefix).finish_non_exhaustive()
    }
}

/// Most objects on a page.
const PAGE: u16 = 1000;

/// What an object of its own has, and many have not.
fn check(request: &GetObjectRequest) -> Result<(), InvalidRequest> {
    let fields = [
        ("range", request.range.is_some()),
        ("version_id", request.version_id.is_some()),
        ("if_match", request.if_match.is_some()),
        ("if_none_match", request.if_none_match.is_some()),
        ("if_modified_since", request.if_modified_since.is_some()),
        ("if_unmodified_since", request.if_unmodified_since.is_some()),
    ];
    if let Some((field, _)) = fields.into_iter().find(|(_, is_set)| *is_set) {
        return Err(InvalidRequest::new(field, "is about one object, and this is a download of many"));
    }
    // Whatever no request may have is told now, and not of every object.
    let mut one = request.clone();
    "a".clone_into(&mut one.key);
    Requests::new(one).map(drop)
}

/// Decides what becomes of each object of a list.
pub(super) struct Chooser {
    pub(super) prefix: String,
    pub(super) filter: Filter,
    pub(super) leave_out: LeaveOut,
    /// The folder that the objects go to.
    pub(super) folder: PathBuf,
    pub(super) conflicts: PathConflicts,
}

enum Choice {
    Take(Found),
    Leave,
    /// No later object is chosen.
    End,
}

impl Chooser {
    fn choose(&mut self, object: ObjectSummary) -> Choice {
        // A server that lists what was not asked for does not decide what is written.
        let Some(below) = object.key.strip_prefix(&self.prefix) else { return Choice::Leave };
        if self.filter.end_with().is_some_and(|end| below > end) {
            return Choice::End;
        }
        let candidate = Candidate::new(below).size(object.size).modified(object.last_modified);
        if !self.filter.admits(candidate) {
            return Choice::Leave;
        }
        let found = self.path_of(below, object.size);
        if let (Some(reason), Ok(LocalPath::File(path) | LocalPath::Folder(path))) = (&self.leave_out.0, &found)
            && let Some(reason) = reason(&object, &self.folder.join(path))
        {
            let path = path.clone();
            return Choice::Take(Found::LeftOut { object: Box::new(object), path, reason });
        }
        let key = object.key;
        Choice::Take(match found {
            Ok(LocalPath::Folder(path)) => Found::Folder { key, path },
            Ok(LocalPath::File(path)) => {
                // The entity tag of a link is not that of the object that it leads to.
                let is_link = object.object_type.as_deref() == Some("Symlink");
                let listed = object.etag.filter(|_| !is_link).map(|etag| Object {
                    size: object.size,
                    etag: Some(etag),
                    version_id: None,
                    last_modified: None,
                    crc64: None,
                });
                Found::File { key, path, listed }
            }
            Ok(_) => return Choice::Leave,
            Err(error) => Found::Failed { key, error },
        })
    }

    fn path_of(&mut self, below: &str, size: u64) -> Result<LocalPath, FileError> {
        let path = PathRules::HOST.local_path(below).map_err(FileError::Key)?;
        if matches!(path, LocalPath::Folder(_)) && size > 0 {
            return Err(FileError::FolderWithContent { size });
        }
        self.conflicts.add(below).map_err(FileError::Conflict)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oss_models::{Etag, Operation, Response};
    use oss_transfer::FilterBuilder;

    /// An object as a list names it.
    fn listed(key: &str, size: u64, object_type: &str) -> ObjectSummary {
        let object = format!("<Key>{key}</Key><Size>{size}</Size><ETag>\"E\"</ETag><Type>{object_type}</Type>");
        let page = format!("<ListBucketResult><Contents>{object}</Contents></ListBucketResult>");
        let response = Response::new(http::StatusCode::OK).with_body(page);
        ListObjectsV2Request::read(response).unwrap().contents.remove(0)
    }

    fn everything() -> Chooser {
        Chooser {
            prefix: String::new(),
            filter: Filter::default(),
            leave_out: LeaveOut::default(),
            folder: PathBuf::from("folder"),
            conflicts: PathConflicts::default(),
        }
    }

    fn chosen(prefix: &str, filter: FilterBuilder, objects: &[(&str, u64)]) -> Vec<String> {
        let filter = filter.build().unwrap();
        let mut chooser = Chooser { prefix: prefix.to_owned(), filter, ..everything() };
        let mut lines = Vec::new();
        for (key, size) in objects {
            match chooser.choose(listed(key, *size, "Normal")) {
                Choice::Take(Found::File { path, .. }) => lines.push(format!("file {}", path.display())),
                Choice::Take(Found::Folder { path, .. }) => lines.push(format!("folder {}", path.display())),
                Choice::Take(Found::Failed { key, error }) => lines.push(format!("{key}: {error}")),
                Choice::Take(Found::LeftOut { path, reason, .. }) => {
                    lines.push(format!("{} left out: {reason}", path.display()));
                }
                Choice::Leave => {}
                Choice::End => {
                    lines.push("end".to_owned());
                    break;
                }
            }
        }
        lines
    }

    #[test]
    fn keys_below_the_prefix_become_paths_or_failures() {
        let objects =
            [("p/", 0), ("p/../out", 1), ("p//abs", 1), ("p/a", 1), ("p/a/b", 1), ("p/d/", 0), ("p/e/", 2), ("q", 1)];
        let expected = [
            "folder ",
            "p/../out: its key has no path below a folder: one of its names is `.` or `..`",
            "p//abs: its key has no path below a folder: one of its names is empty",
            "file a",
            "p/a/b: another key makes a file of one of its folders",
            "folder d",
            "p/e/: its key ends in `/`, which stands for a folder, and it is not empty (2 B)",
        ];
        assert_eq!(chosen("p/", Filter::builder(), &objects), expected);
        assert_eq!(chosen("p", Filter::builder(), &[("p/a", 1), ("pa", 1)])[1], "file a", "as it stands");
    }

    #[test]
    fn filters_see_the_path_below_the_prefix_and_end_the_list() {
        let objects = [("p/a.jpg", 1), ("p/b.txt", 1), ("p/c/d.jpg", 9), ("p/e.jpg", 1)];
        assert_eq!(chosen("p/", Filter::builder().include("/*.jpg"), &objects), ["file a.jpg", "file e.jpg"]);
        assert_eq!(
            chosen("p/", Filter::builder().max_size(5).end_with("c"), &objects),
            ["file a.jpg", "file b.txt", "end"]
        );
        let hostile = [("p/../a", 1), ("p/b", 1)];
        assert_eq!(chosen("p/", Filter::builder().exclude("**/../**").exclude("../*"), &hostile), ["file b"]);
    }

    #[test]
    fn what_is_left_out_was_admitted_and_has_a_path() {
        let asked = std::sync::Mutex::new(Vec::new());
        let asked = std::sync::Arc::new(asked);
        let seen = asked.clone();
        let leave_out = LeaveOut(Some(std::sync::Arc::new(move |object: &ObjectSummary, path: &std::path::Path| {
            seen.lock().unwrap().push(format!("{} {}", object.key, path.display()));
            (object.size > 1).then_some("large")
        })));
        let filter = Filter::builder().exclude("x").build().unwrap();
        let mut chooser = Chooser { leave_out, filter, ..everything() };
        let found = ["a", "b", "x", "../c", "d/"].map(|key| {
            match chooser.choose(listed(key, u64::from(key == "b") + 1, "Normal")) {
                Choice::Take(Found::File { .. }) => "file",
                Choice::Take(Found::LeftOut { reason, .. }) => reason,
                Choice::Take(Found::Failed { .. }) => "failed",
                _ => "left",
            }
        });
        assert_eq!(found, ["file", "large", "left", "failed", "failed"]);
        assert_eq!(*asked.lock().unwrap(), ["a folder/a", "b folder/b"]);
    }

    #[test]
    fn a_link_is_not_pinned_to_its_own_entity_tag() {
        let mut chooser = everything();
        for (object_type, pinned) in [("Normal", true), ("Symlink", false)] {
            let object = listed(object_type, 1, object_type);
            let Choice::Take(Found::File { listed, .. }) = chooser.choose(object) else { panic!("{object_type}") };
            assert_eq!(listed.and_then(|object| object.etag), pinned.then(|| Etag::new("E").unwrap()), "{object_type}");
        }
    }

    #[test]
    fn what_is_about_one_object_is_refused() {
        let request = || GetObjectRequest::new("demo", "p/");
        assert!(check(&request()).is_ok() && check(&GetObjectRequest::new("demo", "")).is_ok());
        for (request, field) in [
            (request().range(0..1), "range"),
            (request().version_id("v"), "version_id"),
            (request().if_match(Etag::new("e").unwrap()), "if_match"),
            (request().accept_encoding("gzip"), "accept_encoding"),
        ] {
            let error = check(&request).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
    }
}
