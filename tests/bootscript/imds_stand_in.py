"""A stand-in for the instance metadata service, for scripts that are run as they are.

It listens on the loopback interface as an HTTP proxy, which curl, wget and Python use where ``http_proxy`` says so: so
scripts ask for the addresses of IMDS, and nothing of them is changed. What it answers, and what it refuses, is what
the EC2 User Guide says ("Use the Instance Metadata Service to access instance metadata", "How Instance Metadata Service
Version 2 works").
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

HOSTS = ("169.254.169.254", "fd00:ec2::254", "instance-data")
TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"

DOCUMENT = {
    "accountId": "123456789012",
    "architecture": "x86_64",
    "availabilityZone": "eu-west-1b",
    "imageId": "ami-0123456789abcdef0",
    "instanceId": "i-0123456789abcdef0",
    "instanceType": "t3.micro",
    "privateIp": "10.0.1.23",
    "region": "eu-west-1",
}
_MAC = "06:12:34:56:78:9a"
_META_DATA = {
    "": "ami-id\nhostname\niam/\ninstance-id\n",
    "ami-id": DOCUMENT["imageId"],
    "hostname": "ip-10-0-1-23.eu-west-1.compute.internal",
    "iam/security-credentials/": "web-role",
    "iam/security-credentials/web-role": json.dumps({"Code": "Success", "AccessKeyId": "ASIAEXAMPLE", "Token": "x"}),
    "instance-id": DOCUMENT["instanceId"],
    "instance-type": DOCUMENT["instanceType"],
    "local-hostname": "ip-10-0-1-23.eu-west-1.compute.internal",
    "local-ipv4": DOCUMENT["privateIp"],
    "mac": _MAC,
    "network/interfaces/macs/": f"{_MAC}/",
    f"network/interfaces/macs/{_MAC}/vpc-id": "vpc-0123456789abcdef0",
    f"network/interfaces/macs/{_MAC}/subnet-id": "subnet-0123456789abcdef0",
    "placement/availability-zone": DOCUMENT["availabilityZone"],
    "placement/region": DOCUMENT["region"],
    "public-hostname": "ec2-203-0-113-7.eu-west-1.compute.amazonaws.com",
    "public-ipv4": "203.0.113.7",
    "spot/instance-action": '{"action": "terminate", "time": "2031-01-01T00:00:00Z"}',
    "tags/instance/": "Name\nRole",
    "tags/instance/Name": "web-1",
    "tags/instance/Role": "web",
}
ANSWERS = {
    **{f"meta-data/{path}": answer for path, answer in _META_DATA.items()},
    "dynamic/instance-identity/document": json.dumps(DOCUMENT, indent=2),
    "dynamic/instance-identity/pkcs7": "MIAGCSqGSIb3DQ",
    "user-data": "#!/bin/bash\necho from user data\n",
}
# What answers 404 so many times before it is there.
LATE = {"meta-data/spot/instance-action": 2, "meta-data/tags/instance/Role": 2}
_VERSIONS = ("latest", "1.0", "2009-04-04", "2016-09-02", "2021-03-23")


class Request(NamedTuple):
    """What was asked, and the status of the answer."""

    method: str
    url: str
    status: int


class Imds(ThreadingHTTPServer):
    """The service in the mode ``required`` or not, on a free port."""

    daemon_threads = True

    def __init__(self, required: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.required = required
        self.tokens: set[str] = set()
        self.requests: list[Request] = []
        self.asked: Counter[str] = Counter()

    @property
    def proxy(self) -> str:
        """The address for ``http_proxy``."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def token_requests(self) -> int:
        """How many times a token was given out."""
        return sum(one.method == "PUT" and one.status == 200 for one in self.requests)


@contextlib.contextmanager
def imds(required: bool) -> Iterator[Imds]:
    """The service, for as long as it is needed."""
    with Imds(required) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Imds

    def do_PUT(self) -> None:
        """A request for a token."""
        host, path = self._asked()
        ttl = self.headers.get(TTL, "")
        if host not in HOSTS:
            self._answer(502)
        elif path != "/latest/api/token":
            self._answer(404)
        elif "X-Forwarded-For" in self.headers:
            self._answer(403)
        elif not (ttl.isascii() and ttl.isdigit() and 1 <= int(ttl) <= 21600):
            self._answer(400)
        else:
            token = secrets.token_urlsafe(40) + "=="
            self.server.tokens.add(token)
            self._answer(200, token)

    def do_HEAD(self) -> None:
        """A request for metadata that tells whether it is there."""
        self.do_GET()

    def do_GET(self) -> None:
        """A request for metadata."""
        host, path = self._asked()
        token = self.headers.get(TOKEN)
        if host not in HOSTS:
            self._answer(502)
        elif self.server.required if token is None else token not in self.server.tokens:
            self._answer(401)
        else:
            self._tell(path)

    def _tell(self, path: str) -> None:
        _, version, what = [*path.split("/", 2), "", ""][:3]
        answer = ANSWERS.get(what, ANSWERS.get(what.rstrip("/")))
        self.server.asked[what] += 1
        if version not in _VERSIONS or answer is None or self.server.asked[what] <= LATE.get(what, 0):
            self._answer(404)
        else:
            self._answer(200, answer)

    def _asked(self) -> tuple[str, str]:
        url = urlsplit(self.path)
        return (url.hostname or "", url.path) if url.scheme == "http" and url.port in (None, 80) else ("", "")

    def _answer(self, status: int, text: str | None = None) -> None:
        self.server.requests.append(Request(self.command, self.path, status))
        body = (f"<html><body>{status}</body></html>\n" if text is None else text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if text is None else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, *args: object) -> None:
        """Nothing is said: what was asked is kept."""
