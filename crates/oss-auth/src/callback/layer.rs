//! Callbacks verified in front of a service (feature `tower`).

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::request::Parts;
use http::{Extensions, Request, Response, StatusCode, Uri, header};
use http_body::Body;
use http_body_util::combinators::Collect;
use http_body_util::{BodyExt as _, Collected, Full, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;

use super::{Callback, CallbackError, CallbackKey, KeyHost, KeyUrl, PUB_KEY_URL_HEADER};

type BoxError = Box<dyn Error + Send + Sync>;

/// Lets only callbacks of OSS through to a service.
///
/// Reads the body (at most [`max_body`](Self::max_body) bytes), gets the key with the function given, keeps up to eight
/// keys by their URL, and passes the request on with the body read. The layer itself responds to everything else, with an
/// empty body: 403 to what OSS did not sign, 413 to a body too long, 400 to one that breaks off, 502 if the key cannot be fetched.
///
/// ```
/// use std::convert::Infallible;
/// use std::future::ready;
/// use oss_auth::callback::{CallbackKey, CallbackLayer};
/// # use tower_layer::Layer as _;
/// # let pem = "-----BEGIN PUBLIC KEY-----\n\
/// #     MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs\n\
/// #     C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==\n\
/// #     -----END PUBLIC KEY-----\n";
/// # let my_service = ();
///
/// // A key that was fetched before; a function that fetches the URL given would do as well.
/// let key = CallbackKey::from_pem(pem)?;
/// let layer = CallbackLayer::new(move |_url| ready(Ok::<_, Infallible>(key.clone())));
/// let service = layer.layer(my_service); // or `Router::layer(layer)` with axum; where it is nested, see `original_uri`
/// # Ok::<_, oss_auth::callback::CallbackError>(())
/// ```
pub struct CallbackLayer<F> {
    keys: Arc<Keys<F>>,
    trusted: Arc<Vec<KeyHost>>,
    max_body: usize,
    original_uri: OriginalUri,
}

/// Finds the URI that a request had when it came in.
type OriginalUri = fn(&Extensions) -> Option<&Uri>;

impl<F> CallbackLayer<F> {
    /// `fetch` gets the key from a URL that is known to be on OSS's host: a GET without redirects, and
    /// [`CallbackKey::from_pem`].
    pub fn new<Fut, E>(fetch: F) -> Self
    where
        F: Fn(KeyUrl) -> Fut,
        Fut: Future<Output = Result<CallbackKey, E>>,
    {
        let keys = Arc::new(Keys { fetch, known: Mutex::default() });
        Self { keys, trusted: Arc::default(), max_body: DEFAULT_MAX_BODY, original_uri: |_| None }
    }

    /// Another host that may give keys, besides OSS's own: for tests, see [`KeyHost`]. Default: none.
    ///
    /// `layer.trust_key_host(emulator.endpoint().parse()?)` lets the callbacks of an emulator through.
    #[must_use]
    pub fn trust_key_host(mut self, host: KeyHost) -> Self {
        Arc::make_mut(&mut self.trusted).push(host);
        self
    }

    /// Says where the URI that OSS signed is kept, if a router in front has changed that of the request. Default: nowhere,
    /// and the request's own URI counts.
    ///
    /// A nested router cuts its prefix off the path, and a callback verified without it would be refused. axum keeps the
    /// original in the request's extensions:
    /// `layer.original_uri(|extensions| extensions.get::<axum::extract::OriginalUri>().map(|uri| &uri.0))`.
    #[must_use]
    pub fn original_uri(mut self, find: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.original_uri = find;
        self
    }

    /// Sets the longest body that is read, in bytes. Default 64 KiB; the template of a callback has at most 5 KiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

const DEFAULT_MAX_BODY: usize = 64 * 1024;
/// OSS has had one key for years. A forger must not be able to fill the memory with others.
const MAX_KEYS: usize = 8;

impl<F> Clone for CallbackLayer<F> {
    fn clone(&self) -> Self {
        Self { keys: Arc::clone(&self.keys), trusted: Arc::clone(&self.trusted), ..*self }
    }
}

impl<F> fmt::Debug for CallbackLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackLayer")
            .field("trusted", &self.trusted)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}

struct Keys<F> {
    fetch: F,
    known: Mutex<HashMap<KeyUrl, CallbackKey>>,
}

impl<F> Keys<F> {
    fn known(&self, url: &KeyUrl) -> Option<CallbackKey> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }

    fn remember(&self, url: KeyUrl, key: CallbackKey) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KEYS {
            known.clear();
        }
        known.insert(url, key);
    }
}

impl<S, F> Layer<S> for CallbackLayer<F> {
    type Service = CallbackService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        CallbackService { inner, layer: self.clone() }
    }
}

/// A service behind a [`CallbackLayer`].
pub struct CallbackService<S, F> {
    inner: S,
    layer: CallbackLayer<F>,
}

impl<S: Clone, F> Clone for CallbackService<S, F> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S: fmt::Debug, F> fmt::Debug for CallbackService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, F, Fut, E, B, ResBody> Service<Request<B>> for CallbackService<S, F>
where
    S: Service<Request<Full<Bytes>>, Response = Response<ResBody>> + Clone,
    F: Fn(KeyUrl) -> Fut,
    Fut: Future<Output = Result<CallbackKey, E>>,
    B: Body,
    B::Error: Into<BoxError>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S, F, Fut, Collect<Limited<B>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready goes with the request; its clone has to become ready again.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, self.layer.max_body).collect();
        ResponseFuture {
            inner: Box::new(ready),
            keys: Arc::clone(&self.layer.keys),
            trusted: Arc::clone(&self.layer.trusted),
            original_uri: self.layer.original_uri,
            parts: Some(parts),
            stage: Stage::Body(Box::pin(body)),
        }
    }
}

/// The response of a [`CallbackService`].
///
/// `Fetch` gets the key, `Read` the body.
pub struct ResponseFuture<S, F, Fetch, Read>
where
    S: Service<Request<Full<Bytes>>>,
{
    inner: Box<S>,
    keys: Arc<Keys<F>>,
    trusted: Arc<Vec<KeyHost>>,
    original_uri: OriginalUri,
    parts: Option<Parts>,
    stage: Stage<S::Future, Fetch, Read>,
}

enum Stage<Inner, Fetch, Read> {
    Body(Pin<Box<Read>>),
    Key { future: Pin<Box<Fetch>>, url: KeyUrl, body: Bytes },
    Inner(Pin<Box<Inner>>),
}

impl<S, F, Fetch, E, Read, D, ResBody> Future for ResponseFuture<S, F, Fetch, Read>
where
    S: Service<Request<Full<Bytes>>, Response = Response<ResBody>>,
    F: Fn(KeyUrl) -> Fetch,
    Fetch: Future<Output = Result<CallbackKey, E>>,
    Read: Future<Output = Result<Collected<D>, BoxError>>,
    D: Buf,
    ResBody: Default,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let next = match &mut this.stage {
                Stage::Body(body) => match ready!(body.as_mut().poll(cx)) {
                    Ok(collected) => this.on_body(collected.to_bytes()),
                    Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
                    Err(_) => Err(StatusCode::BAD_REQUEST),
                },
                Stage::Key { future, url, body } => match ready!(future.as_mut().poll(cx)) {
                    Ok(key) => {
                        let (url, body) = (url.clone(), body.clone());
                        this.keys.remember(url, key.clone());
                        this.on_key(&key, body)
                    }
                    Err(_) => Err(StatusCode::BAD_GATEWAY),
                },
                Stage::Inner(inner) => return inner.as_mut().poll(cx),
            };
            match next {
                Ok(stage) => this.stage = stage,
                Err(status) => return Poll::Ready(Ok(response(status))),
            }
        }
    }
}

type NextStage<S, Fetch, Read> = Result<Stage<<S as Service<Request<Full<Bytes>>>>::Future, Fetch, Read>, StatusCode>;

impl<S, F, Fetch, Read> ResponseFuture<S, F, Fetch, Read>
where
    S: Service<Request<Full<Bytes>>>,
    F: Fn(KeyUrl) -> Fetch,
{
    /// The body is there: get the key.
    fn on_body(&mut self, body: Bytes) -> NextStage<S, Fetch, Read> {
        let parts = self.parts.as_ref().ok_or(StatusCode::FORBIDDEN)?;
        let url = callback(parts, self.original_uri, &body)
            .and_then(|callback| callback.key_url_of(&self.trusted))
            .map_err(|_| StatusCode::FORBIDDEN)?;
        match self.keys.known(&url) {
            Some(key) => self.on_key(&key, body),
            None => Ok(Stage::Key { future: Box::pin((self.keys.fetch)(url.clone())), url, body }),
        }
    }

    /// The key is there: pass the request on, or not.
    fn on_key(&mut self, key: &CallbackKey, body: Bytes) -> NextStage<S, Fetch, Read> {
        let parts = self.parts.take().ok_or(StatusCode::FORBIDDEN)?;
        callback(&parts, self.original_uri, &body)
            .and_then(|callback| callback.verify(key))
            .map_err(|_| StatusCode::FORBIDDEN)?;
        let request = Request::from_parts(parts, Full::new(body));
        Ok(Stage::Inner(Box::pin(self.inner.call(request))))
    }
}

impl<S, F, Fetch, Read> fmt::Debug for ResponseFuture<S, F, Fetch, Read>
where
    S: Service<Request<Full<Bytes>>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

fn callback<'a>(parts: &'a Parts, original_uri: OriginalUri, body: &'a [u8]) -> Result<Callback<'a>, CallbackError> {
    let uri = original_uri(&parts.extensions).unwrap_or(&parts.uri);
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    Ok(Callback {
        path: uri.path(),
        query: uri.query(),
        body,
        authorization: text(header::AUTHORIZATION).ok_or(CallbackError::Malformed)?,
        pub_key_url: text(PUB_KEY_URL_HEADER).ok_or(CallbackError::KeyUrl)?,
    })
}

fn response<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response
}
