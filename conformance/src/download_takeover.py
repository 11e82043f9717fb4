"""A download with the official Python SDK and a checkpoint: download_takeover.py PATH KEY CHECKPOINT_DIR PART_SIZE TEMP."""

import os
import sys

import alibabacloud_oss_v2 as oss

path, key, checkpoint_dir, part_size, temp = sys.argv[1:]
config = oss.config.load_default()
config.endpoint = os.environ["OSS_ENDPOINT"]
config.region = os.environ["OSS_REGION"]
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.readwrite_timeout = 600
downloader = oss.Client(config).downloader(
    part_size=int(part_size), parallel_num=1, enable_checkpoint=True, checkpoint_dir=checkpoint_dir,
    use_temp_file=temp == "temp", verify_data=True,
)
downloader.download_file(oss.GetObjectRequest(bucket="demo", key=key), path)
