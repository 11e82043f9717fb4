// Uploads with the official JavaScript SDK: node_client.cjs WORK PATH PART_SIZE PARALLEL, as the programs in peers.
'use strict';

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
  if (work === 'folder') {
    const names = fs.readdirSync(path);
    const one = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await client.put(OSS_KEY + name, join(path, name));
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
