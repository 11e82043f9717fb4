"""Makes a prefix of a bucket equal to a folder, by the workers of a dask cluster.

    python dask_sync.py SCHEDULER /data oss://my-bucket/data/ 8 [FLAG...]

Each task runs `ossup sync` for one shard. A task whose worker dies is run again by dask, and continues.
"""

import json
import subprocess
import sys

from distributed import Client


def sync_shard(index: int, count: int, source: str, destination: str, flags: list[str]) -> dict:
    command = ["ossup", "sync", source, destination, "--shard", f"{index}/{count}", "--json", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    summary = json.loads(lines[-1]) if lines else {}
    # 2: some items failed. Run again, the rest of this shard is done; the others are not touched.
    if done.returncode != 0:
        raise RuntimeError(f"shard {index}/{count} exits with {done.returncode}: {done.stderr.strip()}")
    return summary


def main() -> None:
    scheduler, source, destination, count, *flags = sys.argv[1:]
    with Client(scheduler) as client:
        shards = range(int(count))
        tasks = client.map(sync_shard, shards, count=int(count), source=source, destination=destination, flags=flags, retries=3)
        summaries = client.gather(tasks)
    print(json.dumps({name: sum(summary[name] for summary in summaries) for name in ("done", "skipped", "deleted", "bytes")}))


if __name__ == "__main__":
    main()
