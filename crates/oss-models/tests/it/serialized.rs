//! Results, list entries and checked values as serde writes and reads them.

use expect_test::expect;
use http::{HeaderName, HeaderValue, StatusCode};
use oss_models::*;

fn response(headers: &[(&'static str, &'static str)], body: &'static str) -> Response {
    headers.iter().fold(Response::new(StatusCode::OK).with_body(body), |response, (name, value)| {
        response.with_header(HeaderName::from_static(name), HeaderValue::from_static(value))
    })
}

#[test]
fn a_result_is_its_fields_its_status_and_its_headers() {
    let mut response = response(
        &[("etag", "\"AB\""), ("x-oss-hash-crc64ecma", "18446744073709551615"), ("x-a", "1"), ("x-a", "2")],
        r#"{"a":1}"#,
    );
    let mut secret = HeaderValue::from_static("secret");
    secret.set_sensitive(true);
    response.headers.append("x-b", secret);
    let result = PutObjectRequest::read(response).unwrap();
    expect![[r#"
        {
          "hash_crc64": "18446744073709551615",
          "version_id": null,
          "server_side_encryption": null,
          "server_side_data_encryption": null,
          "server_side_encryption_key_id": null,
          "etag": "AB",
          "content_md5": null,
          "callback_result": "{\"a\":1}",
          "status": 200,
          "headers": {
            "etag": "\"AB\"",
            "x-oss-hash-crc64ecma": "18446744073709551615",
            "x-a": "1, 2"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&result).unwrap());
}

#[test]
fn the_entry_of_a_list_has_its_times_as_text() {
    let body = "<ListBucketResult><Contents><Key>a</Key><Size>3</Size><ETag>\"E\"</ETag><StorageClass>IA</StorageClass>\
                <LastModified>2015-10-21T07:28:00.000Z</LastModified><RestoreInfo>ongoing-request=\"true\"</RestoreInfo>\
                <Owner><ID>1</ID></Owner></Contents></ListBucketResult>";
    let list = ListObjectsV2Request::read(response(&[], body)).unwrap();
    expect![[r#"{"key":"a","last_modified":"2015-10-21T07:28:00Z","owner":{"id":"1","display_name":null},"size":3,"etag":"E","object_type":null,"storage_class":"IA","restore_info":"ongoing-request=\"true\"","transition_time":null}"#]]
    .assert_eq(&serde_json::to_string(&list.contents[0]).unwrap());
}

#[test]
fn versions_say_of_what_type_they_are() {
    let body =
        "<ListVersionsResult><DeleteMarker><Key>k</Key><VersionId>v</VersionId></DeleteMarker></ListVersionsResult>";
    let list = ListObjectVersionsRequest::read(response(&[], body)).unwrap();
    expect![[
        r#"[{"type":"DeleteMarker","key":"k","version_id":"v","is_latest":false,"last_modified":null,"owner":null}]"#
    ]]
    .assert_eq(&serde_json::to_string(&list.entries).unwrap());
}

#[test]
fn the_content_of_an_object_is_not_serialized() {
    let headers =
        [("content-range", "bytes 0-2/9"), ("x-oss-meta-a", "b"), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")];
    let result = GetObjectRequest::read(response(&headers, "abc")).unwrap();
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json.get("body"), None);
    assert_eq!(
        (&json["content_range"], &json["metadata"]["a"], &json["last_modified"]),
        (&"bytes 0-2/9".into(), &"b".into(), &"1994-11-06T08:49:37Z".into())
    );
}

#[test]
fn checked_values_are_checked_again_when_they_are_read() {
    fn check<T>(json: &str, value: T, bad: &[&str])
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
        for bad in bad {
            assert!(serde_json::from_str::<T>(bad).is_err(), "{bad}");
        }
    }
    check("7", PartNumber::new(7).unwrap(), &["0", "10001", "70000", "\"7\"", "-1", "null"]);
    check("\"demo\"", BucketName::new("demo").unwrap(), &["\"Demo\"", "\"\"", "1"]);
    check("\"a/b\"", ObjectKey::new("a/b").unwrap(), &["\"/a\"", "\"\""]);
    check("\"ID\"", UploadId::new("ID").unwrap(), &["\"\"", "\"a\\n\""]);
    check("\"AB\"", Etag::new("\"AB\"").unwrap(), &["\"\"", "\"\\\"\\\"\""]);
    check("\"18446744073709551615\"", Crc64::from_u64(u64::MAX), &["\"x\"", "\"-1\"", "1"]);
    let error = serde_json::from_str::<PartNumber>("0").unwrap_err().to_string();
    assert_eq!(error, "`part_number` must be between 1 and 10000, got 0");
}
