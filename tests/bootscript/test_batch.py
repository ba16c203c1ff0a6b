"""What asks IMDS without a token in batch files."""

from __future__ import annotations

import pytest

from iac_imds_lint.script import Language
from tests.bootscript.growth import Make, grows
from tests.bootscript.looking import asked, found, looked

URL = "http://169.254.169.254/latest"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("curl", f"curl -s {URL}/user-data -o x.txt", "latest/user-data"),
        ("with its suffix and path", f"C:\\Windows\\System32\\curl.exe {URL}/user-data", "latest/user-data"),
        ("in a loop", f"for /f %%i in ('curl -s {URL}/user-data') do set ID=%%i", "latest/user-data"),
        ("behind another", f"cd \\ && curl {URL}/user-data", "latest/user-data"),
        ("in another shell", f"cmd /c curl {URL}/user-data", "latest/user-data"),
        ("a base in a variable", f"set B={URL}\r\ncurl -s %B%/user-data", "latest/user-data"),
        ("a base in quotes", f'set "B={URL}"\r\ncurl -s "%B%/user-data"', "latest/user-data"),
        ("a key that is not known", f"curl {URL}/meta-data/%1", "latest/meta-data"),
        ("lines that go on", f"curl ^\r\n -s ^\r\n {URL}/user-data", "latest/user-data"),
        ("certutil", f"certutil -urlcache -split -f {URL}/user-data x", "latest/user-data"),
        ("bitsadmin", f"bitsadmin /transfer job {URL}/user-data C:\\x", "latest/user-data"),
        ("PowerShell", f'powershell -Command "irm {URL}/user-data | Out-File x"', "PowerShell: latest/user-data"),
        ("PowerShell, more of it", f'powershell.exe -ExecutionPolicy Bypass -NoProfile -Command "irm {URL}/user-data"', "PowerShell: latest/user-data"),
        ("PowerShell, quotes in it", f'powershell -c "$x = irm \\"{URL}/user-data\\""', "PowerShell: latest/user-data"),
        ("PowerShell, a block", f'powershell -c "& {{ irm {URL}/user-data }}"', "PowerShell: latest/user-data"),
        ("PowerShell, no quotes", f"powershell.exe -Command Invoke-RestMethod -Uri {URL}/user-data", "PowerShell: latest/user-data"),
    ],
)  # fmt: skip
def test_what_asks_without_a_token(why: str, script: str, expected: str) -> None:
    assert asked(script, Language.BATCH) == [expected], why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("the header", f'curl -H "X-aws-ec2-metadata-token: %T%" {URL}/user-data'),
        ("the header in a variable", f'set H=X-aws-ec2-metadata-token: %T%\r\ncurl -H "%H%" {URL}/user-data'),
        ("the token is requested", f'curl -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" {URL}/api/token'),
        ("version 2, and 1 where that fails", f'curl -f -H "X-aws-ec2-metadata-token: %T%" {URL}/x || curl {URL}/x'),
        ("PowerShell with the header", f"powershell -c \"irm {URL}/user-data -Headers @{{'X-aws-ec2-metadata-token'=$t}}\""),
        ("a comment", f"rem curl {URL}/user-data"),
        ("a label as a comment", f":: curl {URL}/user-data"),
        ("what is shown", f"echo curl {URL}/user-data"),
        ("what is shown of PowerShell", f'@echo powershell -c "irm {URL}/user-data"'),
        ("no proxy for it", "set NO_PROXY=169.254.169.254"),
        ("what is fetched through no proxy for it", "curl --noproxy 169.254.169.254 http://example.com"),
        ("no request: a route", "route add 169.254.169.254 mask 255.255.255.255 10.0.0.1"),
        ("no request: a ping", "ping -n 1 169.254.169.254"),
        ("Azure", 'curl -H "Metadata: true" http://169.254.169.254/metadata/instance'),
        ("a script by its name", f'powershell -File "C:\\get.ps1" -Url {URL}'),
        ("the credentials of ECS", "curl http://169.254.170.2/v2/metadata & rem 169.254.169.254"),
    ],
)  # fmt: skip
def test_what_asks_with_a_token_or_nobody(why: str, script: str) -> None:
    assert asked(script, Language.BATCH) == [], why


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"for /f %%i in ('curl -s {URL}/user-data') do set I=%%i", f"curl -s {URL}/user-data"),
        (f"curl {URL}/user-data & echo done", f"curl {URL}/user-data"),
        (f"call C:\\bin\\curl.exe {URL}/user-data\r\necho", f"C:\\bin\\curl.exe {URL}/user-data"),
    ],
)
def test_a_call_is_the_whole_command(script: str, expected: str) -> None:
    assert [one[:2] for one in found(script, Language.BATCH)] == [(expected, "curl")]


def test_what_powershell_sees_stands_where_it_is_written() -> None:
    script = f'@echo off\r\npowershell -c "irm \\"{URL}/user-data\\" | Out-File x"'
    (inner,) = looked(script, Language.BATCH).parts
    assert inner.text.content == f'irm "{URL}/user-data" | Out-File x'
    at = inner.text.content.index(" | Out")
    splice = inner.text.splice(at, at, ' -Headers @{"a" = 1}')
    assert splice is not None
    assert script[: splice.span.start].endswith('user-data\\"')
    assert splice.content == ' -Headers @{\\"a\\" = 1}'


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("one long line", lambda n: f"powershell {URL} " * n, 1_000),
        ("quotes that nothing ends", lambda n: f'powershell "{URL} \\"' * n, 1_000),
        ("carets", lambda n: "^" * n, 50_000),
        ("many calls", lambda n: f"curl {URL}/user-data\r\n" * n, 500),
        ("doubled names", lambda n: "set a=%a%%a%\r\n" * n + "curl %a%", 1_000),
        ("no text", lambda n: "\0\1" * n, 20_000),
        ("blanks", lambda n: " " * n, 20_000),
        ("braces that nothing ends", lambda n: f"powershell {URL} {{" * n, 500),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(lambda script: looked(f"rem {URL}\n{script}", Language.BATCH), make, size), why
