use std::sync::Arc;

use oss_models::{CopyObjectRequest, UploadId, upload_part_copy_from};
use oss_transfer::{AnyService, PartGauge};

use super::context::Context;
use super::send::send;
use crate::plan::{Part, PartFailure, PartReceipt, copied_as_asked, copy_part_failure, unusable_response};
use crate::{Priority, Scheduler};

/// One attempt of one part whose bytes the server reads itself.
pub(super) struct CopyPart {
    service: AnyService,
    scheduler: Scheduler,
    priority: Priority,
    request: Arc<CopyObjectRequest>,
    upload_id: UploadId,
    part: Part,
    pub(super) gauge: Arc<PartGauge>,
}

impl CopyPart {
    /// `request` names the very object that is copied.
    pub(super) fn new(context: &Context, upload_id: &UploadId, part: Part, request: Arc<CopyObjectRequest>) -> Self {
        Self {
            service: context.service.clone(),
            scheduler: context.scheduler.clone(),
            priority: context.settings.priority,
            request,
            upload_id: upload_id.clone(),
            part,
            gauge: PartGauge::new(&context.reporter.meter),
        }
    }

    pub(super) async fn run(&self) -> Result<PartReceipt, PartFailure> {
        let _slot = self.scheduler.connection(self.priority).await;
        let Part { number, offset, len } = self.part;
        let range = (offset..offset.saturating_add(len)).into();
        let request = upload_part_copy_from(&self.request, self.upload_id.clone(), number, range);
        let (response, _) = send(&self.service, request.clone()).await.map_err(copy_part_failure)?;
        if !copied_as_asked(self.part, response.content_range) {
            return Err(unusable_response(request, "the server copied other bytes than were asked for").into());
        }
        self.gauge.add(len);
        Ok(PartReceipt { part: self.part, etag: response.etag, crc64: None, compared: false, reused: false })
    }
}
