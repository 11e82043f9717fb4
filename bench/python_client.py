"""Uploads one file with the official Python SDK: python_client.py PATH PART_SIZE PARALLEL."""

import os
import sys

import alibabacloud_oss_v2 as oss


def main():
    path, part_size, parallel = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.region = os.environ["OSS_REGION"]
    config.endpoint = os.environ["OSS_ENDPOINT"]
    config.use_path_style = True
    uploader = oss.Client(config).uploader(part_size=part_size, parallel_num=parallel)
    request = oss.PutObjectRequest(bucket=os.environ["OSS_BUCKET"], key=os.environ["OSS_KEY"])
    uploader.upload_file(request, path)


main()
