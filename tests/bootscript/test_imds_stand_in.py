"""The stand-in for IMDS refuses what IMDS refuses."""

from __future__ import annotations

import http.client

import pytest

from tests.bootscript.imds_stand_in import TOKEN, TTL, Imds, imds

BASE = "http://169.254.169.254"
ID = f"{BASE}/latest/meta-data/instance-id"
VALID = "(a valid one)"


def asked(server: Imds, method: str, url: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, url, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize(
    ("why", "headers", "path", "status"),
    [
        ("the longest life", {TTL: "21600"}, "/latest/api/token", 200),
        ("the shortest life", {TTL: "1"}, "/latest/api/token", 200),
        ("the name in another case", {TTL.lower(): "60"}, "/latest/api/token", 200),
        ("longer than six hours", {TTL: "21601"}, "/latest/api/token", 400),
        ("no life", {TTL: "0"}, "/latest/api/token", 400),
        ("no number", {TTL: "6h"}, "/latest/api/token", 400),
        ("no header", {}, "/latest/api/token", 400),
        ("through a proxy", {TTL: "60", "X-Forwarded-For": "10.0.0.1"}, "/latest/api/token", 403),
        ("another version", {TTL: "60"}, "/2021-03-23/api/token", 404),
    ],
)
def test_a_token_is_given_out_as_imds_does(why: str, headers: dict[str, str], path: str, status: int) -> None:
    with imds(required=True) as server:
        assert asked(server, "PUT", f"{BASE}{path}", headers)[0] == status, why


@pytest.mark.parametrize(
    ("why", "required", "url", "token", "expected"),
    [
        ("no token, required", True, ID, None, 401),
        ("no token, optional", False, ID, None, 200),
        ("a token, required", True, ID, VALID, 200),
        ("a token, optional", False, ID, VALID, 200),
        ("an invalid token, required", True, ID, "x", 401),
        ("an invalid token, optional", False, ID, "x", 401),
        ("by IPv6", True, "http://[fd00:ec2::254]/latest/meta-data/mac", VALID, 200),
        ("by name", True, "http://instance-data/latest/meta-data/mac", VALID, 200),
        ("by date", True, f"{BASE}/2021-03-23/meta-data/mac", VALID, 200),
        ("nothing of the kind", True, f"{BASE}/latest/meta-data/moon", VALID, 404),
        ("another service", True, "http://169.254.170.2/v2/credentials", VALID, 502),
        ("the world", False, "http://example.com/latest/meta-data/mac", None, 502),
    ],
)
def test_metadata_is_told_as_imds_does(why: str, required: bool, url: str, token: str | None, expected: int) -> None:
    with imds(required) as server:
        given = asked(server, "PUT", f"{BASE}/latest/api/token", {TTL: "60"})[1] if token == VALID else token
        assert asked(server, "GET", url, {TOKEN: given} if given else {})[0] == expected, why
