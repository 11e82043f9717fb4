"""One transfer with the official Python SDK: known_failures.py WHAT PART_SIZE PATH. Prints `ok`, or the error's type."""

import os
import sys

import alibabacloud_oss_v2 as oss

what, part_size, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
config = oss.config.load_default()
config.endpoint = os.environ["OSS_ENDPOINT"]
config.region = os.environ["OSS_REGION"]
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.retry_max_attempts = 1
client = oss.Client(config)
try:
    if what == "copy":
        copier = client.copier(part_size=part_size, multipart_copy_threshold=1, parallel_num=1, disable_shallow_copy=True)
        copier.copy(
            oss.CopyObjectRequest(bucket="demo", key="copy", source_bucket="demo", source_key="film")
        )
    else:
        request = oss.GetObjectRequest(bucket="demo", key="film")
        if what == "range":
            request.range_header = "bytes=0-"
        client.downloader(part_size=part_size, parallel_num=1).download_file(request, path)
    print("ok")
except Exception as error:  # pylint: disable=broad-except
    print(type(error).__name__)
