"""Signs requests with the official SDK: a JSON list of them in the file given, a JSON list of responses to standard output."""

import datetime
import json
import sys

from alibabacloud_oss_v2.credentials import StaticCredentialsProvider
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def sign(asked):
    request = HttpRequest(asked["method"], asked["url"], headers=dict(asked["headers"]))
    provider = StaticCredentialsProvider(
        asked["access_key_id"], asked["access_key_secret"], asked["security_token"]
    )
    context = SigningContext(
        product="oss",
        region=asked["region"],
        bucket=asked["bucket"],
        key=asked["key"],
        request=request,
        credentials=provider.get_credentials(),
        signing_time=utc(asked["signing_time"]),
        additional_headers=asked["additional_headers"],
    )
    context.sub_resource = asked["sub_resources"]
    if asked["expires_at"] is not None:
        context.auth_method_query = True
        context.expiration_time = utc(asked["expires_at"])
    signer = SignerV4() if asked["version"] == "v4" else SignerV1()
    signer.sign(context)
    return {"url": request.url, "headers": list(request.headers.items()), "string_to_sign": context.string_to_sign}


with open(sys.argv[1], encoding="utf-8") as file:
    json.dump([sign(asked) for asked in json.load(file)], sys.stdout)
