"""Uploads with the official Python SDK: python_client.py WORK PATH PART_SIZE PARALLEL, as the programs in peers."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import alibabacloud_oss_v2 as oss


def main():
    work, path, part_size, parallel = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    bucket, key = os.environ["OSS_BUCKET"], os.environ["OSS_KEY"]
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.region = os.environ["OSS_REGION"]
    config.endpoint = os.environ["OSS_ENDPOINT"]
    config.use_path_style = True
    client = oss.Client(config)
    if work == "folder":
        def put(name):
            with open(os.path.join(path, name), "rb") as file:
                client.put_object(oss.PutObjectRequest(bucket=bucket, key=key + name, body=file))

        with ThreadPoolExecutor(parallel) as threads:
            for _ in threads.map(put, os.listdir(path)):
                pass
        return
    uploader = client.uploader(part_size=part_size, parallel_num=parallel)
    uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key=key), path)


main()
