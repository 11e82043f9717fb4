"""Upload callbacks: delivery to an application server, its signature, and what the uploader is told."""

import base64
import http.server
import json
import threading
import urllib.parse
import urllib.request
from types import SimpleNamespace

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.presigner import _presign_kwargs
from Crypto.Hash import MD5
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from harness import case, equal, holds, refused
from stage import client, crc, md5_hex, send

RESPONSE = b'{"kept": "byte for byte",  "n": 1}'


class Application:
    """A server on loopback that notes each request and responds as told."""

    def __init__(self, status=200, body=RESPONSE, length=True):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            """Responds to POST."""

            def do_POST(self):  # pylint: disable=invalid-name
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                requests.append(SimpleNamespace(target=self.path, headers=self.headers, body=content))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if length:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def encoded(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def callback(url, body="bucket=${bucket}&object=${object}", **more):
    return encoded({"callbackUrl": url, "callbackBody": body, **more})


def verify(request):
    """Checks the signature as the documentation of callbacks tells an application server to."""
    key_url = base64.b64decode(request.headers["x-oss-pub-key-url"]).decode()
    holds(urllib.parse.urlsplit(key_url).hostname in ("127.0.0.1", "localhost"), key_url)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(key_url) as response:
        key = RSA.import_key(response.read())
    path, mark, query = request.target.partition("?")
    signed = urllib.parse.unquote(path) + mark + query + "\n"
    signature = base64.b64decode(request.headers["authorization"])
    pkcs1_15.new(key).verify(MD5.new(signed.encode() + request.body), signature)


@case("a callback is posted as a form, signed, and its response becomes the upload's response")
def _(stage):
    with Application() as application:
        template = "b=${bucket}&o=${object}&e=${etag}&s=${size}&m=${mimeType}&v=${x:one}&h=${imageInfo.height}&w=${x:none}"
        got = stage.put(
            "dir/é & +", b"abc", content_type="text/x y",
            callback=callback(application.url + "/a%20b/c?q=1&r=%26", template),
            callback_var=encoded({"x:one": "first & é"}),
        )
        equal((got.status_code, got.headers["Content-Type"]), (200, "application/json"))
        equal((got.etag, got.hash_crc64), (f'"{md5_hex(b"abc")}"', crc(b"abc")))
        [request] = application.requests
        equal(request.target, "/a%20b/c?q=1&r=%26")
        equal(request.headers["Content-Type"], "application/x-www-form-urlencoded")
        form = urllib.parse.parse_qs(request.body.decode(), keep_blank_values=True)
        equal(form, {
            "b": [stage.bucket], "o": ["dir/é & +"], "e": [md5_hex(b"abc")], "s": ["3"], "m": ["text/x y"],
            "v": ["first & é"], "h": [""], "w": [""],
        })
        verify(request)
        equal(request.headers["Host"], application.url.removeprefix("http://"))
    holds(json.loads(RESPONSE).items() <= as_json(got.callback_result).items(), got.callback_result)


def as_json(result):
    return result if isinstance(result, dict) else json.loads(result)


@case("the response's body is the application's, byte for byte")
def _(stage):
    with Application() as application:
        got = stage.call("PutObject", "PUT", "a", headers={"x-oss-callback": callback(application.url)}, body=b"a")
        equal(got.http_response.content, RESPONSE)


@case("a JSON callback has its values as JSON values")
def _(stage):
    with Application() as application:
        stage.put(
            "q\"uote", b"abc", content_type="text/x",
            callback=callback(
                application.url,
                '{"bucket":${bucket},"object":${object},"size":${size},"mimeType":${mimeType},"mine":${x:mine}}',
                callbackBodyType="application/json",
            ),
            callback_var=encoded({"x:mine": "a\\b"}),
        )
        [request] = application.requests
        equal(request.headers["Content-Type"], "application/json")
        equal(json.loads(request.body), {
            "bucket": stage.bucket, "object": 'q"uote', "size": 3, "mimeType": "text/x", "mine": "a\\b",
        })
        verify(request)


@case("CompleteMultipartUpload calls back with the size of the whole object")
def _(stage):
    with Application() as application:
        upload = stage.initiate("a")
        part = stage.part("a", upload, 1, b"x" * 1000)
        got = stage.complete("a", upload, [part], callback=callback(application.url, "size=${size}&etag=${etag}"))
        equal(as_json(got.callback_result), json.loads(RESPONSE))
        [request] = application.requests
        equal(request.body.decode(), f"size=1000&etag={urllib.parse.quote(stage.head('a').etag.strip(chr(34)))}")
        equal((got.headers["ETag"], got.headers["x-oss-hash-crc64ecma"]), (stage.head("a").etag, crc(b"x" * 1000)))
        verify(request)


@case("callbackHost is the Host of the callback")
def _(stage):
    with Application() as application:
        stage.put("a", b"a", callback=callback(application.url, callbackHost="app.example.com"))
        equal(application.requests[0].headers["Host"], "app.example.com")


@case("several URLs are tried in order until one succeeds")
def _(stage):
    with Application(status=500) as broken, Application() as application:
        unreachable = "http://127.0.0.1:1"
        stage.put("a", b"a", callback=callback(f"{unreachable};{broken.url}/x;{application.url}/y;{broken.url}/z"))
        equal(([r.target for r in broken.requests], [r.target for r in application.requests]), (["/x"], ["/y"]))


@case("a callback that fails is 203 CallbackFailed, and the object is stored all the same")
def _(stage):
    def failed(url):
        header = {"x-oss-callback": callback(url)}
        got = stage.call("PutObject", "PUT", "a", headers=header, body=b"stored")
        equal((got.status_code, got.headers["x-oss-ec"]), (203, "0007-00000203"))
        document = got.http_response.content
        holds(b"<Code>CallbackFailed</Code>" in document and b"0007-00000203" in document, document)
        equal(stage.get("a").content, b"stored")
        stage.client.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key="a"))

    failed("http://127.0.0.1:1")
    for broken in ({"status": 404}, {"status": 302}, {"body": b"not JSON"}, {"body": b""}, {"length": False}):
        with Application(**broken) as application:
            failed(application.url)
            equal(len(application.requests), 1)


@case("a malformed callback is InvalidArgument, and nothing is stored")
def _(stage):
    url = "http://127.0.0.1:1"
    for headers in (
        {"x-oss-callback": "not base64"},
        {"x-oss-callback": base64.b64encode(b"not JSON").decode()},
        {"x-oss-callback": encoded(["a", "list"])},
        {"x-oss-callback": encoded({"callbackUrl": url})},
        {"x-oss-callback": encoded({"callbackUrl": url, "callbackBody": ""})},
        {"x-oss-callback": callback(url, callbackBodyType="text/plain")},
        {"x-oss-callback": callback(";".join([url] * 6))},
        {"x-oss-callback": callback("http://127.0.0.1:99999")},
        {"x-oss-callback": callback(url, "v=${}")},
        {"x-oss-callback": callback(url, "x" * 5_000)},
        {"x-oss-callback": callback(url), "x-oss-callback-var": encoded({"var1": "no prefix"})},
        {"x-oss-callback": callback(url), "x-oss-callback-var": encoded({"x:Upper": "case"})},
        {"x-oss-callback": callback(url), "x-oss-callback-var": encoded({"x:n": {"not": "a string"}})},
    ):
        text = " ".join(base64.b64decode(v).decode() if v.startswith("ey") else v for v in headers.values())[:100]
        try:
            stage.call("PutObject", "PUT", "a", headers=headers, body=b"a")
        except oss.exceptions.OperationError as error:
            equal((text, error.unwrap().status_code, error.unwrap().code), (text, 400, "InvalidArgument"))
        else:
            raise AssertionError(f"went through: {text}")
    with refused(404, "NoSuchKey"):
        stage.head("a")


@case("without a callbackUrl there is no callback")
def _(stage):
    for value in ({"callbackBody": "a=b"}, {"callbackUrl": "", "callbackBody": "a=b"}):
        got = stage.call("PutObject", "PUT", "a", headers={"x-oss-callback": encoded(value)}, body=b"a")
        equal((got.status_code, got.headers["Content-Length"]), (200, "0"))


@case("a callback may travel in a signed URL, but not in both places")
def _(stage):
    with Application() as application:
        value = callback(application.url, "size=${size}&mine=${x:mine}")
        mine = encoded({"x:mine": "yes"})
        for version in ("v1", "v4"):
            signed = client(signature_version=version)
            signer = signed._client  # The SDK's presign takes no extra parameters; its inner client does.
            operation = oss.OperationInput(
                op_name="PutObject", method="PUT", bucket=stage.bucket, key="a",
                parameters={"callback": value, "callback-var": mine},
            )
            url = signer.invoke_operation(operation, **_presign_kwargs).http_response.request.url
            response = send("PUT", url, body=b"12345")
            equal((version, response.status, response.body), (version, 200, RESPONSE))
            equal(application.requests.pop().body, b"size=5&mine=yes")
        with refused(400, "InvalidArgument"):
            headers, parameters = {"x-oss-callback": value}, {"callback": value}
            stage.call("PutObject", "PUT", "a", headers=headers, parameters=parameters, body=b"a")


@case("the custom headers of the upload are not passed on to the application")
def _(stage):
    with Application() as application:
        stage.put("a", b"a", metadata={"secret": "s"}, callback=callback(application.url))
        holds(not [name for name in application.requests[0].headers if name.lower().startswith("x-oss-meta")], "passed on")
        holds(application.requests[0].headers["Content-Length"] == str(len(application.requests[0].body)), "length")
        equal(application.requests[0].body.decode(), f"bucket={stage.bucket}&object=a")
