"""ListObjectsV2: order, folding, pages."""

import alibabacloud_oss_v2 as oss

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused


def page(stage, **fields):
    return stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket, **fields))


def names(got):
    return [entry.key for entry in got.contents or []], [entry.prefix for entry in got.common_prefixes or []]


def everything(stage, limit, **fields):
    keys, prefixes = [], []
    pages = stage.client.list_objects_v2_paginator(limit=limit)
    for got in pages.iter_page(oss.ListObjectsV2Request(bucket=stage.bucket, **fields)):
        more_keys, more_prefixes = names(got)
        holds(got.key_count == len(more_keys) + len(more_prefixes) <= limit, "KeyCount")
        keys += more_keys
        prefixes += more_prefixes
    return keys, prefixes


@case("a list says what was asked and what each object is")
def _(stage):
    stage.put("a/1", b"one")
    stage.put("a/2", b"two", storage_class="IA")
    got = page(stage, prefix="a/", delimiter="|", start_after="a", max_keys=10, fetch_owner=True)
    equal((got.name, got.prefix, got.delimiter, got.start_after, got.max_keys), (stage.bucket, "a/", "|", "a", 10))
    equal((got.is_truncated, got.key_count, got.next_continuation_token), (False, 2, None))
    one, two = got.contents
    equal((one.key, one.size, one.object_type, one.storage_class), ("a/1", 3, "Normal", "Standard"))
    equal((one.etag, two.storage_class), (stage.head("a/1").etag, "IA"))
    holds(one.owner.id and one.last_modified, "owner or time is missing")
    holds(page(stage).contents[0].owner is None, "an owner that was not asked for")


@case("an empty list has no keys and is not cut")
def _(stage):
    got = page(stage, prefix="none")
    equal((names(got), got.is_truncated, got.key_count), (([], []), False, 0))


@case("keys are in the order of their bytes")
def _(stage):
    keys = ["a", "B", "é", "z", "aa", "a/", "a/b", "a-", "汉", "🦀", "~", " ", "\x01"]
    for key in keys:
        stage.put(key)
    equal(names(page(stage)), (sorted(keys, key=str.encode), []))


@case("every page size gives the same keys and prefixes, each once")
def _(stage):
    keys = ["a", "a/1", "a/2", "b/1", "b/2/3", "b0", "c", "d/", "d/e/f", "e"]
    for key in keys:
        stage.put(key)
    for limit in (1, 2, 3, 4, 5, 7, 100):
        equal((limit, everything(stage, limit)), (limit, (keys, [])))
        equal((limit, everything(stage, limit, delimiter="/")), (limit, (["a", "b0", "c", "e"], ["a/", "b/", "d/"])))
        equal((limit, everything(stage, limit, delimiter="/", prefix="b")), (limit, (["b0"], ["b/"])))
        equal((limit, everything(stage, limit, delimiter="/", prefix="d/")), (limit, (["d/"], ["d/e/"])))


@case("unusual keys are listed, paged and folded as they are, whatever encoding is asked for")
def _(stage):
    for key in ODD_KEYS:
        stage.put(key, b"")
    wanted = sorted(ODD_KEYS, key=str.encode)
    for limit in (1, 4, 1000):
        equal((limit, everything(stage, limit)[0]), (limit, wanted))
    for key in wanted:
        equal(names(page(stage, prefix=key))[0][0], key)
        equal(names(page(stage, start_after=key))[0], [other for other in wanted if other.encode() > key.encode()])
    equal(names(page(stage, delimiter="+"))[1], ["plus+"])
    equal(names(page(stage, delimiter="🌈", prefix="emoji"))[1], ["emoji-🦀/🌈"])


@case("a delimiter of several characters folds at its first occurrence")
def _(stage):
    for key in ("a::b::c", "a::d", "a:e", "f"):
        stage.put(key)
    equal(names(page(stage, delimiter="::")), (["a:e", "f"], ["a::"]))


@case("start-after is exclusive, and ignored once there is a token")
def _(stage):
    for key in "abcd":
        stage.put(key)
    equal(names(page(stage, start_after="b"))[0], ["c", "d"])
    first = page(stage, max_keys=1)
    equal(names(page(stage, continuation_token=first.next_continuation_token, start_after="c"))[0], ["b", "c", "d"])


@case("a page holds 100 keys unless more are asked for, and 1000 at most")
def _(stage):
    for n in range(105):
        stage.put(f"{n:03}")
    got = page(stage)
    equal((got.key_count, got.max_keys, got.is_truncated), (100, 100, True))
    equal(page(stage, max_keys=1000).key_count, 105)
    for wrong in (1001, -1):
        with refused(400, "InvalidArgument"):
            page(stage, max_keys=wrong)


@case("a prefix or delimiter of 1024 bytes, or a token that was never given, is InvalidArgument")
def _(stage):
    for fields in ({"prefix": "p" * 1024}, {"delimiter": "d" * 1024}, {"start_after": "s" * 1024},
                   {"continuation_token": "never given!"}):
        with refused(400, "InvalidArgument"):
            page(stage, **fields)


@case("unfinished uploads are not listed as objects")
def _(stage):
    upload = stage.initiate("a")
    stage.part("a", upload, 1, b"x")
    equal(page(stage).key_count, 0)


@case("the first version of the list pages by marker, and names the owner")
def _(stage):
    for key in ("a", "b/1", "b/2", "c"):
        stage.put(key, b"x")
    request = oss.ListObjectsRequest(bucket=stage.bucket, delimiter="/", max_keys=2)
    first = stage.client.list_objects(request)
    equal((first.is_truncated, first.next_marker), (True, "b/"))
    equal([entry.key for entry in first.contents], ["a"])
    holds(first.contents[0].owner.id, "Owner")
    pages = stage.client.list_objects_paginator(limit=1)
    equal([entry.key for page in pages.iter_page(oss.ListObjectsRequest(bucket=stage.bucket)) for entry in page.contents or []],
          ["a", "b/1", "b/2", "c"])
    with refused(400, "InvalidArgument"):
        stage.client.list_objects(oss.ListObjectsRequest(bucket=stage.bucket, max_keys=1001))
