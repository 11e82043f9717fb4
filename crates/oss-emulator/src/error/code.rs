//! Every error code this server can give, with its status and, where one is known, its EC.

/// A symbolic code with its usual status, EC and message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    pub(crate) status: u16,
    pub(crate) name: &'static str,
    pub(crate) ec: Option<&'static str>,
    pub(crate) message: &'static str,
}

macro_rules! codes {
    ($($constant:ident = $status:literal $name:literal $(ec $ec:literal)? : $message:literal;)+) => {
        $(pub(crate) const $constant: Code = Code {
            status: $status,
            name: $name,
            ec: codes!(@ec $($ec)?),
            message: $message,
        };)+
    };
    (@ec) => { None };
    (@ec $ec:literal) => { Some($ec) };
}

codes! {
    NO_SUCH_BUCKET = 404 "NoSuchBucket" ec "0015-00000101": "The specified bucket does not exist.";
    NO_SUCH_KEY = 404 "NoSuchKey" ec "0026-00000001": "The specified key does not exist.";
    NO_SUCH_VERSION = 404 "NoSuchVersion": "The specified version does not exist.";
    NO_SUCH_UPLOAD = 404 "NoSuchUpload" ec "0042-00000002": "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    INVALID_PART = 400 "InvalidPart": "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.";
    INVALID_PART_ORDER = 400 "InvalidPartOrder" ec "0042-00000209": "The list of parts was not in ascending order.";
    ENTITY_TOO_SMALL = 400 "EntityTooSmall" ec "0042-00000213": "Your proposed upload is smaller than the minimum allowed size.";
    ENTITY_TOO_LARGE = 400 "EntityTooLarge": "Your proposed upload exceeds the maximum allowed object size.";
    MALFORMED_XML = 400 "MalformedXML": "The XML you provided was not well-formed or did not validate against our published schema.";
    INVALID_ARGUMENT = 400 "InvalidArgument": "An argument of the request is not valid.";
    MISSING_ARGUMENT = 400 "MissingArgument" ec "0016-00000502": "A required argument is missing.";
    INVALID_REQUEST = 400 "InvalidRequest": "The request is not valid HTTP for this service.";
    INVALID_DIGEST = 400 "InvalidDigest" ec "0017-00000503": "The Content-MD5 you specified did not match what we received.";
    INCOMPLETE_BODY = 400 "IncompleteBody": "The request body ended before the announced length.";
    REQUEST_TIMEOUT = 400 "RequestTimeout": "The request body was not received within the time limit.";
    MISSING_CONTENT_LENGTH = 411 "MissingContentLength" ec "0017-00000101": "You must provide the Content-Length HTTP header.";
    FILE_ALREADY_EXISTS = 409 "FileAlreadyExists" ec "0026-00000002": "The object you specified already exists and can not be overwritten.";
    OBJECT_NOT_APPENDABLE = 409 "ObjectNotAppendable": "The object is not appendable.";
    POSITION_NOT_EQUAL_TO_LENGTH = 409 "PositionNotEqualToLength" ec "0026-00000016": "Position is not equal to file length.";
    INVALID_OBJECT_NAME = 400 "InvalidObjectName" ec "0016-00000003": "The specified object is not valid.";
    INVALID_TARGET_TYPE = 400 "InvalidTargetType" ec "0026-00000011": "The symlink's target object is itself a symlink.";
    SYMLINK_TARGET_NOT_EXIST = 404 "SymlinkTargetNotExist": "The symlink target object does not exist.";
    NOT_SYMLINK = 400 "NotSymlink": "The object is not a symlink.";
    INVALID_RANGE = 416 "InvalidRange": "The requested range cannot be satisfied.";
    NOT_MODIFIED = 304 "NotModified": "Not modified.";
    PRECONDITION_FAILED = 412 "PreconditionFailed": "At least one of the preconditions you specified did not hold.";
    METHOD_NOT_ALLOWED = 405 "MethodNotAllowed": "The specified method is not allowed against this resource.";
    NOT_IMPLEMENTED = 400 "NotImplemented": "A header or parameter you provided implies functionality that is not implemented.";
    INVALID_OBJECT_STATE = 403 "InvalidObjectState": "The operation is not valid for the object's state.";
    RESTORE_ALREADY_IN_PROGRESS = 409 "RestoreAlreadyInProgress": "The restore operation is in progress.";
    OPERATION_NOT_SUPPORTED = 400 "OperationNotSupported" ec "0016-00000702": "The operation is not supported for this resource.";
    INVALID_ENCRYPTION_ALGORITHM = 400 "InvalidEncryptionAlgorithmError": "The encryption request you specified is not valid. Supported value: AES256/SM4/KMS.";
    INVALID_ENCRYPTION_REQUEST = 400 "InvalidEncryptionRequest": "The combination of encryption headers is not valid.";
    INVALID_DATA_ENCRYPTION_ALGORITHM = 400 "InvalidDataEncryptionAlgorithmError": "The data encryption algorithm is not valid. Supported value: SM4.";
    INVALID_TAG = 400 "InvalidTag": "The tag provided was not a valid tag.";
    CALLBACK_FAILED = 203 "CallbackFailed" ec "0007-00000203": "The callback failed.";
    QUOTA_EXCEEDED = 403 "QuotaExceeded": "The storage quota of this server is used up.";

    INVALID_BUCKET_NAME = 400 "InvalidBucketName": "The specified bucket is not valid.";
    BUCKET_ALREADY_EXISTS = 409 "BucketAlreadyExists" ec "0015-00000104": "The requested bucket name is not available.";
    BUCKET_NOT_EMPTY = 409 "BucketNotEmpty" ec "0015-00000301": "The bucket has objects. Please delete them first.";
    TOO_MANY_BUCKETS = 400 "TooManyBuckets": "The number of your buckets has reached the limit.";

    SIGNATURE_DOES_NOT_MATCH = 403 "SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    INVALID_ACCESS_KEY_ID = 403 "InvalidAccessKeyId" ec "0002-00000902": "The OSS Access Key Id you provided does not exist in our records.";
    REQUEST_TIME_TOO_SKEWED = 403 "RequestTimeTooSkewed" ec "0002-00000504": "The difference between the request time and the current time is too large.";
    ACCESS_DENIED = 403 "AccessDenied": "You have no right to access this object because of bucket acl.";
    INVALID_SECURITY_TOKEN = 403 "InvalidSecurityToken": "The security token you provided is invalid.";
    SECURITY_TOKEN_EXPIRED = 403 "SecurityTokenExpired": "The security token you provided has expired.";
    SECOND_LEVEL_DOMAIN_FORBIDDEN = 403 "SecondLevelDomainForbidden": "The bucket you are attempting to access must be addressed using OSS third level domain.";
    NON_STANDARD_HOST_FORBIDDEN = 403 "NonStandardHostForbidden": "The request's Host is not one of this server's names.";
    BAD_REQUEST = 400 "BadRequest": "The request lacks information.";
    CORS_RULE_BEYOND_LIMIT = 400 "CORSRuleBeyondLimit": "The CORS Rules num is beyond limit.";
    NO_SUCH_CORS_CONFIGURATION = 404 "NoSuchCORSConfiguration" ec "0034-00000001": "The CORS Configuration does not exist.";
    ACCESS_FORBIDDEN = 403 "AccessForbidden": "CORSResponse: CORS is not enabled for this bucket.";
    INVALID_POLICY_DOCUMENT = 400 "InvalidPolicyDocument": "The content of the form does not meet the conditions specified in the policy document.";
    MALFORMED_POST_REQUEST = 400 "MalformedPOSTRequest": "The body of your POST request is not well-formed multipart/form-data.";
    INCORRECT_NUMBER_OF_FILES = 400 "IncorrectNumberOfFilesInPOSTRequest": "POST requires exactly one file upload per request.";

    INTERNAL_ERROR = 500 "InternalError": "We encountered an internal error. Please try again.";
}
