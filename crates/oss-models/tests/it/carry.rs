//! What of a PutObject request goes into the requests of the same upload in parts.

use expect_test::expect;
use oss_models::*;

use crate::support::{check, full_put, part, upload};

#[test]
fn an_upload_in_parts_carries_what_put_object_was_given() {
    check(
        initiate_from(&full_put()),
        expect![[r#"
            POST /demo/a%20b/%C3%BC.jpg?uploads
              &encoding-type=url
              &new=2%203
            cache-control: no-cache
            content-disposition: attachment
            content-encoding: gzip
            content-type: image/x
            expires: soon
            x-oss-forbid-overwrite: true
            x-oss-meta-author: me
            x-oss-new: 1
            x-oss-object-worm-legal-hold: ON
            x-oss-object-worm-mode: GOVERNANCE
            x-oss-object-worm-retain-until-date: 2026-10-10T00:00:00.000Z
            x-oss-request-payer: requester
            x-oss-server-side-data-encryption: SM4
            x-oss-server-side-encryption-key-id: k1
            x-oss-server-side-encryption: KMS
            x-oss-storage-class: IA
            x-oss-tagging: a%26b=c%20d&e="#]],
    );
    check(
        upload_part_from(&full_put(), upload(), part(2), "bytes"),
        expect![[r#"
            PUT /demo/a%20b/%C3%BC.jpg?uploadId=ID%2F1
              &partNumber=2
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester
            x-oss-traffic-limit: 245760

            bytes"#]],
    );
    let parts = vec![CompletedPart::new(part(1), Etag::new("E1").unwrap())];
    check(
        complete_from(&full_put(), upload(), parts),
        expect![[r#"
            POST /demo/a%20b/%C3%BC.jpg?encoding-type=url
              &uploadId=ID%2F1
              &new=2%203
            content-md5: k7rV+n0x8InIhSOIOz0Quw==
            content-type: application/xml
            x-oss-callback-var: eyJ4OmEiOiIxIn0=
            x-oss-callback: eyJjYWxsYmFja0JvZHkiOiJiIiwiY2FsbGJhY2tVcmwiOiJodHRwOi8vaCJ9
            x-oss-forbid-overwrite: true
            x-oss-new: 1
            x-oss-object-acl: public-read
            x-oss-request-payer: requester

            <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;E1&quot;</ETag></Part></CompleteMultipartUpload>"#]],
    );
    check(
        abort_from(&full_put(), upload()),
        expect![[r#"
            DELETE /demo/a%20b/%C3%BC.jpg?uploadId=ID%2F1
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester"#]],
    );
    check(
        list_parts_from(&full_put(), upload()),
        expect![[r#"
            GET /demo/a%20b/%C3%BC.jpg?encoding-type=url
              &uploadId=ID%2F1
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester"#]],
    );
    check(
        head_from(&full_put()),
        expect![[r#"
        HEAD /demo/a%20b/%C3%BC.jpg?new=2%203
        x-oss-new: 1
        x-oss-request-payer: requester"#]],
    );
}

/// Whatever the setters write: the same headers and queries added by name come out of every conversion.
#[test]
fn what_is_added_by_name_goes_where_its_setter_puts_it() {
    let by_setter = full_put();
    let written = by_setter.clone().body(Body::empty()).into_request().unwrap();
    let mut by_name = PutObjectRequest::new(by_setter.bucket.as_str(), by_setter.key.as_str());
    for (name, value) in &written.headers {
        by_name = by_name.header(name.as_str().to_ascii_uppercase(), value.to_str().unwrap());
    }
    by_name.queries.clone_from(&by_setter.queries);
    assert!(by_name.headers.len() > 15, "{by_name:?}");
    let parts = || vec![CompletedPart::new(part(1), Etag::new("E1").unwrap())];
    let requests = |put: &PutObjectRequest| {
        [
            put.clone().into_request(),
            initiate_from(put).into_request(),
            upload_part_from(put, upload(), part(2), "bytes").into_request(),
            complete_from(put, upload(), parts()).into_request(),
            abort_from(put, upload()).into_request(),
            list_parts_from(put, upload()).into_request(),
            head_from(put).into_request(),
        ]
        .map(Result::unwrap)
    };
    for (by_name, by_setter) in requests(&by_name).iter().zip(&requests(&by_setter)) {
        let operation = by_name.operation.name;
        assert_eq!(by_name.headers, by_setter.headers, "{operation}");
        let secret = |request: &Request| request.headers.values().filter(|value| value.is_sensitive()).count();
        assert_eq!(secret(by_name), secret(by_setter), "{operation}");
        assert_eq!(by_name.digest_from_caller, by_setter.digest_from_caller, "{operation}");
    }
}

/// OSS takes a callback in the URL too.
#[test]
fn a_callback_in_the_query_goes_to_complete_alone() {
    let put =
        PutObjectRequest::new("demo", "k").query("callback", "Y2I=").query("callback-var", "dg==").query("a", "b");
    let names = |queries: Vec<(String, String)>| queries.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(initiate_from(&put).queries), ["a"]);
    assert_eq!(names(upload_part_from(&put, upload(), part(1), "b").queries), ["a"]);
    assert_eq!(names(complete_from(&put, upload(), CompletedParts::All).queries), ["callback", "callback-var", "a"]);
    assert_eq!(names(abort_from(&put, upload()).queries), ["a"]);
    assert_eq!(names(head_from(&put).queries), ["a"]);
}

#[test]
fn headers_added_by_name_go_where_their_field_would() {
    let put =
        PutObjectRequest::new("demo", "k").header("Content-MD5", "x").header("Content-Type", "a/b").header("x-a", "1");
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&initiate_from(&put).headers), ["Content-Type", "x-a"]);
    let complete = complete_from(&put, upload(), CompletedParts::All);
    assert_eq!(names(&complete.headers), ["x-a"]);
}
