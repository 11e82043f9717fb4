//! URLs that carry a signature.

use std::time::Duration;

use oss_auth::{Credentials, Presigned, Signer};
use oss_models::{CallError, CallErrorKind, Request};

use crate::layers::ask;
use crate::transport::Transport;

impl Transport {
    /// Makes a URL with which anyone can make this very request, for `lifetime` from now: whole seconds, 1 s to 7 days
    /// with V4. Nothing is sent but what the credentials take. The body plays no part.
    ///
    /// Signed with this machine's clock as it is: the correction that the service's responses give is for requests that are
    /// sent at once.
    ///
    /// # Errors
    /// [`CallErrorKind::Credentials`] if there are none, or if the request or the lifetime cannot be signed.
    pub async fn presign(&self, request: &Request, lifetime: Duration) -> Result<Presigned, CallError> {
        let error = |kind| CallError::new(request.target(), kind).with_attempts(0);
        let settings = &self.identity().sign;
        let credentials =
            ask(&*self.identity().provider, self.identity().timeout).await.map_err(|failure| error(failure.kind))?;
        let authority = settings.authority(request);
        let to_sign = settings.to_sign(request, &authority);
        let signer = if credentials.is_some() { &settings.signer } else { &Signer::Anonymous };
        let credentials = credentials.unwrap_or_else(|| Credentials::new("", ""));
        signer
            .presign(&to_sign, &request.headers, &credentials, self.identity().clock.now(), lifetime)
            .map_err(|refused| error(CallErrorKind::Credentials(refused.into())))
    }
}
