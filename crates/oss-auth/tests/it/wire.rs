//! What is signed is what is on the wire, byte for byte.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, Method, Uri};
use oss_auth::encoding::{decode, decode_query};
use oss_auth::v4::{Authorization, CanonicalRequest, SigningKey, StringToSign, UNSIGNED_PAYLOAD};
use oss_auth::{Credentials, Product, SigningRequest, V1Signer, V4Signer, v1, v4};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

const HOST: &str = "examplebucket.oss-cn-hangzhou.aliyuncs.com";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

fn credentials() -> Credentials {
    Credentials::new("ak", "sk")
}

fn signer() -> V4Signer {
    V4Signer::new("cn-hangzhou", Product::OSS).unwrap()
}

/// What a server makes of the path and the query that reach it. The HTTP library is in between.
struct Received {
    key: String,
    query: Vec<(String, String)>,
}

impl Received {
    fn new(path_and_query: &str) -> Self {
        let uri: Uri = format!("https://{HOST}{path_and_query}").parse().unwrap();
        assert_eq!(uri.path_and_query().unwrap().as_str(), path_and_query, "the HTTP library changed the path");
        let key = decode(uri.path().strip_prefix('/').unwrap()).unwrap();
        Self { key, query: decode_query(uri.query().unwrap_or_default()).unwrap() }
    }

    fn request(&self) -> SigningRequest<'_> {
        SigningRequest::new(Method::PUT)
            .bucket("examplebucket")
            .key(self.key.as_str())
            .query_pairs(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// Takes a parameter out of the query.
    fn take(&mut self, name: &str) -> String {
        let index = self.query.iter().position(|(found, _)| found == name).unwrap();
        self.query.remove(index).1
    }
}

/// Text of any kind, with more of what trips encoders.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,6}",
        Just("../".to_owned()),
        Just("%2F+".to_owned()),
        Just("//".to_owned())
    ];
    vec(piece, 1..4).prop_map(|pieces| pieces.concat()).prop_filter("no empty text", |text| !text.is_empty())
}

/// Decoded pairs of unique names, none of them the signature's own.
fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    btree_map(text(), prop_oneof![Just(String::new()), text()], 0..5).prop_map(|map| map.into_iter().collect())
}

fn pairs(query: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

proptest! {
    #[test]
    fn a_server_that_decodes_the_wire_computes_the_v4_signature(key in text(), query in query()) {
        let request =
            SigningRequest::new(Method::PUT).bucket("examplebucket").key(key.as_str()).query_pairs(pairs(&query));
        let mut headers = HeaderMap::new();
        headers.insert("x-oss-meta-a", HeaderValue::from_static(" a  b "));
        signer().sign(&request, &mut headers, &credentials(), now()).unwrap();

        let received = Received::new(&request.path_and_query());
        prop_assert_eq!(&received.key, &key);
        prop_assert_eq!(&received.query, &query);
        let authorization = Authorization::parse(headers["authorization"].to_str().unwrap()).unwrap();
        let canonical = CanonicalRequest::new(&received.request(), &headers, &[], UNSIGNED_PAYLOAD);
        let string_to_sign = StringToSign::new("20240702T003045Z", authorization.scope(), &canonical);
        let expected = SigningKey::derive("sk", authorization.scope()).sign(string_to_sign.as_str());
        prop_assert_eq!(expected, authorization.signature());
    }

    #[test]
    fn a_server_that_decodes_the_url_computes_the_v4_signature(key in text(), query in query()) {
        let request = SigningRequest::new(Method::PUT)
            .bucket("examplebucket")
            .key(key.as_str())
            .query_pairs(pairs(&query))
            .host(HOST);
        let presigned =
            signer().presign(&request, &HeaderMap::new(), &credentials(), now(), Duration::from_secs(60)).unwrap();
        let mut received = Received::new(presigned.url().strip_prefix("https://").unwrap().strip_prefix(HOST).unwrap());
        prop_assert_eq!(&received.key, &key);
        let signature = received.take(v4::query_names::SIGNATURE);
        let scope = v4::Scope::parse("20240702/cn-hangzhou/oss/aliyun_v4_request").unwrap();
        let canonical = CanonicalRequest::new(&received.request(), &HeaderMap::new(), &[], UNSIGNED_PAYLOAD);
        let string_to_sign = StringToSign::new("20240702T003045Z", &scope, &canonical);
        prop_assert_eq!(SigningKey::derive("sk", &scope).sign(string_to_sign.as_str()), signature);
    }

    #[test]
    fn a_server_that_decodes_the_url_computes_the_v1_signature(key in text(), query in query()) {
        let request = SigningRequest::new(Method::PUT)
            .bucket("examplebucket")
            .key(key.as_str())
            .query_pairs(pairs(&query))
            .host(HOST);
        let presigned =
            V1Signer::new().presign(&request, &HeaderMap::new(), &credentials(), now(), Duration::from_secs(60)).unwrap();
        let mut received = Received::new(presigned.url().strip_prefix("https://").unwrap().strip_prefix(HOST).unwrap());
        let signature = received.take(v1::query_names::SIGNATURE);
        let text = v1::StringToSign::for_url(&received.request(), &HeaderMap::new(), "1719880305");
        prop_assert_eq!(text.sign("sk"), signature);
    }

    /// Another request never has the same canonical text, so no signature is good for two of them.
    #[test]
    fn two_requests_have_two_canonical_texts(a in (text(), query()), b in (text(), query())) {
        prop_assume!(a != b);
        let canonical = |(key, query): &(String, Vec<(String, String)>)| {
            let request =
                SigningRequest::new(Method::PUT).bucket("examplebucket").key(key.as_str()).query_pairs(pairs(query));
            CanonicalRequest::new(&request, &HeaderMap::new(), &[], UNSIGNED_PAYLOAD).sha256()
        };
        prop_assert_ne!(canonical(&a), canonical(&b));
    }
}
