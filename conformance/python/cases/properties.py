"""Tags, ACL and symbolic links of objects."""

import urllib.parse

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused
from stage import ENDPOINT, anonymous, send


def tags(stage, key, **fields):
    got = stage.client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=stage.bucket, key=key, **fields))
    return [(tag.key, tag.value or "") for tag in (got.tag_set.tags or [])] if got.tag_set else []


def put_tags(stage, key, pairs):
    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key=k, value=v) for k, v in pairs]))
    return stage.client.put_object_tagging(
        oss.PutObjectTaggingRequest(bucket=stage.bucket, key=key, tagging=tagging)
    )


@case("tags are put, read and deleted")
def _(stage):
    stage.put("a", b"a")
    equal(tags(stage, "a"), [])
    equal(put_tags(stage, "a", [("one", "1"), ("a+b =", "x:/y.-_")]).status_code, 200)
    equal(sorted(tags(stage, "a")), [("a+b =", "x:/y.-_"), ("one", "1")])
    equal(stage.head("a").tagging_count, 2)
    got = stage.client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=stage.bucket, key="a"))
    equal((got.status_code, tags(stage, "a"), stage.head("a").tagging_count), (204, [], None))


@case("the tagging header is URL-encoded, and a key without = has an empty value")
def _(stage):
    stage.put("a", b"a", tagging="one=1&a%2Bb%20%3D=x%3A%2Fy&bare")
    equal(sorted(tags(stage, "a")), [("a+b =", "x:/y"), ("bare", ""), ("one", "1")])


@case("tags against the rules are refused, and the old ones stay")
def _(stage):
    stage.put("a", b"a", tagging="one=1")
    for pairs in (
        [(f"k{n}", "v") for n in range(11)],
        [("k" * 129, "v")],
        [("k", "v" * 257)],
        [("same", "1"), ("same", "2")],
        [("", "v")],
    ):
        with refused(400, ("InvalidTag", "InvalidArgument")):
            put_tags(stage, "a", pairs)
    put_tags(stage, "a", [("k" * 128, "v" * 256)])


@case("tags of a missing object are NoSuchKey, and a body that is no XML is MalformedXML")
def _(stage):
    with refused(404, "NoSuchKey"):
        tags(stage, "missing")
    with refused(404, "NoSuchKey"):
        put_tags(stage, "missing", [("a", "b")])
    stage.put("a", b"a")
    with refused(400, "MalformedXML"):
        stage.call("PutObjectTagging", "PUT", "a", parameters={"tagging": ""}, body=b"<Tagging>")


@case("an ACL is put and read, and decides what may be read without a signature")
def _(stage):
    stage.put("a", b"a")

    def acl():
        got = stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="a"))
        holds(got.owner.id, "no owner")
        return got.acl

    equal(acl(), "default")
    read = oss.GetObjectRequest(bucket=stage.bucket, key="a")
    for value, allowed in (("public-read", True), ("private", False), ("public-read-write", True), ("default", False)):
        stage.client.put_object_acl(oss.PutObjectAclRequest(bucket=stage.bucket, key="a", acl=value))
        equal(acl(), value)
        if allowed:
            equal(anonymous().get_object(read).body.read(), b"a")
        else:
            with refused(403, "AccessDenied"):
                anonymous().get_object(read)


@case("an ACL that does not exist is InvalidArgument")
def _(stage):
    stage.put("a", b"a")
    with refused(400, "InvalidArgument"):
        stage.client.put_object_acl(oss.PutObjectAclRequest(bucket=stage.bucket, key="a", acl="everyone"))


@case("the empty parameter acl works with and without an equals sign")
def _(stage):
    bucket = stage.new_bucket(acl="public-read")
    for text in ("acl", "acl="):
        response = send("GET", f"{ENDPOINT}/{bucket}/missing?{text}")
        holds(response.status in (403, 404) and b"ListBucketResult" not in response.body, (text, response.body))


@case("a symbolic link gives its target's content under its own headers")
def _(stage):
    stage.put("target/é+ file", b"content", content_type="text/target")
    target = urllib.parse.quote("target/é+ file", safe="")
    stage.client.put_symlink(
        oss.PutSymlinkRequest(bucket=stage.bucket, key="link", target=target, metadata={"kind": "link"})
    )
    got = stage.client.get_symlink(oss.GetSymlinkRequest(bucket=stage.bucket, key="link"))
    equal(urllib.parse.unquote(got.target), "target/é+ file")
    equal(dict(got.metadata), {"kind": "link"})
    holds(got.etag, "no ETag")
    read = stage.get("link")
    equal((read.content, read.content_length), (b"content", 7))
    equal((read.object_type, dict(read.metadata)), ("Symlink", {"kind": "link"}))
    equal(read.etag, stage.head("target/é+ file").etag)


@case("a link whose target is missing can be made but not read")
def _(stage):
    request = oss.PutSymlinkRequest(bucket=stage.bucket, key="link", target="nowhere")
    equal(stage.client.put_symlink(request).status_code, 200)
    with refused(404, "SymlinkTargetNotExist"):
        stage.get("link")
    equal(stage.client.get_symlink(oss.GetSymlinkRequest(bucket=stage.bucket, key="link")).target, "nowhere")


@case("a link to a link cannot be followed")
def _(stage):
    stage.put("a", b"a")
    stage.client.put_symlink(oss.PutSymlinkRequest(bucket=stage.bucket, key="one", target="a"))
    try:
        stage.client.put_symlink(oss.PutSymlinkRequest(bucket=stage.bucket, key="two", target="one"))
        stage.get("two")
    except oss.exceptions.OperationError as error:
        equal((error.unwrap().status_code, error.unwrap().code), (400, "InvalidTargetType"))
        equal(error.unwrap().ec, "0026-00000011")
    else:
        raise AssertionError("a link to a link was followed")


@case("GetSymlink of an ordinary object is NotSymlink")
def _(stage):
    stage.put("a", b"a")
    with refused(400, "NotSymlink"):
        stage.client.get_symlink(oss.GetSymlinkRequest(bucket=stage.bucket, key="a"))


@case("forbid-overwrite holds for a symbolic link")
def _(stage):
    stage.put("a", b"a")
    with refused(409, "FileAlreadyExists"):
        request = oss.PutSymlinkRequest(bucket=stage.bucket, key="a", target="b", forbid_overwrite=True)
        stage.client.put_symlink(request)


@case("tags and ACL of a version are reached by its id")
def _(stage):
    stage.versioned()
    first = stage.put("a", b"1", tagging="n=1").version_id
    stage.put("a", b"2", tagging="n=2")
    equal((tags(stage, "a"), tags(stage, "a", version_id=first)), ([("n", "2")], [("n", "1")]))
    stage.client.put_object_acl(
        oss.PutObjectAclRequest(bucket=stage.bucket, key="a", acl="public-read", version_id=first)
    )
    got = stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="a", version_id=first))
    equal((got.acl, got.version_id), ("public-read", first))
    equal(stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="a")).acl, "default")
