use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use oss_models::{BoxBody, BoxError};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::call::BoxFuture;
use crate::wire_body::WireBody;

/// What stands below the stack: the HTTP client of this crate, or a service in its place. Clones share it.
#[derive(Clone)]
pub struct HttpService(BoxCloneSyncService<http::Request<WireBody>, http::Response<BoxBody>, BoxError>);

impl HttpService {
    /// A service in place of the HTTP client.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<http::Request<WireBody>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let to_box = |response: http::Response<B>| {
            response.map(|body| -> BoxBody { Box::pin(http_body_util::BodyExt::map_err(body, Into::into)) })
        };
        Self(BoxCloneSyncService::new(service.map_response(to_box).map_err(Into::<BoxError>::into)))
    }
}

impl Service<http::Request<WireBody>> for HttpService {
    type Response = http::Response<BoxBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<WireBody>) -> Self::Future {
        self.0.call(request)
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpService")
    }
}
