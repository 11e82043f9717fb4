// Uploads and downloads with the official JavaScript SDK: node_client.cjs WORK PATH PART_SIZE PARALLEL, as the programs in peers.
'use strict';

const { once } = require('events');
const fs = require('fs');
const { join } = require('path');
const OSS = require('ali-oss');

async function main() {
  const [work, path, partSize, parallel] = process.argv.slice(2);
  const { OSS_REGION, OSS_ENDPOINT, OSS_BUCKET, OSS_KEY, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET } = process.env;
  const client = new OSS({
    region: `oss-${OSS_REGION}`,
    endpoint: OSS_ENDPOINT,
    bucket: OSS_BUCKET,
    accessKeyId: OSS_ACCESS_KEY_ID,
    accessKeySecret: OSS_ACCESS_KEY_SECRET,
    authorizationV4: true,
    timeout: 60000,
  });
  if (work === 'get-file' || work === 'get-pipe') {
    // One request: it fetches no ranges by itself.
    if (work === 'get-pipe') {
      const { stream } = await client.getStream(OSS_KEY);
      for await (const piece of stream) {
        if (!process.stdout.write(piece)) {
          await once(process.stdout, 'drain');
        }
      }
    } else {
      await client.get(OSS_KEY, path);
      if (process.env.OSS_SYNC) {
        fs.fsyncSync(fs.openSync(path));
      }
    }
  } else if (work === 'folder' || work === 'get-folder') {
    const names = work === 'folder'
      ? fs.readdirSync(path)
      : Array.from({ length: Number(process.env.OSS_AMOUNT) }, (_, n) => String(n).padStart(5, '0'));
    const one = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await client[work === 'folder' ? 'put' : 'get'](OSS_KEY + name, join(path, name));
      }
    };
    await Promise.all(Array.from({ length: Number(parallel) }, one));
  } else if (work === 'pipe') {
    await client.putStream(OSS_KEY, process.stdin);
  } else {
    await client.multipartUpload(OSS_KEY, path, { partSize: Number(partSize), parallel: Number(parallel) });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
