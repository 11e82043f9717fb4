use super::parts::SendPart;
use super::send::send;
use crate::plan::{PartFailure, PartReceipt, copy_part_failure, copy_part_request};
use crate::source::SourceObject;

impl SendPart {
    /// Has the server read the bytes of the part.
    pub(super) async fn copy(&self, source: &SourceObject) -> Result<PartReceipt, PartFailure> {
        let request = copy_part_request(&source.request, &self.upload_id, self.part);
        let (response, _) = send(&self.service, request.clone()).await.map_err(copy_part_failure)?;
        let receipt = PartReceipt::of_copy(self.part, request, response)?;
        self.gauge.add(self.part.len);
        Ok(receipt)
    }
}
