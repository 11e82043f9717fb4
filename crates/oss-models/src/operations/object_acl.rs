use crate::{Idempotency, ObjectAcl, OperationInfo, Owner, RequestPayer, ResponseShape};

request! {
    /// PutObjectAcl: sets who may read and write an object.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putobjectacl)
    PutObjectAclRequest -> PutObjectAclResult =
        OperationInfo::new("PutObjectAcl", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["acl"];
    required [OBJECT] {
        /// Who may read and write it.
        acl: ObjectAcl = header("x-oss-object-acl"),
    }
    optional [VERSION PAYER] {}
}

response! {
    /// Result of PutObjectAcl.
    PutObjectAclResult [VERSION_RESPONSE] {}
}

request! {
    /// GetObjectAcl: returns who may read and write an object.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getobjectacl)
    GetObjectAclRequest -> GetObjectAclResult =
        OperationInfo::new("GetObjectAcl", Idempotency::Idempotent, ResponseShape::Xml("AccessControlPolicy"));
    GET ["acl"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

response! {
    /// Result of GetObjectAcl.
    GetObjectAclResult [VERSION_RESPONSE] {
        /// Who may read and write it.
        acl: ObjectAcl = xml.required("AccessControlList/Grant"),
        /// Owner of the bucket.
        owner: Option<Owner> = xml.child("Owner"),
    }
}
