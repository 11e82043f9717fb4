//! Endpoints: what is read from them, and what an error says when one is not right.

use oss_transport::{Config, Transport};

use crate::support::{Log, builder, chain, credentials, http_response, memory, ok, put, scripted, send};

fn at(endpoint: &str) -> Config {
    Transport::builder().credentials(credentials()).endpoint(endpoint)
}

/// Region, product and version that the requests of a transport are signed for, and the host that they go to.
async fn signed(config: Config) -> (String, String) {
    let log = Log::default();
    let transport = config.http_service(memory(&log, |_, _| Ok(ok()))).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    let seen = &log.all()[0];
    let authorization = seen.headers["authorization"].to_str().unwrap();
    let scope = authorization.split(['/', ',']).nth(2).unwrap().to_owned();
    (scope, seen.uri.authority().unwrap().to_string())
}

#[tokio::test(start_paused = true)]
async fn the_region_is_read_from_the_endpoint_however_it_is_written() {
    for (endpoint, region, host) in [
        ("https://oss-cn-hangzhou.aliyuncs.com/", "cn-hangzhou", "demo.oss-cn-hangzhou.aliyuncs.com"),
        ("oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "demo.oss-cn-hangzhou.aliyuncs.com"),
        (" HTTPS://OSS-CN-Hangzhou.Aliyuncs.com:443 ", "cn-hangzhou", "demo.oss-cn-hangzhou.aliyuncs.com"),
        ("http://oss-ap-southeast-1.aliyuncs.com:8080/", "ap-southeast-1", "demo.oss-ap-southeast-1.aliyuncs.com:8080"),
        ("oss-cn-beijing-internal.aliyuncs.com", "cn-beijing", "demo.oss-cn-beijing-internal.aliyuncs.com"),
        ("cn-shenzhen.oss.aliyuncs.com", "cn-shenzhen", "demo.cn-shenzhen.oss.aliyuncs.com"),
    ] {
        assert_eq!(signed(at(endpoint)).await, (region.to_owned(), host.to_owned()), "{endpoint}");
    }
    // What is set wins.
    let (region, _) = signed(at("oss-cn-hangzhou.aliyuncs.com").region("cn-beijing")).await;
    assert_eq!(region, "cn-beijing");
    for nameless in ["oss-accelerate.aliyuncs.com", "oss-accelerate-overseas.aliyuncs.com", "oss.example.com"] {
        assert_eq!(
            at(nameless).build().unwrap_err().to_string(),
            "a V4 signature requires the region of the buckets",
            "{nameless}"
        );
        assert_eq!(signed(at(nameless).region("cn-hangzhou")).await.0, "cn-hangzhou", "{nameless}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_in_front_of_the_endpoint_is_told_apart_from_it() {
    for (endpoint, right) in [
        ("https://demo.oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com"),
        ("Demo.OSS-cn-hangzhou-internal.aliyuncs.com:443/", "oss-cn-hangzhou-internal.aliyuncs.com"),
        ("demo.cn-hangzhou.oss.aliyuncs.com", "cn-hangzhou.oss.aliyuncs.com"),
        ("demo.oss-accelerate.aliyuncs.com", "oss-accelerate.aliyuncs.com"),
    ] {
        for config in [at(endpoint), at(endpoint).region("cn-hangzhou"), at(endpoint).use_path_style(true)] {
            let error = chain(&config.build().unwrap_err());
            let said = format!("begins with the bucket demo, which the request names: the endpoint is {right}");
            assert!(error.contains(&said), "{endpoint}: {error}");
        }
    }
    // A domain that stands for one bucket may be this one, too.
    let (region, host) = signed(at("demo.oss-cn-hangzhou.aliyuncs.com").use_cname(true)).await;
    assert_eq!((region.as_str(), host.as_str()), ("cn-hangzhou", "demo.oss-cn-hangzhou.aliyuncs.com"));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_region_is_an_error_that_names_its_endpoint() {
    let refused = |status, endpoint: &str, message: &str| {
        let document = format!(
            "<Error><Code>AccessDenied</Code><Message>{message}</Message><Endpoint>{endpoint}</Endpoint></Error>"
        );
        http_response(status, &[("content-type", "application/xml")], document)
    };
    let hint = "the bucket is not at oss.test: set the endpoint oss-cn-beijing.aliyuncs.com and the region cn-beijing";
    for (message, expected) in [("Use it.", format!("Use it. ({hint})")), ("", hint.to_owned())] {
        for endpoint in ["oss-cn-beijing.aliyuncs.com", "https://OSS-cn-beijing.aliyuncs.com/"] {
            let transport = scripted(&Log::default(), vec![refused(403, endpoint, message)]);
            let error = send(&transport, put("abc")).await.unwrap_err();
            assert_eq!(error.to_string(), format!("PutObject oss://demo/key: 403 AccessDenied: {expected}"));
        }
    }
    // No region in its name, our own endpoint, and no endpoint at all.
    for (endpoint, expected) in [
        ("oss.example.com", ": Use it. (the bucket is not at oss.test: set the endpoint oss.example.com)"),
        ("oss.test", ": Use it."),
        ("not an endpoint", ": Use it."),
    ] {
        let transport = scripted(&Log::default(), vec![refused(403, endpoint, "Use it.")]);
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(error.to_string().ends_with(&format!("403 AccessDenied{expected}")), "{error}");
    }
    let transport = scripted(&Log::default(), vec![refused(307, "oss-cn-beijing.aliyuncs.com", "Elsewhere.")]);
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(error.to_string().contains(hint), "{error}");
    assert_eq!(builder().build().unwrap().endpoint().region(), None);
}
