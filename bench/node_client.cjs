// Uploads one file with the official JavaScript SDK: node_client.cjs PATH PART_SIZE PARALLEL.
'use strict';

const OSS = require('ali-oss');

async function main() {
  const [path, partSize, parallel] = process.argv.slice(2);
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
  await client.multipartUpload(OSS_KEY, path, { partSize: Number(partSize), parallel: Number(parallel) });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
