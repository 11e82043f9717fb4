"""Uploads with the official Python SDK and a checkpoint: takeover.py PATH KEY CHECKPOINT_DIR PART_SIZE."""

import os
import sys

import alibabacloud_oss_v2 as oss

path, key, checkpoint_dir, part_size = sys.argv[1:]
config = oss.config.load_default()
config.endpoint = os.environ["OSS_ENDPOINT"]
config.region = os.environ["OSS_REGION"]
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.readwrite_timeout = 600
uploader = oss.Client(config).uploader(
    part_size=int(part_size), enable_checkpoint=True, checkpoint_dir=checkpoint_dir
)
uploader.upload_file(oss.PutObjectRequest(bucket="demo", key=key), path)
