"""What asks IMDS without a token in PowerShell."""

from __future__ import annotations

import pytest

from iac_imds_lint.script import Language
from tests.bootscript.growth import Make, grows
from tests.bootscript.looking import asked, found, looked, programs

URL = "http://169.254.169.254/latest"
HEADER = "'X-aws-ec2-metadata-token'"
TTL = "@{'X-aws-ec2-metadata-token-ttl-seconds' = '21600'}"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("a bare word", f"$id = Invoke-RestMethod -uri {URL}/meta-data/instance-id", ["latest/meta-data/instance-id"]),
        (
            "an alias, in quotes",
            f"(irm '{URL}/meta-data/ami-id' -UseBasicParsing).Content",
            ["latest/meta-data/ami-id"],
        ),
        ("small letters", f"invoke-webrequest {URL}/user-data", ["latest/user-data"]),
        ("capitals", f"IWR {URL}/user-data", ["latest/user-data"]),
        (
            "the alias curl",
            f"$z=(curl {URL}/meta-data/placement/availability-zone).Content",
            ["latest/meta-data/placement/availability-zone"],
        ),
        ("the real curl", f"curl.exe -s -o C:\\id.txt {URL}/meta-data/instance-id", ["latest/meta-data/instance-id"]),
        ("a base in a variable", f'$b="{URL}/meta-data"\niwr "$b/instance-id"', ["latest/meta-data/instance-id"]),
        ("a base in braces", f'$b="{URL}"\niwr "${{b}}/user-data"', ["latest/user-data"]),
        ("put together by +", f"$b='{URL}'\niwr ($b + '/user-data')", ["latest/user-data"]),
        ("put together by -f", f"irm ('{{0}}/{{1}}' -f '{URL}', 'user-data')", ["latest/user-data"]),
        ("a cast", f"[uri]$u = [uri]'{URL}/user-data'\nirm $u", ["latest/user-data"]),
        (
            "a base that is set further down",
            f"function F {{ irm $base/user-data }}\n$base = '{URL}'\nF",
            ["latest/user-data"],
        ),
        (
            "the host alone in a variable",
            "$h = '169.254.169.254'\nirm http://$h/latest/user-data",
            ["latest/user-data"],
        ),
        ("a parameter that is not known", f'function F($k) {{ irm "{URL}/meta-data/$k" }}', ["latest/meta-data"]),
        ("an unknown key of a loop", f"foreach ($k in 'a','b') {{ irm \"{URL}/meta-data/$k\" }}", ["latest/meta-data"]),
        ("a loop over URLs", f"foreach ($u in '{URL}/user-data','http://x/y') {{ irm $u }}", ["latest/user-data"]),
        ("a property of a table", f"$c = @{{ Base = '{URL}' }}\nirm \"$($c.Base)/user-data\"", ["latest/user-data"]),
        ("lines that go on", f"irm `\n  -Uri {URL}/user-data `\n  -TimeoutSec 3", ["latest/user-data"]),
        ("a splat", f"$p = @{{\n  Uri = '{URL}/user-data'\n  TimeoutSec = 5\n}}\nirm @p", ["latest/user-data"]),
        ("in a string that expands", f'$x = "a-$(irm {URL}/user-data)-b"', ["latest/user-data"]),
        ("in a pipe", f"irm {URL}/user-data | Out-File x", ["latest/user-data"]),
        ("behind another command", f"cd \\; irm {URL}/user-data", ["latest/user-data"]),
        ("WebClient", f"(New-Object System.Net.WebClient).DownloadString('{URL}/user-data')", ["latest/user-data"]),
        (
            "WebClient in a variable",
            f"$c = New-Object Net.WebClient\n$c.DownloadFile('{URL}/user-data', 'x')",
            ["latest/user-data"],
        ),
        (
            "WebRequest",
            f"$r = [System.Net.WebRequest]::Create('{URL}/user-data')\n$r.GetResponse()",
            ["latest/user-data"],
        ),
        (
            "HttpClient",
            f"$c = [System.Net.Http.HttpClient]::new()\n$c.GetStringAsync('{URL}/user-data').Result",
            ["latest/user-data"],
        ),
        ("BITS", f"Start-BitsTransfer -Source {URL}/user-data -Destination C:\\x", ["latest/user-data"]),
        ("IPv6", "irm http://[fd00:ec2::254]/latest/user-data", ["latest/user-data"]),
        ("the old name", "irm http://instance-data/latest/user-data", ["latest/user-data"]),
        ("an old version", "irm http://169.254.169.254/2009-04-04/user-data", ["2009-04-04/user-data"]),
        (
            "a function that hands on",
            f"function F($u) {{ irm -Uri $u }}\n$x = F '{URL}/user-data'",
            ["latest/user-data"],
        ),
        (
            "a header on the other call only",
            f"$h = @{{{HEADER} = $t}}\nirm {URL}/meta-data/a -Headers $h\nirm {URL}/meta-data/b",
            ["latest/meta-data/b"],
        ),
        (
            "a catch that only complains",
            f"try {{ irm {URL}/user-data }} catch {{ Write-Error 'no' }}",
            ["latest/user-data"],
        ),
        (
            "a token that is requested and not used",
            f"$t = irm -Method PUT {URL}/api/token -Headers {TTL}\nirm {URL}/user-data",
            ["latest/user-data"],
        ),
        ("after an item by a variable", f"$all = $a[$i..$n]\nirm {URL}/user-data", ["latest/user-data"]),
        (
            "another PowerShell",
            f'powershell -Command "irm {URL}/user-data | Out-File x"',
            ["PowerShell: latest/user-data"],
        ),
        (
            "a script that is written",
            f"@'\n$id = irm {URL}/user-data\n'@ | Out-File C:\\x.ps1",
            ["PowerShell: latest/user-data"],
        ),
        (
            "a script in a variable that is written",
            f'$s = @"\n`$id = irm {URL}/user-data\n"@\nSet-Content -Path y.ps1 -Value $s',
            ["PowerShell: latest/user-data"],
        ),
        (
            "Python that is written",
            f"@'\nimport urllib2\nurllib2.urlopen('{URL}/user-data')\n'@ | Out-File x.py",
            ["Python: latest/user-data"],
        ),
    ],
)  # fmt: skip
def test_what_asks_without_a_token(why: str, script: str, expected: list[str]) -> None:
    assert asked(script, Language.POWERSHELL) == expected, why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("the token is requested", f"$t = Invoke-RestMethod -Method PUT -Uri {URL}/api/token -Headers {TTL}"),
        ("the header in place", f'irm {URL}/user-data -Headers @{{"X-aws-ec2-metadata-token" = $t}}'),
        ("the header in small letters", f'irm {URL}/user-data -headers @{{"x-aws-ec2-metadata-token" = $t}}'),
        ("the parameter is cut short", f"irm {URL}/user-data -H @{{{HEADER} = $t}}"),
        ("headers in a variable", f"$h = @{{{HEADER} = $t}}\nirm {URL}/user-data -Headers $h"),
        ("headers that are added to", f"$h = @{{}}\n$h.Add({HEADER}, $t)\nirm {URL}/user-data -Headers $h"),
        ("headers that are set by key", f"$h = @{{}}\n$h[{HEADER}] = $t\nirm {URL}/user-data -Headers $h"),
        ("set by a key in a variable", f"$n = {HEADER}\n$h = @{{}}\n$h[$n] = $t\nirm {URL}/user-data -Headers $h"),
        ("the value of a key in a variable", f"$a[$i] = @{{{HEADER} = $t}}\nirm {URL}/user-data -Headers $a[$i]"),
        ("headers of headers", f"$a = @{{{HEADER} = $t}}\n$h = $a\nirm {URL}/user-data -Headers $h"),
        ("the header's name in a variable", f"$n = {HEADER}\nirm {URL}/user-data -Headers @{{$n = $t}}"),
        ("a splat with headers", f"$p = @{{\n  Uri = '{URL}/user-data'\n  Headers = @{{{HEADER} = $t}}\n}}\nirm @p"),
        (
            "WebClient with the header",
            f"$c = New-Object Net.WebClient\n$c.Headers.Add({HEADER}, $t)\n$c.DownloadString('{URL}/user-data')",
        ),
        (
            "WebRequest with the header",
            f"$r = [Net.WebRequest]::Create('{URL}/user-data')\n$r.Headers[{HEADER}] = $t\n$r.GetResponse()",
        ),
        (
            "HttpClient with the header",
            f"$c.DefaultRequestHeaders.Add({HEADER}, $t)\n$c.GetStringAsync('{URL}/user-data')",
        ),
        ("the real curl with the header", f'curl.exe -H "X-aws-ec2-metadata-token: $t" {URL}/user-data'),
        (
            "a function that hands on its headers",
            f"function F($u, $headers) {{ irm $u -Headers $headers }}\nF '{URL}/user-data' @{{{HEADER} = $t}}",
        ),
        (
            "version 2, and 1 where that fails",
            f"try {{ irm {URL}/user-data -Headers @{{{HEADER} = $t}} }} catch {{ irm {URL}/user-data }}",
        ),
        (
            "version 1 where there is no token",
            f"$t = irm -Method PUT {URL}/api/token -Headers {TTL}\nif (-not $t) {{ irm {URL}/user-data }}",
        ),
        (
            "either, by a token",
            f"if ($t) {{ irm -Headers @{{{HEADER}=$t}} {URL}/user-data }} else {{ irm {URL}/user-data }}",
        ),
        (
            "a function that is only fallen back upon",
            f"function One {{ irm {URL}/user-data }}\nfunction Two {{ irm {URL}/user-data -Headers @{{{HEADER}=$t}} }}\ntry {{ Two }} catch {{ One }}",
        ),
        ("a comment", f"# irm {URL}/user-data"),
        ("a comment of lines", f"<#\nirm {URL}/user-data\n#>"),
        ("a string that is shown", f"Write-Host 'irm {URL}/user-data'"),
        ("words that are shown", f"Write-Host curl {URL}/user-data"),
        ("a string that nobody requests", f"$u = '{URL}/user-data'\nSet-Content x.txt $u"),
        ("no proxy for it", "$env:NO_PROXY = '169.254.169.254'"),
        ("no request: a route", "route add 169.254.169.254 mask 255.255.255.255 10.0.0.1"),
        ("no request: a port", "Test-NetConnection 169.254.169.254 -Port 80"),
        ("what is sent through no proxy for it", "curl.exe --noproxy 169.254.169.254 https://example.com/x"),
        (
            "a header that says something of it",
            "irm https://example.com/x -Headers @{'From' = 'http://169.254.169.254/latest'}",
        ),
        ("the credentials of ECS", "irm http://169.254.170.2/v2/metadata # not 169.254.169.254"),
        (
            "Azure",
            'irm -Headers @{"Metadata"="true"} "http://169.254.169.254/metadata/instance?api-version=2021-02-01"',
        ),
        ("Google", "irm -Headers @{'Metadata-Flavor'='Google'} http://169.254.169.254/computeMetadata/v1/instance/id"),
        ("OpenStack", "irm http://169.254.169.254/openstack/latest/meta_data.json"),
        ("AWS's own cmdlet", "Get-EC2InstanceMetadata -Category InstanceId # 169.254.169.254"),
        ("a longer name", "irm http://instance-data.example.com/latest/user-data"),
        ("a file with the name of a script", f"Write-Output 'see {URL}/user-data' | Out-File notes.txt"),
    ],
)  # fmt: skip
def test_what_asks_with_a_token_or_nobody(why: str, script: str) -> None:
    assert asked(script, Language.POWERSHELL) == [], why
    assert looked(script, Language.POWERSHELL).unseen == (), why


def test_headers_that_are_not_known_are_said() -> None:
    unseen = looked(f"irm {URL}/user-data -Headers $h", Language.POWERSHELL).unseen
    assert [one.reason for one in unseen] == ["the headers in $h with which irm asks IMDS are not known"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"$id = irm {URL}/user-data | Out-File x", (f"irm {URL}/user-data", "irm", "latest/user-data", "")),
        (
            f"$x=(New-Object Net.WebClient).DownloadString('{URL}/user-data').Trim()",
            (
                f"(New-Object Net.WebClient).DownloadString('{URL}/user-data')",
                "WebClient.DownloadString",
                "latest/user-data",
                "",
            ),
        ),
        (
            f"function Get-It($u) {{ irm $u }}\nif (1) {{ Get-It {URL}/user-data }}",
            (f"Get-It {URL}/user-data", "irm", "latest/user-data", "through Get-It"),
        ),
    ],
)
def test_a_call_is_the_whole_command(script: str, expected: tuple[str, str, str, str]) -> None:
    assert found(script, Language.POWERSHELL) == [expected]


def test_a_call_in_an_inner_script_stands_where_it_is_written() -> None:
    script = f"powershell -Command \"`$x = irm '{URL}/user-data'; echo `$x\""
    (inner,) = looked(script, Language.POWERSHELL).parts
    at = inner.text.content.index("irm")
    span = inner.text.span(at, at + len(f"irm '{URL}/user-data'"))
    assert script[span.start : span.end] == f"irm '{URL}/user-data'"
    splice = inner.text.splice(at, at, '"$y" ')
    assert splice is not None
    assert splice.content == '`"`$y`" '


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("braces in braces", lambda n: "{" * n, 5_000),
        ("tables in tables", lambda n: "$a=@{a=" * n, 1_000),
        ("one value of many", lambda n: "$a=" * n, 1_500),
        ("strings in strings", lambda n: '"$(' * n, 3_000),
        ("one long sum", lambda n: f"$a = '{URL}'" + " + $a" * n, 2_000),
        ("a quote that nothing ends", lambda n: "'" + "x" * n, 50_000),
        ("many calls", lambda n: f"irm {URL}/user-data\n" * n, 500),
        ("many functions", lambda n: f"function F($u) {{ irm $u }}; F {URL}/user-data\n" * n, 200),
        ("no text", lambda n: "\0\1\2" * n, 10_000),
        ("names in braces that nothing ends", lambda n: "${a" * n, 5_000),
        ("the same in quotes", lambda n: '"' + "${a" * n, 5_000),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(lambda script: looked(f"# {URL}\n{script}", Language.POWERSHELL), make, size), why


SCHTASKS = "schtasks /create /tn x /sc onstart /tr "
ACTION = "$a = New-ScheduledTaskAction -Execute "


@pytest.mark.parametrize(
    ("why", "script", "calls"),
    [
        ("quoted for PowerShell", f'{SCHTASKS}"powershell -Command `"irm {URL}/user-data`""', ["irm"]),
        ("quoted for cmd", f'{SCHTASKS}"powershell -Command \\"irm {URL}/user-data\\""', ["irm"]),
        ("a program", f"{SCHTASKS}'curl.exe -s {URL}/user-data'", ["curl"]),
        ("an action", f"{ACTION}powershell -Argument '-Command \"irm {URL}/user-data\"'", ["irm"]),
        ("options", f"{ACTION}pwsh.exe -Argument '-NoProfile -c \"& {{ irm {URL}/user-data }}\"'", ["irm"]),
        ("a file in a variable", f"$s = 'C:\\x.ps1'\n'irm {URL}/user-data' | Out-File $s", ["irm"]),
        ("a file that is no script", f"$s = 'C:\\x.txt'\n'irm {URL}/user-data' | Out-File $s", []),
        ("with a token", f"{ACTION}pwsh -Argument '-c \"irm {URL}/x -Headers @{{\\\"X-aws-ec2-metadata-token\\\"=$t}}\"'", []),
        ("what a task is called", f"{SCHTASKS}notepad.exe /d 'see {URL}/user-data'", []),
    ],
)  # fmt: skip
def test_tasks_that_are_scheduled(why: str, script: str, calls: list[str]) -> None:
    assert programs(script, Language.POWERSHELL) == calls, why
