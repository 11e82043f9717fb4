use std::cmp::Ordering;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::StatusCode;
use tower_service::Service;

use crate::{
    BucketSummary, CallError, CallErrorKind, ListBucketsRequest, ListMultipartUploadsRequest,
    ListObjectVersionsRequest, ListObjectsRequest, ListObjectsV2Request, ListPartsRequest, MultipartUpload,
    ObjectSummary, Operation, PartNumber, PartSummary, Request, Response, VersionEntry, call,
};

/// A list that comes page by page.
pub trait Paged: Operation + Clone {
    /// An entry of the list.
    type Item;

    /// The request for the page after `page`; `None` after the last.
    ///
    /// # Errors
    /// What is wrong with the marker: it is missing, or does not advance, so that the list would never end.
    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String>;

    /// The entries of a page.
    fn into_items(page: Self::Output) -> Vec<Self::Item>;
}

/// The pages of a list, from the one that `request` asks for to the last; each is asked for when it is polled for.
///
/// Ends after the first error. A page whose marker does not advance is returned, and then the error.
///
/// ```
/// use oss_models::{ListPartsRequest, UploadId, pages};
/// # use oss_models::{CallError, Request, Response};
/// # async fn demo<S>(service: S, upload_id: UploadId) -> Result<(), CallError>
/// # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static, S::Future: Send {
/// let mut pages = pages(service, ListPartsRequest::new("demo", "cat.jpg", upload_id));
/// while let Some(page) = pages.next().await {
///     println!("{} parts", page?.parts.len());
/// }
/// # Ok(())
/// # }
/// ```
pub fn pages<S, R: Paged>(service: S, request: R) -> Pages<S, R> {
    Pages { service, state: State::Ask(request), left: usize::MAX }
}

/// The entries of a list, from the first of the page that `request` asks for; see [`pages`].
pub fn items<S, R: Paged>(service: S, request: R) -> Items<S, R> {
    Items { pages: pages(service, request), ready: VecDeque::new() }
}

/// Stream of the pages of a list; see [`pages`].
pub struct Pages<S, R: Paged> {
    service: S,
    state: State<R>,
    left: usize,
}

enum State<R: Paged> {
    Ask(R),
    Wait { request: R, pending: Pending<R> },
    Fail(CallError),
    Done,
}

type Pending<R> = Pin<Box<dyn Future<Output = Result<<R as Operation>::Output, CallError>> + Send>>;

impl<S, R: Paged> Pages<S, R> {
    /// Sets the most pages to ask for, counted from now. Default: all.
    #[must_use]
    pub fn limit(mut self, pages: usize) -> Self {
        self.left = pages;
        self
    }

    /// Whether it is known already that there is no further page.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done) || self.left == 0 && matches!(self.state, State::Ask(_))
    }
}

impl<S, R: Paged> Pages<S, R>
where
    Self: Stream,
{
    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

// Nothing is pinned in place: the call under way is boxed.
impl<S, R: Paged> Unpin for Pages<S, R> {}

impl<S, R> Stream for Pages<S, R>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
    R: Paged + Send + 'static,
{
    type Item = Result<R::Output, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Ask(request) if self.left > 0 => {
                    self.left -= 1;
                    let pending = Box::pin(call(self.service.clone(), request.clone()));
                    self.state = State::Wait { request, pending };
                }
                State::Wait { request, mut pending } => {
                    let Poll::Ready(result) = pending.as_mut().poll(cx) else {
                        self.state = State::Wait { request, pending };
                        return Poll::Pending;
                    };
                    if let Ok(page) = &result {
                        self.state = match request.after(page) {
                            Ok(Some(next)) => State::Ask(next),
                            Ok(None) => State::Done,
                            Err(reason) => State::Fail(no_next_page(&request, reason)),
                        };
                    }
                    return Poll::Ready(Some(result));
                }
                State::Fail(error) => return Poll::Ready(Some(Err(error))),
                State::Ask(_) | State::Done => return Poll::Ready(None),
            }
        }
    }
}

fn no_next_page<R: Paged>(request: &R, reason: String) -> CallError {
    match request.clone().into_request() {
        Ok(request) => {
            CallError::new(request.target(), CallErrorKind::InvalidResponse { status: StatusCode::OK, reason })
        }
        Err(invalid) => CallError::invalid(R::INFO.name, invalid),
    }
}

/// Stream of the entries of a list; see [`items`].
pub struct Items<S, R: Paged> {
    pages: Pages<S, R>,
    ready: VecDeque<R::Item>,
}

impl<S, R: Paged> Items<S, R> {
    /// Sets the most pages to ask for. Default: all.
    #[must_use]
    pub fn limit_pages(mut self, pages: usize) -> Self {
        self.pages = self.pages.limit(pages);
        self
    }
}

impl<S, R: Paged> Items<S, R>
where
    Self: Stream,
{
    /// The next entry; `None` after the last.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<S, R: Paged> Unpin for Items<S, R> {}

impl<S, R: Paged> Stream for Items<S, R>
where
    Pages<S, R>: Stream<Item = Result<R::Output, CallError>>,
{
    type Item = Result<R::Item, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                Some(Ok(page)) => self.ready = R::into_items(page).into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// The marker of the next page, if there is to be one.
fn next<M>(is_truncated: bool, marker: Option<M>, advances: impl FnOnce(&M) -> bool) -> Result<Option<M>, String> {
    match marker {
        _ if !is_truncated => Ok(None),
        Some(marker) if advances(&marker) => Ok(Some(marker)),
        Some(_) => Err("the next-page marker does not advance".to_owned()),
        None => Err("the list is truncated but has no next-page marker".to_owned()),
    }
}

/// Whether a pair of key and opaque id advances: to a greater key, or to another id of the same key.
fn pair_advances(key: Option<&String>, id: Option<&String>, next: &(String, Option<String>)) -> bool {
    match key.map_or(Ordering::Less, |key| key.cmp(&next.0)) {
        Ordering::Less => true,
        Ordering::Equal => next.1.is_some() && next.1.as_ref() != id,
        Ordering::Greater => false,
    }
}

impl Paged for ListObjectsV2Request {
    type Item = ObjectSummary;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let token = next(page.is_truncated, page.next_continuation_token.clone(), |token| {
            self.continuation_token.as_ref() != Some(token)
        })?;
        Ok(token.map(|token| self.clone().continuation_token(token)))
    }

    fn into_items(page: Self::Output) -> Vec<ObjectSummary> {
        page.contents
    }
}

impl Paged for ListObjectsRequest {
    type Item = ObjectSummary;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let marker = next(page.is_truncated, page.next_marker.clone(), |marker| self.marker.as_ref() < Some(marker))?;
        Ok(marker.map(|marker| self.clone().marker(marker)))
    }

    fn into_items(page: Self::Output) -> Vec<ObjectSummary> {
        page.contents
    }
}

impl Paged for ListObjectVersionsRequest {
    type Item = VersionEntry;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let markers = page.next_key_marker.clone().map(|key| (key, page.next_version_id_marker.clone()));
        let markers = next(page.is_truncated, markers, |markers| {
            pair_advances(self.key_marker.as_ref(), self.version_id_marker.as_ref(), markers)
        })?;
        Ok(markers.map(|(key, id)| Self { key_marker: Some(key), version_id_marker: id, ..self.clone() }))
    }

    fn into_items(page: Self::Output) -> Vec<VersionEntry> {
        page.entries
    }
}

impl Paged for ListMultipartUploadsRequest {
    type Item = MultipartUpload;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let markers = page.next_key_marker.clone().map(|key| (key, page.next_upload_id_marker.clone()));
        let markers = next(page.is_truncated, markers, |markers| {
            pair_advances(self.key_marker.as_ref(), self.upload_id_marker.as_ref(), markers)
        })?;
        Ok(markers.map(|(key, id)| Self { key_marker: Some(key), upload_id_marker: id, ..self.clone() }))
    }

    fn into_items(page: Self::Output) -> Vec<MultipartUpload> {
        page.uploads
    }
}

impl Paged for ListPartsRequest {
    type Item = PartSummary;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let number = page.next_part_number_marker.and_then(|number| PartNumber::new(number).ok());
        let number = next(page.is_truncated, number, |number| self.part_number_marker < Some(*number))?;
        Ok(number.map(|number| self.clone().part_number_marker(number)))
    }

    fn into_items(page: Self::Output) -> Vec<PartSummary> {
        page.parts
    }
}

impl Paged for ListBucketsRequest {
    type Item = BucketSummary;

    fn after(&self, page: &Self::Output) -> Result<Option<Self>, String> {
        let name = next(page.is_truncated, page.next_marker.clone(), |name| self.marker.as_ref() < Some(name))?;
        Ok(name.map(|name| self.clone().marker(name)))
    }

    fn into_items(page: Self::Output) -> Vec<BucketSummary> {
        page.buckets
    }
}
