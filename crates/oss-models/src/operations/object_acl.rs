use crate::{AnswerShape, ObjectAcl, OperationInfo, Owner, Repeat, RequestPayer};

request! {
    /// PutObjectAcl: sets who may read and write an object.
    PutObjectAclRequest -> PutObjectAclResult =
        OperationInfo::new("PutObjectAcl", Repeat::Safe, AnswerShape::Headers);
    PUT ["acl"];
    required [OBJECT] {
        /// Who may read and write it.
        acl: ObjectAcl = header("x-oss-object-acl"),
    }
    optional [VERSION PAYER] {}
}

answer! {
    /// What PutObjectAcl answers.
    PutObjectAclResult [VERSION_ANSWER] {}
}

request! {
    /// GetObjectAcl: tells who may read and write an object.
    GetObjectAclRequest -> GetObjectAclResult =
        OperationInfo::new("GetObjectAcl", Repeat::Safe, AnswerShape::Xml("AccessControlPolicy"));
    GET ["acl"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

answer! {
    /// What GetObjectAcl answers.
    GetObjectAclResult [VERSION_ANSWER] {
        /// Who may read and write it.
        acl: ObjectAcl = xml.required("AccessControlList/Grant"),
        /// Owner of the bucket.
        owner: Option<Owner> = xml.child("Owner"),
    }
}
