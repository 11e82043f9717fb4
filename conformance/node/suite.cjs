// Drives the emulator through ali-oss, the official SDK for JavaScript: `node suite.cjs`, with ali-oss on NODE_PATH.

"use strict";

const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");

const OSS = require("ali-oss");

const { OSS_ENDPOINT, OSS_REGION, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_CONFORMANCE_TOKEN } = process.env;
const BUCKET = "node-conformance";
const KEYS = ["plain.txt", "with space +plus&amp;%2F", "汉字/🦀", "folder/"];

function client(changes) {
  return new OSS({
    endpoint: OSS_ENDPOINT,
    region: `oss-${OSS_REGION}`,
    accessKeyId: OSS_ACCESS_KEY_ID,
    accessKeySecret: OSS_ACCESS_KEY_SECRET,
    bucket: BUCKET,
    authorizationV4: true,
    ...changes,
  });
}

// The SDK itself sends the bucket in the Host header to a server that it knows by its address.
const VERSIONS = [
  ["V1", client({ authorizationV4: false })],
  ["V4", client({})],
];

// In a URL to be used by others the bucket must be in the path then.
const BY_PATH = { sldEnable: true, endpoint: OSS_ENDPOINT.replace("127.0.0.1", "localhost") };

const cases = [];
const test = (sentence, proof) => cases.push([sentence, proof]);

function md5(content) {
  return createHash("md5").update(content).digest("hex").toUpperCase();
}

function bytes(size, seed = 1) {
  return Buffer.from(Array.from({ length: size }, (_, n) => (n * seed + (n >> 8)) & 255));
}

for (const [version, oss] of VERSIONS) {
  test(`${version}: objects are put, headed, read, copied and deleted under any key`, async () => {
    for (const key of KEYS) {
      const body = Buffer.from(`${version} ${key}`);
      const put = await oss.put(key, body, { meta: { colour: "blue" }, headers: { "Cache-Control": "no-cache" } });
      assert.equal(put.res.headers.etag, `"${md5(body)}"`);
      const head = await oss.head(key);
      assert.equal(head.meta.colour, "blue");
      assert.equal(head.res.headers["cache-control"], "no-cache");
      assert.deepEqual((await oss.get(key)).content, body);
      await oss.copy("copy", key);
      assert.deepEqual((await oss.get("copy")).content, body);
      await oss.delete(key);
      await assert.rejects(oss.get(key), { code: "NoSuchKey", status: 404 });
      await assert.rejects(oss.head(key), { status: 404 });
    }
  });

  test(`${version}: a multipart upload of a file joins its parts`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "oss-node-"));
    try {
      const body = bytes(350 * 1024, 7);
      const file = path.join(folder, "file.bin");
      writeFileSync(file, body);
      const seen = [];
      const done = await oss.multipartUpload("parts", file, {
        partSize: 100 * 1024,
        parallel: 3,
        meta: { colour: "blue" },
        progress: (share) => seen.push(share),
      });
      assert.match(done.etag, /^"[0-9A-F]{32}-4"$/);
      assert.equal(seen.at(-1), 1);
      const got = await oss.get("parts");
      assert.deepEqual(got.content, body);
      assert.equal(got.res.headers["x-oss-object-type"], "Multipart");
      assert.equal(got.res.headers["x-oss-meta-colour"], "blue");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test(`${version}: a multipart upload by hand lists its parts and uploads, and can be aborted`, async () => {
    const { uploadId } = await oss.initMultipartUpload("by-hand");
    const body = bytes(1000, 3);
    const part = await oss._uploadPart("by-hand", uploadId, 1, {
      stream: require("node:stream").Readable.from([body]),
      size: body.length,
    });
    assert.equal(part.res.headers.etag, `"${md5(body)}"`);
    const parts = await oss.listParts("by-hand", uploadId, {});
    assert.deepEqual([parts.parts].flat().map((entry) => [entry.PartNumber, entry.Size]), [["1", "1000"]]);
    const uploads = await oss.listUploads({ "max-uploads": 10 });
    assert.deepEqual(uploads.uploads.map((entry) => entry.uploadId), [uploadId]);
    await oss.abortMultipartUpload("by-hand", uploadId);
    await assert.rejects(oss.listParts("by-hand", uploadId, {}), { code: "NoSuchUpload" });
  });

  test(`${version}: lists page, fold and keep unusual keys`, async () => {
    for (const key of KEYS) await oss.put(`list/${key}`, Buffer.from("x"));
    const keys = [];
    let token;
    do {
      const page = await oss.listV2({ prefix: "list/", "max-keys": 2, "continuation-token": token });
      keys.push(...page.objects.map((object) => object.name));
      token = page.nextContinuationToken;
    } while (token);
    const wanted = KEYS.map((key) => `list/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(keys, wanted);
    const folded = await oss.listV2({ prefix: "list/", delimiter: "/" });
    assert.deepEqual(folded.prefixes, ["list/folder/", "list/汉字/"]);
    const gone = await oss.deleteMulti(keys, { quiet: false });
    assert.equal(gone.deleted.length, KEYS.length);
  });

  test(`${version}: an object is appended to`, async () => {
    await oss.append("log", Buffer.from("one "));
    const done = await oss.append("log", Buffer.from("two"), { position: 4 });
    assert.equal(Number(done.nextAppendPosition), 7);
    assert.equal((await oss.get("log")).content.toString(), "one two");
    await oss.delete("log");
  });

  test(`${version}: tags, ACL and symbolic links are kept`, async () => {
    await oss.put("a", Buffer.from("a"));
    await oss.putObjectTagging("a", { one: "1", two: "2 + 3" });
    assert.deepEqual((await oss.getObjectTagging("a")).tag, { one: "1", two: "2 + 3" });
    await oss.deleteObjectTagging("a");
    await oss.putACL("a", "public-read");
    assert.equal((await oss.getACL("a")).acl, "public-read");
    await oss.putSymlink("link", "a", {});
    assert.equal((await oss.getSymlink("link")).targetName, "a");
    assert.equal((await oss.get("link")).content.toString(), "a");
  });

  test(`${version}: a wrong secret is SignatureDoesNotMatch`, async () => {
    const forger = client({ authorizationV4: version === "V4", accessKeySecret: "wrong" });
    await assert.rejects(forger.get("a"), { code: "SignatureDoesNotMatch", status: 403 });
  });

  test(`${version}: a temporary key works with its token`, async () => {
    assert.ok(OSS_CONFORMANCE_TOKEN, "the emulator was started without a temporary key");
    const [accessKeyId, accessKeySecret, stsToken] = OSS_CONFORMANCE_TOKEN.split(" ");
    const credentials = { accessKeyId, accessKeySecret, refreshSTSToken: async () => ({ accessKeyId, accessKeySecret, stsToken }) };
    const holder = client({ authorizationV4: version === "V4", stsToken, ...credentials });
    await holder.put("sts", Buffer.from("sts"));
    assert.equal((await holder.get("sts")).content.toString(), "sts");
  });
}

test("V1: a signed URL gets and puts", async () => {
  const oss = client({ authorizationV4: false, ...BY_PATH });
  for (const key of KEYS) {
    const put = await fetch(oss.signatureUrl(key, { method: "PUT", "Content-Type": "text/x" }), {
      method: "PUT",
      body: "signed",
      headers: { "Content-Type": "text/x" },
    });
    assert.equal(put.status, 200, `${key}: ${await put.text()}`);
    assert.equal(await (await fetch(oss.signatureUrl(key))).text(), "signed");
  }
});

test("V4: a signed URL gets and puts", async () => {
  const oss = client(BY_PATH);
  for (const key of KEYS) {
    const url = await oss.signatureUrlV4("PUT", 60, { headers: { "Content-Type": "text/x" } }, key, []);
    const put = await fetch(url, { method: "PUT", body: "signed", headers: { "Content-Type": "text/x" } });
    assert.equal(put.status, 200, `${key}: ${await put.text()}`);
    const got = await fetch(await oss.signatureUrlV4("GET", 60, {}, key, []));
    assert.equal(await got.text(), "signed");
  }
});

async function main() {
  await client({ bucket: undefined }).putBucket(BUCKET);
  let failed = 0;
  for (const [sentence, proof] of cases) {
    try {
      await proof();
      console.log(`  ok    ${sentence}`);
    } catch (error) {
      failed += 1;
      const where = /suite\.cjs:\d+/.exec(error.stack ?? "")?.[0] ?? "";
      console.log(`  FAIL  ${sentence}\n        ${String(error.message).replaceAll("\n", "\n        ")} (${where})`);
    }
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
