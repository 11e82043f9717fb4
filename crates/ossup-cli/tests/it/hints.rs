//! What the service refuses is told with the next step.

use oss_emulator::Fault;

use crate::support::{Login, Scratch, client, emulator, put, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_with_the_next_step_on_the_same_line() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let scratch = Scratch::new();
    let (file, down) = (scratch.file("file", b"content"), scratch.text("down"));
    for (arguments, operation, code, says) in [
        (&["ls", "oss://demo"][..], "ListObjectsV2", "AccessDenied", "oss:ListObjects may be missing"),
        (&["stat", "oss://demo/a"], "HeadObject", "AccessDenied", "oss:GetObject may be missing"),
        (&["cp", &file, "oss://demo/a"], "PutObject", "AccessDenied", "oss:PutObject may be missing"),
        (&["cp", "oss://demo/a", &down], "GetObject", "AccessDenied", "oss:GetObject may be missing"),
        (&["rm", "oss://demo/a"], "DeleteObject", "AccessDenied", "oss:DeleteObject may be missing"),
        (&["ls"], "ListBuckets", "PublicEndpointForbidden", "--addressing-style cname"),
        (&["ls"], "ListBuckets", "InvalidAccessKeyId", "ossup config check"),
        (&["ls"], "ListBuckets", "NoSuchBucket", "ossup mb"),
    ] {
        emulator.clear_faults();
        emulator.add_fault(Fault::on(operation).respond(403, code).always());
        let arguments = [arguments, &["-e", emulator.endpoint(), "--json"]].concat();
        let ended = run(&Login::of(&emulator), &arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
        assert!(ended.stderr.contains(code) && ended.stderr.trim_end().contains(says), "{says} in {ended:?}");
        let lines = ended.lines();
        let message = lines[0]["error"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_for_another_region_is_told_with_the_flag() {
    let emulator = emulator().start().await.unwrap();
    for arguments in [&["ls", "oss://demo"][..], &["rm", "oss://demo/a"]] {
        let more = ["-e", emulator.endpoint(), "--region", "cn-beijing"];
        let ended = run(&Login::of(&emulator), &[arguments, &more].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
        assert!(ended.stderr.contains("in another region") && ended.stderr.contains("--region REGION"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_another_region_or_at_another_time_is_told_with_what_to_do() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let elsewhere = || Fault::on_any().respond(403, "AccessDenied").element("Endpoint", "oss-cn-beijing.aliyuncs.com");
    let skewed = || Fault::on_any().respond(403, "RequestTimeTooSkewed");
    let forbidden = || Fault::on_any().respond(403, "PublicEndpointForbidden");
    for (fault, says) in [
        (elsewhere(), "the bucket is elsewhere: --endpoint oss-cn-beijing.aliyuncs.com"),
        (skewed(), "set the clock of this machine"),
        (forbidden(), "a domain of your own with --addressing-style cname, or the internal endpoint"),
    ] {
        emulator.clear_faults();
        emulator.add_fault(fault.always());
        for arguments in
            [&["ls", "oss://demo"][..], &["cp", &file, "oss://demo/a", "--part-attempts", "1"], &["rm", "oss://demo/a"]]
        {
            let ended = run(&Login::of(&emulator), &[arguments, &["-e", emulator.endpoint()]].concat()).await;
            assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
        }
    }
}
