"""Uploads and downloads with the official Python SDK: python_client.py WORK PATH PART_SIZE PARALLEL, as the programs in peers."""

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
    if work == "get-folder":
        def get(name):
            request = oss.GetObjectRequest(bucket=bucket, key=key + name)
            client.get_object_to_file(request, os.path.join(path, name))

        with ThreadPoolExecutor(parallel) as threads:
            for _ in threads.map(get, (f"{n:05}" for n in range(int(os.environ["OSS_AMOUNT"])))):
                pass
        return
    if work == "get-pipe":
        result = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
        with result.body as body:
            for piece in body.iter_bytes(block_size=256 * 1024):
                sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    if work == "get-file":
        downloader = client.downloader(part_size=part_size, parallel_num=parallel)
        downloader.download_file(oss.GetObjectRequest(bucket=bucket, key=key), path)
        if "OSS_SYNC" in os.environ:
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        return
    uploader = client.uploader(part_size=part_size, parallel_num=parallel)
    uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key=key), path)


main()
