"""Objects of the SDK for ours and of ours for the SDK: both_ways.py FOLDER COUNT PART_SIZE.

Uploads FOLDER/N as theirs/N, and downloads ours/N to FOLDER/got-N.
"""

import os
import sys

import alibabacloud_oss_v2 as oss

folder, count, part_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = oss.config.load_default()
config.endpoint = os.environ["OSS_ENDPOINT"]
config.region = os.environ["OSS_REGION"]
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
client = oss.Client(config)
uploader = client.uploader(part_size=part_size)
downloader = client.downloader(part_size=part_size)
for number in range(count):
    uploader.upload_file(oss.PutObjectRequest(bucket="demo", key=f"theirs/{number}"), f"{folder}/{number}")
    downloader.download_file(oss.GetObjectRequest(bucket="demo", key=f"ours/{number}"), f"{folder}/got-{number}")
