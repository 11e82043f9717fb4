use oss_models::{CopyObjectRequest, upload_part_copy_from};

use super::parts::SendPart;
use super::send::send;
use crate::plan::{Part, PartFailure, PartReceipt, copied_as_asked, copy_part_failure, unusable_response};

impl SendPart {
    /// Has the server read the bytes of the part from the very object that `object` names.
    pub(super) async fn copy(&self, object: &CopyObjectRequest) -> Result<PartReceipt, PartFailure> {
        let Part { number, offset, len } = self.part;
        let range = (offset..offset.saturating_add(len)).into();
        let request = upload_part_copy_from(object, self.upload_id.clone(), number, range);
        let (response, _) = send(&self.service, request.clone()).await.map_err(copy_part_failure)?;
        if !copied_as_asked(self.part, response.content_range) {
            return Err(unusable_response(request, "the server copied other bytes than were asked for").into());
        }
        self.gauge.add(len);
        Ok(PartReceipt { part: self.part, etag: response.etag, crc64: None, compared: false, reused: false })
    }
}
