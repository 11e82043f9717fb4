use crate::draft::{Draft, Payload};
use crate::xml::XmlWriter;
use crate::{Idempotency, InvalidRequest, OperationInfo, RequestPayer, ResponseShape, RestoreTier};

request! {
    /// RestoreObject: makes an archived object readable for some days.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/restoreobject)
    RestoreObjectRequest -> RestoreObjectResult =
        OperationInfo::new("RestoreObject", Idempotency::Idempotent, ResponseShape::Headers);
    POST ["restore"];
    required [OBJECT] {}
    optional [VERSION PAYER] {
        /// For how long, and how fast. Default: as OSS chooses for the storage class.
        configuration: RestoreConfiguration = payload(),
    }
}

response! {
    /// Result of RestoreObject. Status 202: the restoration was started; 200: the object is readable, and longer now.
    RestoreObjectResult [VERSION_RESPONSE] {
        /// How fast it goes.
        restore_tier: Option<RestoreTier> = header("x-oss-object-restore-priority"),
    }
}

/// For how long an object is restored, and how fast.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RestoreConfiguration {
    /// Days, at least 1.
    pub days: u32,
    /// How fast.
    pub tier: Option<RestoreTier>,
}

impl RestoreConfiguration {
    /// For some days, as fast as usual.
    pub fn new(days: u32) -> Self {
        Self { days, tier: None }
    }

    /// Chooses how fast.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<RestoreTier>) -> Self {
        self.tier = Some(tier.into());
        self
    }
}

impl Payload for RestoreConfiguration {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        if self.days == 0 {
            return Err(InvalidRequest::new(field, "must have at least 1 day, got 0"));
        }
        let mut writer = XmlWriter::new();
        writer.parent("RestoreRequest", |restore| {
            restore.leaf("Days", &self.days.to_string());
            if let Some(tier) = &self.tier {
                restore.parent("JobParameters", |job| job.leaf("Tier", tier.as_str()));
            }
        });
        draft.xml(writer.finish());
        Ok(())
    }
}
