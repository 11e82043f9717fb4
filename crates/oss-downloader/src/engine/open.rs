use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use oss_models::{BoxBody, CallError, ResponseBody, Target};
use oss_transfer::Permit;

use super::Described;
use super::context::{Context, send};
use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::plan::{Ask, Facts, Failure, Layout, Object, Opened, OpenedBody, Opening, Span, Unopened, too_large};

/// The object that a download is about, and the response that told it.
pub(super) struct OpenObject {
    pub(super) opened: Opened,
    pub(super) headers: HeaderMap,
    pub(super) request_id: Option<String>,
    /// The body, and the permit to read it.
    pub(super) body: FirstBody,
}

/// The body of the first response.
pub(super) struct FirstBody {
    pub(super) body: BoxBody,
    pub(super) target: Target,
    pub(super) permit: Permit,
}

/// An object that is open and cut into parts.
pub(super) struct Parted {
    pub(super) object: Object,
    /// The bytes that are wanted.
    pub(super) target: Span,
    pub(super) layout: Layout,
    pub(super) described: Described,
    /// The body of the response that described it, and the bytes that it holds.
    pub(super) first: Option<(FirstBody, Span)>,
}

/// Opens the object and cuts it into parts.
pub(super) async fn open_in_parts(context: &Context) -> Result<Parted, DownloadError> {
    let (Opened { object, target, body: opened }, described, body) = open(context).await?.split();
    let (layout, first) = match opened {
        OpenedBody::Nothing => (Layout::new(target, context.settings.part_size), None),
        OpenedBody::Range(span) => (Layout::new(target, context.settings.part_size), Some((body, span))),
        OpenedBody::Whole => (Layout::whole(target), Some((body, target))),
    };
    let layout = layout.ok_or_else(|| DownloadError::new(DownloadStage::Open, too_large(target)))?;
    context.started(target.len());
    Ok(Parted { object, target, layout, described, first })
}

/// Asks for the first bytes, again and again while that may help.
pub(super) async fn open(context: &Context) -> Result<OpenObject, DownloadError> {
    let mut opening = Opening::new(context.requests.wanted, context.settings.part_size, context.settings.retry);
    ask(context, &mut opening, None).await
}

/// Asks for the attributes of this very object, which an earlier run began to download.
pub(super) async fn open_again(context: &Context, object: &Object) -> Result<OpenObject, DownloadError> {
    let mut opening = Opening::again(context.requests.wanted, context.settings.retry);
    ask(context, &mut opening, Some(object)).await
}

async fn ask(context: &Context, opening: &mut Opening, pin: Option<&Object>) -> Result<OpenObject, DownloadError> {
    const STAGE: DownloadStage = DownloadStage::Open;
    loop {
        let asked = context.unless_cancelled(STAGE, ask_once(context, opening, pin)).await?;
        let (now, jitter) = (context.elapsed(), context.jitter());
        let next = match asked {
            Ok((facts, response)) => match opening.on_response(&facts) {
                Ok(opened) => return Ok(response(opened)),
                Err(unopened) => opening.on_unopened(unopened, now, jitter).map_err(DownloadErrorKind::from),
            },
            Err(error) => opening.on_failed(error, now, jitter).map_err(|error| match pin {
                Some(_) => Failure::of_call(error).kind,
                None => error.into(),
            }),
        };
        let at = next.map_err(|kind| DownloadError::new(STAGE, kind))?;
        context.wait_until(STAGE, at).await?;
    }
}

/// What a response says, and what makes an open object of it.
type Asked = (Facts, Box<dyn FnOnce(Opened) -> OpenObject + Send>);

async fn ask_once(context: &Context, opening: &Opening, pin: Option<&Object>) -> Result<Asked, CallError> {
    let permit = context.connection().await;
    let (response, target) = match opening.ask() {
        Ask::Get(range) => send(&context.service, context.requests.first(range)).await?,
        Ask::Head => send(&context.service, context.requests.head(pin)).await?,
    };
    let facts = Facts::of(response.status, &response.headers);
    let request_id = response.request_id().map(str::to_owned);
    let make = move |opened| OpenObject {
        opened,
        headers: response.headers,
        request_id,
        body: FirstBody { body: body_of(response.body), target, permit },
    };
    Ok((facts, Box::new(make)))
}

/// The bytes of a response, read already or not.
pub(super) fn body_of(body: ResponseBody) -> BoxBody {
    match body {
        ResponseBody::Stream(body) => body,
        ResponseBody::Bytes(bytes) => Box::pin(Full::new(bytes).map_err(|never| match never {})),
        // A kind of body that is not known yet has no bytes that could be read.
        _ => Box::pin(http_body_util::Empty::new().map_err(|never| match never {})),
    }
}

impl From<Unopened> for DownloadErrorKind {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Unreadable(reason) => Self::InvalidResponse { reason },
            Unopened::OutOfRange { size } => Self::OutOfRange { size },
            Unopened::RangeIgnored => Self::RangeIgnored,
        }
    }
}
