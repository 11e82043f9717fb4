"""The fields of requests, results and the elements in them, by their names on the wire.

A line at the margin names a class, what it is, and the XML element that it is written as if that has another name. Each line
below it is a field: its name, where it goes (host, path, header, query, body, xml; `-` and `nop` stay here), its name there,
and its type unless it is text.
"""

TABLES = """\
PutObjectRequest request
  bucket host
  key path
  acl header x-oss-object-acl
  storage_class header x-oss-storage-class
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  content_length header Content-Length int
  content_md5 header Content-MD5
  content_type header Content-Type
  expires header Expires
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  tagging header x-oss-tagging
  callback header x-oss-callback
  callback_var header x-oss-callback-var
  forbid_overwrite header x-oss-forbid-overwrite bool
  traffic_limit header x-oss-traffic-limit int
  request_payer header x-oss-request-payer
  object_worm_retain_until_date header x-oss-object-worm-retain-until-date
  object_worm_mode header x-oss-object-worm-mode
  object_worm_legal_hold header x-oss-object-worm-legal-hold
  body body
  progress_fn -
PutObjectResult result
  content_md5 header Content-MD5
  etag header ETag
  hash_crc64 header x-oss-hash-crc64ecma
  version_id header x-oss-version-id
  callback_result body - json
HeadObjectRequest request
  bucket host
  key path
  version_id query versionId
  if_match header If-Match
  if_none_match header If-None-Match
  if_modified_since header If-Modified-Since
  if_unmodified_since header If-Unmodified-Since
  request_payer header x-oss-request-payer
HeadObjectResult result
  content_length header Content-Length int
  content_type header Content-Type
  etag header ETag
  last_modified header Last-Modified datetime
  content_md5 header Content-MD5
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  expires header Expires
  hash_crc64 header x-oss-hash-crc64ecma
  storage_class header x-oss-storage-class
  object_type header x-oss-object-type
  version_id header x-oss-version-id
  tagging_count header x-oss-tagging-count int
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  next_append_position header x-oss-next-append-position int
  expiration header x-oss-expiration
  restore header x-oss-restore
  process_status header x-oss-process-status
  request_charged header x-oss-request-charged
  allow_origin header Access-Control-Allow-Origin
  allow_methods header Access-Control-Allow-Methods
  allow_age header Access-Control-Allow-Age
  allow_headers header Access-Control-Allow-Headers
  expose_headers header Access-Control-Expose-Headers
  transition_time header x-oss-transition-time
  sealed_time header x-oss-sealed-time
  object_worm_retain_until_date header x-oss-object-worm-retain-until-date
  object_worm_mode header x-oss-object-worm-mode
  object_worm_legal_hold header x-oss-object-worm-legal-hold
GetObjectRequest request
  bucket host
  key path
  if_match header If-Match
  if_none_match header If-None-Match
  if_modified_since header If-Modified-Since
  if_unmodified_since header If-Unmodified-Since
  range_header header Range
  range_behavior header x-oss-range-behavior
  response_cache_control query response-cache-control
  response_content_disposition query response-content-disposition
  response_content_encoding query response-content-encoding
  response_content_language query response-content-language
  response_content_type query response-content-type
  response_expires query response-expires
  version_id query versionId
  traffic_limit header x-oss-traffic-limit int
  process query x-oss-process
  request_payer header x-oss-request-payer
  accept_encoding header Accept-Encoding
  progress_fn -
GetObjectResult result
  content_length header Content-Length int
  content_range header Content-Range
  content_type header Content-Type
  etag header ETag
  last_modified header Last-Modified datetime
  content_md5 header Content-MD5
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  expires header Expires
  hash_crc64 header x-oss-hash-crc64ecma
  storage_class header x-oss-storage-class
  object_type header x-oss-object-type
  version_id header x-oss-version-id
  tagging_count header x-oss-tagging-count int
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  next_append_position header x-oss-next-append-position int
  expiration header x-oss-expiration
  restore header x-oss-restore
  process_status header x-oss-process-status
  delete_marker header x-oss-delete-marker bool
  sealed_time header x-oss-sealed-time
  object_worm_retain_until_date header x-oss-object-worm-retain-until-date
  object_worm_mode header x-oss-object-worm-mode
  object_worm_legal_hold header x-oss-object-worm-legal-hold
  body -
AppendObjectRequest request
  bucket host
  key path
  position query position
  acl header x-oss-object-acl
  storage_class header x-oss-storage-class
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  content_length header Content-Length int
  content_md5 header Content-MD5
  content_type header Content-Type
  expires header Expires
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  tagging header x-oss-tagging
  forbid_overwrite header x-oss-forbid-overwrite bool
  traffic_limit header x-oss-traffic-limit int
  request_payer header x-oss-request-payer
  body body
  progress_fn -
AppendObjectResult result
  version_id header x-oss-version-id
  hash_crc64 header x-oss-hash-crc64ecma
  next_position header x-oss-next-append-position int
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
CopyObjectRequest request
  bucket host
  key path
  source_bucket nop
  source_key nop
  source_version_id nop
  if_match header x-oss-copy-source-if-match
  if_none_match header x-oss-copy-source-if-none-match
  if_modified_since header x-oss-copy-source-if-modified-since
  if_unmodified_since header x-oss-copy-source-if-unmodified-since
  acl header x-oss-object-acl
  storage_class header x-oss-storage-class
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  content_length header Content-Length int
  content_md5 header Content-MD5
  content_type header Content-Type
  expires header Expires
  metadata_directive header x-oss-metadata-directive
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  tagging header x-oss-tagging
  tagging_directive header x-oss-tagging-directive
  forbid_overwrite header x-oss-forbid-overwrite bool
  traffic_limit header x-oss-traffic-limit int
  request_payer header x-oss-request-payer
  object_worm_retain_until_date header x-oss-object-worm-retain-until-date
  object_worm_mode header x-oss-object-worm-mode
  object_worm_legal_hold header x-oss-object-worm-legal-hold
  progress_fn -
CopyObjectResult result
  version_id header x-oss-version-id
  hash_crc64 header x-oss-hash-crc64ecma
  source_version_id header x-oss-copy-source-version-id
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  last_modified xml LastModified datetime
  etag xml ETag
DeleteObjectRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
  bypass_governance_retention header x-oss-bypass-governance-retention bool
DeleteObjectResult result
  version_id header x-oss-version-id
  delete_marker header x-oss-delete-marker bool
DeleteMultipleObjectsRequest request
  bucket host
  encoding_type query encoding-type
  objects nop
  quiet nop
  request_payer header x-oss-request-payer
  delete body nop
  bypass_governance_retention header x-oss-bypass-governance-retention bool
DeletedInfo element Deleted
  key xml Key
  version_id xml VersionId
  delete_marker xml DeleteMarker bool
  delete_marker_version_id xml DeleteMarkerVersionId
DeleteMultipleObjectsResult result DeleteResult
  deleted_objects xml Deleted [DeletedInfo]
  encoding_type xml EncodingType
GetObjectMetaRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
GetObjectMetaResult result
  content_length header Content-Length int
  etag header ETag
  last_modified header Last-Modified datetime
  last_access_time header x-oss-last-access-time datetime
  version_id header x-oss-version-id
  hash_crc64 header x-oss-hash-crc64ecma
  transition_time header x-oss-transition-time
RestoreObjectRequest request
  bucket host
  key path
  version_id query versionId
  restore_request body RestoreRequest xml
  request_payer header x-oss-request-payer
RestoreObjectResult result
  version_id header x-oss-version-id
  restore_priority header x-oss-object-restore-priority
PutObjectAclRequest request
  bucket host
  key path
  acl header x-oss-object-acl
  version_id query versionId
  request_payer header x-oss-request-payer
PutObjectAclResult result
  version_id header x-oss-version-id
GetObjectAclRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
Owner element
  id xml ID
  display_name xml DisplayName
GetObjectAclResult result AccessControlPolicy
  acl xml AccessControlList/Grant
  owner xml Owner Owner
  version_id header x-oss-version-id
InitiateMultipartUploadRequest request
  bucket host
  key path
  encoding_type query encoding-type
  storage_class header x-oss-storage-class
  metadata header x-oss-meta- metadata
  cache_control header Cache-Control
  content_disposition header Content-Disposition
  content_encoding header Content-Encoding
  content_length header Content-Length int
  content_md5 header Content-MD5
  content_type header Content-Type
  expires header Expires
  server_side_encryption header x-oss-server-side-encryption
  server_side_data_encryption header x-oss-server-side-data-encryption
  server_side_encryption_key_id header x-oss-server-side-encryption-key-id
  tagging header x-oss-tagging
  forbid_overwrite header x-oss-forbid-overwrite bool
  request_payer header x-oss-request-payer
  object_worm_retain_until_date header x-oss-object-worm-retain-until-date
  object_worm_mode header x-oss-object-worm-mode
  object_worm_legal_hold header x-oss-object-worm-legal-hold
InitiateMultipartUploadResult result
  bucket xml Bucket
  key xml Key
  upload_id xml UploadId
  encoding_type xml EncodingType
UploadPartRequest request
  bucket host
  key path
  part_number query partNumber
  upload_id query uploadId
  content_md5 header Content-MD5
  content_length header Content-Length int
  traffic_limit header x-oss-traffic-limit int
  body body
  request_payer header x-oss-request-payer
  progress_fn -
UploadPartResult result
  content_md5 header Content-MD5
  etag header ETag
  hash_crc64 header x-oss-hash-crc64ecma
UploadPartCopyRequest request
  bucket host
  key path
  part_number query partNumber
  upload_id query uploadId
  source_bucket nop
  source_key nop
  source_version_id nop
  source_range header x-oss-copy-source-range
  if_match header x-oss-copy-source-if-match
  if_none_match header x-oss-copy-source-if-none-match
  if_modified_since header x-oss-copy-source-if-modified-since
  if_unmodified_since header x-oss-copy-source-if-unmodified-since
  traffic_limit header x-oss-traffic-limit int
  request_payer header x-oss-request-payer
UploadPartCopyResult result CopyPartResult
  last_modified xml LastModified datetime
  etag xml ETag
  source_version_id header x-oss-copy-source-version-id
CompleteMultipartUploadRequest request
  bucket host
  key path
  upload_id query uploadId
  acl header x-oss-object-acl
  complete_multipart_upload body CompleteMultipartUpload xml
  complete_all header x-oss-complete-all
  callback header x-oss-callback
  callback_var header x-oss-callback-var
  forbid_overwrite header x-oss-forbid-overwrite bool
  encoding_type query encoding-type
  request_payer header x-oss-request-payer
CompleteMultipartUploadResult result
  bucket xml Bucket
  key xml Key
  location xml Location
  etag xml ETag
  encoding_type xml EncodingType
  hash_crc64 header x-oss-hash-crc64ecma
  version_id header x-oss-version-id
  callback_result body - json
AbortMultipartUploadRequest request
  bucket host
  key path
  upload_id query uploadId
  request_payer header x-oss-request-payer
AbortMultipartUploadResult result
ListMultipartUploadsRequest request
  bucket host
  delimiter query delimiter
  encoding_type query encoding-type
  key_marker query key-marker
  max_uploads query max-uploads int
  prefix query prefix
  upload_id_marker query upload-id-marker
  request_payer header x-oss-request-payer
Upload element
  key xml Key
  upload_id xml UploadId
  initiated xml Initiated datetime
ListMultipartUploadsResult result
  encoding_type xml EncodingType
  bucket xml Bucket
  key_marker xml KeyMarker
  upload_id_marker xml UploadIdMarker
  next_key_marker xml NextKeyMarker
  next_upload_id_marker xml NextUploadIdMarker
  delimiter xml Delimiter
  prefix xml Prefix
  max_uploads xml MaxUploads int
  is_truncated xml IsTruncated bool
  uploads xml Upload [Upload]
ListPartsRequest request
  bucket host
  key path
  upload_id query uploadId
  encoding_type query encoding-type
  max_parts query max-parts int
  part_number_marker query part-number-marker
  request_payer header x-oss-request-payer
Part element
  part_number xml PartNumber int
  etag xml ETag
  last_modified xml LastModified datetime
  size xml Size int
  hash_crc64 xml HashCrc64ecma
ListPartsResult result
  encoding_type xml EncodingType
  bucket xml Bucket
  key xml Key
  upload_id xml UploadId
  part_number_marker xml PartNumberMarker int
  next_part_number_marker xml NextPartNumberMarker int
  max_parts xml MaxParts int
  is_truncated xml IsTruncated bool
  storage_class xml StorageClass
  client_encryption_key xml ClientEncryptionKey
  client_encryption_start xml ClientEncryptionStart
  client_encryption_cek_alg xml ClientEncryptionCekAlg
  client_encryption_wrap_alg xml ClientEncryptionWrapAlg
  client_encryption_data_size xml ClientEncryptionDataSize int
  client_encryption_part_size xml ClientEncryptionPartSize int
  parts xml Part [Part]
PutSymlinkRequest request
  bucket host
  key path
  target header x-oss-symlink-target
  acl header x-oss-object-acl
  storage_class header x-oss-storage-class
  metadata header x-oss-meta- metadata
  forbid_overwrite header x-oss-forbid-overwrite bool
  request_payer header x-oss-request-payer
PutSymlinkResult result
  version_id header x-oss-version-id
GetSymlinkRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
GetSymlinkResult result
  version_id header x-oss-version-id
  target header x-oss-symlink-target
  etag header ETag
  metadata header x-oss-meta- metadata
PutObjectTaggingRequest request
  bucket host
  key path
  tagging body Tagging xml
  version_id query versionId
  request_payer header x-oss-request-payer
PutObjectTaggingResult result
  version_id header x-oss-version-id
GetObjectTaggingRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
Tag element
  key xml Key
  value xml Value
TagSet element
  tags xml Tag [Tag]
GetObjectTaggingResult result Tagging
  version_id header x-oss-version-id
  tag_set xml TagSet TagSet
DeleteObjectTaggingRequest request
  bucket host
  key path
  version_id query versionId
  request_payer header x-oss-request-payer
DeleteObjectTaggingResult result
  version_id header x-oss-version-id
ListObjectsRequest request
  bucket host
  delimiter query delimiter
  encoding_type query encoding-type
  marker query marker
  max_keys query max-keys int
  prefix query prefix
  request_payer header x-oss-request-payer
ObjectProperties element
  key xml Key
  object_type xml Type
  size xml Size int
  etag xml ETag
  last_modified xml LastModified datetime
  storage_class xml StorageClass
  owner xml Owner Owner
  restore_info xml RestoreInfo
  transition_time xml TransitionTime
CommonPrefix element
  prefix xml Prefix
ListObjectsResult result
  name xml Name
  prefix xml Prefix
  marker xml Marker
  max_keys xml MaxKeys int
  delimiter xml Delimiter
  is_truncated xml IsTruncated bool
  next_marker xml NextMarker
  encoding_type xml EncodingType
  contents xml Contents [ObjectProperties]
  common_prefixes xml CommonPrefixes [CommonPrefix]
ListObjectsV2Request request
  bucket host
  delimiter query delimiter
  start_after query start-after
  encoding_type query encoding-type
  continuation_token query continuation-token
  max_keys query max-keys int
  prefix query prefix
  fetch_owner query fetch-owner bool
  request_payer header x-oss-request-payer
ListObjectsV2Result result
  name xml Name
  prefix xml Prefix
  continuation_token xml ContinuationToken
  max_keys xml MaxKeys int
  delimiter xml Delimiter
  is_truncated xml IsTruncated bool
  next_continuation_token xml NextContinuationToken
  encoding_type xml EncodingType
  contents xml Contents [ObjectProperties]
  common_prefixes xml CommonPrefixes [CommonPrefix]
  start_after xml StartAfter
  key_count xml KeyCount int
ListObjectVersionsRequest request
  bucket host
  delimiter query delimiter
  key_marker query key-marker
  version_id_marker query version-id-marker
  max_keys query max-keys int
  prefix query prefix
  encoding_type query encoding-type
  request_payer header x-oss-request-payer
ObjectVersionProperties element Version
  key xml Key
  version_id xml VersionId
  is_latest xml IsLatest bool
  object_type xml Type
  size xml Size int
  etag xml ETag
  last_modified xml LastModified datetime
  storage_class xml StorageClass
  owner xml Owner Owner
  restore_info xml RestoreInfo
  transition_time xml TransitionTime
DeleteMarkerProperties element DeleteMarker
  key xml Key
  version_id xml VersionId
  is_latest xml IsLatest bool
  last_modified xml LastModified datetime
  owner xml Owner Owner
ListObjectVersionsResult result ListVersionsResult
  name xml Name
  key_marker xml KeyMarker
  next_key_marker xml NextKeyMarker
  version_id_marker xml VersionIdMarker
  next_version_id_marker xml NextVersionIdMarker
  prefix xml Prefix
  max_keys xml MaxKeys int
  delimiter xml Delimiter
  is_truncated xml IsTruncated bool
  encoding_type xml EncodingType
  version xml Version [ObjectVersionProperties]
  delete_marker xml DeleteMarker [DeleteMarkerProperties]
  common_prefixes xml CommonPrefixes [CommonPrefix]
ListBucketsRequest request
  marker query marker
  max_keys query max-keys int
  prefix query prefix
  resource_group_id header x-oss-resource-group-id
  tag_key query tag-key
  tag_value query tag-value
  tagging query tagging
BucketProperties element
  name xml Name
  location xml Location
  creation_date xml CreationDate datetime
  storage_class xml StorageClass
  extranet_endpoint xml ExtranetEndpoint
  intranet_endpoint xml IntranetEndpoint
  region xml Region
  resource_group_id xml ResourceGroupId
ListBucketsResult result ListAllMyBucketsResult
  prefix xml Prefix
  marker xml Marker
  max_keys xml MaxKeys int
  is_truncated xml IsTruncated bool
  next_marker xml NextMarker
  owner xml Owner Owner
  buckets xml Buckets/Bucket [BucketProperties]
PutBucketRequest request
  bucket host
  acl header x-oss-acl
  resource_group_id header x-oss-resource-group-id
  create_bucket_configuration body CreateBucketConfiguration xml
  bucket_tagging header x-oss-bucket-tagging
PutBucketResult result
DeleteBucketRequest request
  bucket host
DeleteBucketResult result
GetBucketInfoRequest request
  bucket host
SSERule element ServerSideEncryptionRule
  kms_master_key_id xml KMSMasterKeyID
  sse_algorithm xml SSEAlgorithm
  kms_data_encryption xml KMSDataEncryption
BucketPolicy element
  log_bucket xml LogBucket
  log_prefix xml LogPrefix
BucketInfo element Bucket
  name xml Name
  access_monitor xml AccessMonitor
  location xml Location
  creation_date xml CreationDate datetime
  extranet_endpoint xml ExtranetEndpoint
  intranet_endpoint xml IntranetEndpoint
  acl xml AccessControlList/Grant
  data_redundancy_type xml DataRedundancyType
  owner xml Owner Owner
  storage_class xml StorageClass
  resource_group_id xml ResourceGroupId
  sse_rule xml ServerSideEncryptionRule SSERule
  versioning xml Versioning
  transfer_acceleration xml TransferAcceleration
  cross_region_replication xml CrossRegionReplication
  bucket_policy xml BucketPolicy BucketPolicy
  comment xml Comment
  block_public_access xml BlockPublicAccess bool
  bucket_resource_type xml BucketResourceType
  agentic_bucket_name xml AgenticBucketName
GetBucketInfoResult result BucketInfo
  bucket_info xml Bucket BucketInfo
GetBucketLocationRequest request
  bucket host
GetBucketLocationResult result LocationConstraint
  location xml .
GetBucketStatRequest request
  bucket host
GetBucketStatResult result BucketStat
  storage xml Storage int
  object_count xml ObjectCount int
  multi_part_upload_count xml MultipartUploadCount int
  live_channel_count xml LiveChannelCount int
  last_modified_time xml LastModifiedTime int
  standard_storage xml StandardStorage int
  standard_object_count xml StandardObjectCount int
  infrequent_access_storage xml InfrequentAccessStorage int
  infrequent_access_real_storage xml InfrequentAccessRealStorage int
  infrequent_access_object_count xml InfrequentAccessObjectCount int
  archive_storage xml ArchiveStorage int
  archive_real_storage xml ArchiveRealStorage int
  archive_object_count xml ArchiveObjectCount int
  cold_archive_storage xml ColdArchiveStorage int
  cold_archive_real_storage xml ColdArchiveRealStorage int
  cold_archive_object_count xml ColdArchiveObjectCount int
  deep_cold_archive_storage xml DeepColdArchiveStorage int
  deep_cold_archive_real_storage xml DeepColdArchiveRealStorage int
  deep_cold_archive_object_count xml DeepColdArchiveObjectCount int
  delete_marker_count xml DeleteMarkerCount int
PutBucketVersioningRequest request VersioningConfiguration
  bucket host
  versioning_configuration body VersioningConfiguration xml
PutBucketVersioningResult result
GetBucketVersioningRequest request
  bucket host
GetBucketVersioningResult result VersioningConfiguration
  version_status xml Status
ObjectIdentifier element Object
  key xml Key
  version_id xml VersionId
Delete element
  objects xml Object [ObjectIdentifier]
  quiet xml Quiet bool
DeleteObject element Object
  key xml Key
  version_id xml VersionId
CompleteMultipartUpload element
  parts xml Part [UploadPart]
UploadPart element Part
  part_number xml PartNumber
  etag xml ETag
Tagging element
  tag_set xml TagSet TagSet
JobParameters element
  tier xml Tier
RestoreRequest element
  days xml Days int
  job_parameters xml JobParameters JobParameters
CreateBucketConfiguration element
  storage_class xml StorageClass
  data_redundancy_type xml DataRedundancyType
VersioningConfiguration element
  status xml Status
"""
