//! CORS: rules of buckets, preflights, and what responses say to pages of other origins.

use oss_emulator::{Emulator, Fault};

use crate::support::{ID, Raw, Response, SECRET, Server, Sign, check};

const RULES: &str = "<CORSConfiguration>\
    <CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>\
    <AllowedMethod>GET</AllowedMethod><AllowedHeader>x-oss-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-oss-request-id</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
const PAGE: &str = "https://www.example.com";

fn put_rules() -> Raw {
    Raw::new("PUT").query("cors", "").body(RULES)
}

fn preflight(key: &str, origin: &str, method: &str) -> Raw {
    let raw = Raw::new("OPTIONS").sign(Sign::No).header("Origin", origin);
    let raw = if key.is_empty() { raw } else { raw.key(key) };
    raw.header("Access-Control-Request-Method", method)
}

/// The `Access-Control-` headers and `Vary`, in order, without the common beginning.
fn allowed(response: &Response) -> String {
    let headers = response.headers.iter().filter_map(|(name, value)| {
        let name = if name == "vary" { name } else { name.strip_prefix("access-control-")? };
        Some(format!("{name}: {value}"))
    });
    headers.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn rules_are_put_read_and_deleted() {
    let server = Server::new().await;
    let get = || Raw::new("GET").query("cors", "");
    let put = |body: &str| Raw::new("PUT").query("cors", "").body(body);
    let long = format!("{RULES}{}", " ".repeat(16 * 1024));
    check(
        &server,
        vec![
            ("none yet", get(), "404 NoSuchCORSConfiguration 0034-00000001"),
            ("put", put_rules(), "200"),
            ("without a rule", put("<CORSConfiguration/>"), "400 MalformedXML 0034-00000002"),
            ("over 16 KB", put(&long), "400 MalformedXML"),
            ("not XML", put("x"), "400 MalformedXML"),
            ("by anyone", put_rules().sign(Sign::No), "403 AccessDenied"),
            ("read by anyone", get().sign(Sign::No), "403 AccessDenied"),
            ("of a missing bucket", get().bucket("missing"), "404 NoSuchBucket"),
            ("of an object", Raw::get("a").query("cors", ""), "405 MethodNotAllowed"),
        ],
    )
    .await;
    let rules = server.ok(&get()).await.text();
    assert!(
        rules.ends_with(
            &RULES.replace("</CORSConfiguration>", "<ResponseVary>false</ResponseVary></CORSConfiguration>")
        )
    );
    check(
        &server,
        vec![
            ("delete", Raw::new("DELETE").query("cors", ""), "204"),
            ("delete again", Raw::new("DELETE").query("cors", ""), "204"),
            ("none left", get(), "404 NoSuchCORSConfiguration"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_preflight_is_decided_by_the_first_rule_that_fits() {
    let server = Server::new().await;
    let headers = |names: &str| preflight("a", PAGE, "PUT").header("Access-Control-Request-Headers", names);
    let not_enabled = server.send(&preflight("a", PAGE, "PUT")).await;
    assert_eq!(
        (not_enabled.status, not_enabled.element("Message").as_str()),
        (403, "CORSResponse: CORS is not enabled for this bucket.")
    );
    server.ok(&put_rules()).await;
    check(
        &server,
        vec![
            ("allowed", preflight("a", PAGE, "PUT"), "200"),
            ("of the bucket", preflight("", PAGE, "GET"), "200"),
            ("with headers", headers("X-OSS-Meta-A, content-type"), "200"),
            ("with a header that is not allowed", headers("x-oss-a,authorization"), "403 AccessForbidden"),
            ("of another origin", preflight("a", "https://example.org", "PUT"), "403 AccessForbidden"),
            ("of another method", preflight("a", PAGE, "DELETE"), "403 AccessForbidden"),
            ("without an origin", preflight("a", PAGE, "PUT").without("origin"), "400 BadRequest"),
            (
                "without a method",
                preflight("a", PAGE, "PUT").without("access-control-request-method"),
                "400 BadRequest",
            ),
            ("of a missing bucket", preflight("a", PAGE, "PUT").bucket("missing"), "404 NoSuchBucket"),
            ("of no bucket", preflight("", PAGE, "GET").bucket(""), "403 AccessForbidden"),
        ],
    )
    .await;
    assert_eq!(
        allowed(&server.send(&headers("x-oss-a,content-type")).await),
        "allow-headers: x-oss-a, content-type; allow-methods: PUT, GET; allow-origin: https://www.example.com; \
         expose-headers: ETag, x-oss-request-id; max-age: 60"
    );
    let second = server.send(&preflight("a", "http://localhost:1", "GET")).await;
    assert_eq!(allowed(&second), "allow-methods: GET; allow-origin: http://localhost:1");
    assert_eq!(allowed(&server.send(&preflight("a", PAGE, "DELETE")).await), "");
}

#[tokio::test]
async fn responses_tell_pages_what_they_may_read_whatever_became_of_the_request() {
    let server = Server::new().await;
    server.ok(&put_rules()).await;
    let from = |raw: Raw, origin: &str| raw.header("Origin", origin);
    let of_page = "allow-methods: PUT, GET; allow-origin: https://www.example.com; \
                   expose-headers: ETag, x-oss-request-id; max-age: 60";
    server.emulator.add_fault(Fault::on("GetObject").key("broken").respond(503, "ServiceUnavailable"));
    for (raw, status, expected) in [
        (from(Raw::put("a").body("x"), PAGE), 200, of_page),
        (from(Raw::get("a"), PAGE), 200, of_page),
        (from(Raw::get("missing"), PAGE), 404, of_page),
        (from(Raw::get("a").sign(Sign::No), PAGE), 403, of_page),
        (from(Raw::get("a").secret("wrong"), PAGE), 403, of_page),
        (from(Raw::get("broken"), PAGE), 503, of_page),
        (from(Raw::get("a"), "https://example.org"), 200, "allow-methods: GET; allow-origin: https://example.org"),
        (from(Raw::put("a").body("x"), "https://example.org"), 200, ""),
        (from(Raw::delete("a"), PAGE), 204, ""),
        (Raw::put("a").body("x"), 200, ""),
    ] {
        let response = server.send(&raw).await;
        assert_eq!((response.status, allowed(&response).as_str()), (status, expected), "{raw:?}");
    }
    let vary = RULES.replace("</CORSConfiguration>", "<ResponseVary>true</ResponseVary></CORSConfiguration>");
    server.ok(&Raw::new("PUT").query("cors", "").body(vary)).await;
    assert_eq!(allowed(&server.ok(&Raw::get("a")).await), "vary: Origin");
    assert_eq!(allowed(&server.ok(&from(Raw::get("a"), PAGE)).await), format!("{of_page}; vary: Origin"));
    assert!(allowed(&server.send(&preflight("a", PAGE, "PUT")).await).ends_with("; vary: Origin"));
}

#[tokio::test]
async fn an_origin_can_be_allowed_for_all_buckets_at_the_start() {
    let builder = || Emulator::builder().credentials(ID, SECRET).bucket("demo");
    let server = Server::from(builder().cors_allow_origin("http://localhost:*").start().await.unwrap());
    let origin = "http://localhost:5173";
    let headers = preflight("a", origin, "DELETE").header("Access-Control-Request-Headers", "x-anything");
    let response = server.send(&headers).await;
    assert_eq!((response.status, response.header("access-control-allow-headers")), (200, "x-anything"));
    for raw in [Raw::put("a").body("x"), Raw::delete("a"), Raw::new("GET").bucket("")] {
        let response = server.send(&raw.header("Origin", origin)).await;
        assert_eq!(response.header("access-control-allow-origin"), origin, "{}", response.text());
        assert!(response.header("access-control-expose-headers").starts_with("ETag, "));
    }
    assert_eq!(server.send(&preflight("a", "http://example.org", "GET")).await.status, 403);
    // The rules of the bucket come first, and only they are listed.
    assert_eq!(server.send(&Raw::new("GET").query("cors", "")).await.status, 404);
    server.ok(&put_rules()).await;
    assert_eq!(server.send(&preflight("a", origin, "GET")).await.header("access-control-allow-methods"), "GET");
    assert_eq!(server.send(&preflight("a", origin, "DELETE")).await.status, 200);
    for bad in ["", "example.com", "http://*.*", "http://a/", "http://a b"] {
        let error = builder().without_listener().cors_allow_origin(bad).start().await.unwrap_err();
        assert!(error.to_string().contains("an origin must be * or like https://example.com"), "{bad}: {error}");
    }
}

#[tokio::test]
async fn the_rules_of_a_bucket_are_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let start = || Emulator::builder().credentials(ID, SECRET).bucket("demo").dir(dir.path()).start();
    let server = Server::from(start().await.unwrap());
    server.ok(&put_rules()).await;
    server.emulator.shutdown().await;
    let server = Server::from(start().await.unwrap());
    assert_eq!(server.send(&preflight("a", PAGE, "PUT")).await.status, 200);
    let response = server.send(&Raw::get("a").header("Origin", PAGE)).await;
    assert_eq!(response.header("access-control-allow-origin"), PAGE);
}
