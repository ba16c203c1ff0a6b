"""PowerShell scripts before and after they ask with a token."""

from __future__ import annotations

import pytest

from iac_imds_lint.bootscript import languages
from iac_imds_lint.bootscript.rewrite import rewritten
from iac_imds_lint.edit import Refusal, apply
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Language, Part
from iac_imds_lint.source import SourceFile
from tests.bootscript.growth import grows
from tests.bootscript.looking import looked, part_of

URL = "http://169.254.169.254/latest"
TTL = '@{"X-aws-ec2-metadata-token-ttl-seconds" = "21600"}'
PUT = f"$token = Invoke-RestMethod -Method PUT -Uri {URL}/api/token -Headers {TTL}"
SENT = '-Headers @{"X-aws-ec2-metadata-token" = $token}'
LITERAL = SENT.replace('"', "'")


def rewrite(part: Part, calls: tuple[Call, ...]) -> Rewritten:
    done = rewritten(part, calls)
    assert not isinstance(done, Refusal), done
    return done


def after(text: str) -> tuple[str, list[str]]:
    done = rewrite(part_of(text, Language.POWERSHELL), looked(text, Language.POWERSHELL).calls)
    return apply(SourceFile("script", text, bom=False), done.edits).text, [step.message for step in done.by_hand]


@pytest.mark.parametrize(
    ("why", "before", "expected"),
    [
        ("one call", f"$id = irm {URL}/x\n", f"{PUT}\n$id = irm {URL}/x {SENT}\n"),
        (
            "two calls, one token",
            f'$a = irm "{URL}/a"\n$b = (iwr -Uri "{URL}/b" -UseBasicParsing).Content\n',
            f'{PUT}\n$a = irm "{URL}/a" {SENT}\n$b = (iwr -Uri "{URL}/b" -UseBasicParsing {SENT}).Content\n',
        ),
        (
            "before the first use, behind what does not need it",
            f"Set-Location C:\\\n$a = irm {URL}/a | Out-String\n",
            f"Set-Location C:\\\n{PUT}\n$a = irm {URL}/a {SENT} | Out-String\n",
        ),
        ("the quotes of the script", f"$a = irm '{URL}/a'\n", f"{PUT}\n$a = irm '{URL}/a' {SENT}\n".replace('"', "'")),
        ("a URL in a variable", f'$u = "{URL}"\n$a = irm "$u/a"', f'$u = "{URL}"\n{PUT}\n$a = irm "$u/a" {SENT}'),
        ("the other end of line", f"cd \\\r\nirm {URL}/a\r\n", f"cd \\\r\n{PUT}\r\nirm {URL}/a {SENT}\r\n"),
        ("an indented script", f"  irm {URL}/a\n", f"  {PUT}\n  irm {URL}/a {SENT}\n"),
        ("all on one line", f"cd \\; irm {URL}/a", f"cd \\; {PUT}; irm {URL}/a {SENT}"),
        ("in a string", f'$x = "a-$(irm {URL}/a)"\n', f'{PUT}\n$x = "a-$(irm {URL}/a {SENT})"\n'),
        ("lines that go on", f"$a = irm `\n  -Uri {URL}/a", f"{PUT}\n$a = irm `\n  -Uri {URL}/a {SENT}"),
        ("a pipe over lines", f"1 |\n  % {{ irm {URL}/a }}", f"1 |\n  % {{ {PUT}; irm {URL}/a {SENT} }}"),
        (
            "in a loop that waits for it",
            f"while (!$id) {{\n  sleep 3\n  $id = irm {URL}/a\n}}",
            f"while (!$id) {{\n  sleep 3\n  {PUT}\n  $id = irm {URL}/a {SENT}\n}}",
        ),
        (
            "in a try, where what fails is caught",
            f"try {{\n  $id = irm {URL}/a -TimeoutSec 2 -ErrorAction Stop\n}} catch {{ exit }}",
            f"try {{\n  {PUT} -TimeoutSec 2 -ErrorAction Stop\n  $id = irm {URL}/a -TimeoutSec 2 -ErrorAction Stop {SENT}\n}} catch {{ exit }}",
        ),
        (
            "in both branches",
            f"if ($x) {{\n  irm {URL}/a\n}}\nelse {{\n  irm {URL}/b\n}}",
            f"{PUT}\nif ($x) {{\n  irm {URL}/a {SENT}\n}}\nelse {{\n  irm {URL}/b {SENT}\n}}",
        ),
        (
            "in a later branch",
            f"if ($x) {{\n  cd x\n}}\nelseif (irm {URL}/a) {{\n  cd y\n}}",
            f"{PUT}\nif ($x) {{\n  cd x\n}}\nelseif (irm {URL}/a {SENT}) {{\n  cd y\n}}",
        ),
        (
            "in a condition and its branch of a switch",
            f"switch ($x) {{\n  'a' {{ irm {URL}/a }}\n  'b' {{ irm {URL}/b }}\n}}",
            f"{PUT}\nswitch ($x) {{\n  'a' {{ irm {URL}/a {SENT} }}\n  'b' {{ irm {URL}/b {SENT} }}\n}}".replace('"', "'"),
        ),
        (
            "in a function",
            f"function F {{\n  param($k)\n  irm {URL}/$k\n}}\nF a",
            f"function F {{\n  param($k)\n  {PUT}\n  irm {URL}/$k {SENT}\n}}\nF a",
        ),
        (
            "in two functions",
            f"cd \\\nfunction F {{ irm {URL}/a }}\nfunction G {{ irm {URL}/b }}\nF",
            f"cd \\\n{PUT}\nfunction F {{ irm {URL}/a {SENT} }}\nfunction G {{ irm {URL}/b {SENT} }}\nF",
        ),
        (
            "a name that is taken",
            f"$token = 'x'\nirm {URL}/a",
            f"$token = 'x'\n{PUT}\nirm {URL}/a {SENT}".replace("$token = I", "$imdsToken = I").replace("$token}", "$imdsToken}").replace('"', "'"),
        ),
        ("by IPv6", "irm http://[fd00:ec2::254]/latest/a", f"{PUT}; irm {URL}/a {SENT}".replace("169.254.169.254", "[fd00:ec2::254]")),
        (
            "the real curl",
            f"curl.exe -s {URL}/a",
            f'{PUT}; curl.exe -H "X-aws-ec2-metadata-token: $token" -s {URL}/a',
        ),
        (
            "a job, which does not see the variables of the script, and the script",
            f'Start-Job -ScriptBlock {{ irm "{URL}/a" }}\nStart-Job {{ cd x }}\nirm "{URL}/b"',
            f'Start-Job -ScriptBlock {{ {PUT}; irm "{URL}/a" {SENT} }}\nStart-Job {{ cd x }}\n{PUT}\nirm "{URL}/b" {SENT}',
        ),
        (
            "a job after the script",
            f'irm "{URL}/b"\nStart-Job {{\n  irm "{URL}/a"\n  irm "{URL}/c"\n}}',
            f'{PUT}\nirm "{URL}/b" {SENT}\nStart-Job {{\n  {PUT}\n  irm "{URL}/a" {SENT}\n  irm "{URL}/c" {SENT}\n}}',
        ),
        (
            "another computer",
            f'irm "{URL}/b"\nInvoke-Command -ComputerName (gc x) {{ irm "{URL}/a" }}',
            f'{PUT}\nirm "{URL}/b" {SENT}\nInvoke-Command -ComputerName (gc x) {{ {PUT}; irm "{URL}/a" {SENT} }}',
        ),
        (
            "a loop at the same time",
            f'irm "{URL}/b"\n1..3 | ForEach-Object -Parallel {{ if (1) {{ irm "{URL}/a" }} }}',
            f'{PUT}\nirm "{URL}/b" {SENT}\n1..3 | ForEach-Object -Parallel {{ if (1) {{ {PUT}; irm "{URL}/a" {SENT} }} }}',
        ),
        (
            "a block for another PowerShell",
            f'irm "{URL}/b"\npowershell -Command {{ irm "{URL}/a" }}',
            f'{PUT}\nirm "{URL}/b" {SENT}\npowershell -Command {{ {PUT}; irm "{URL}/a" {SENT} }}',
        ),
        ("a call that is returned", f"function F() {{ return irm {URL}/a }}", f"function F() {{ {PUT}; return irm {URL}/a {SENT} }}"),
        ("a call by an operator", f"& curl.exe -s {URL}/a", f'{PUT}; & curl.exe -H "X-aws-ec2-metadata-token: $token" -s {URL}/a'),
        ("the alias", f"$a = (curl {URL}/a -UseBasicParsing).Content", f"{PUT}; $a = (curl {URL}/a -UseBasicParsing {SENT}).Content"),
    ],
)  # fmt: skip
def test_a_rewrite_that_is_certain(why: str, before: str, expected: str) -> None:
    assert after(before) == (expected, []), why


@pytest.mark.parametrize(
    ("why", "before", "expected"),
    [
        (
            "an object asks",
            f'(New-Object Net.WebClient).DownloadString("{URL}/a")',
            f'ask with a token (WebClient.DownloadString takes no headers in the call): write {PUT} before, and add ("X-aws-ec2-metadata-token", $token) to its Headers',
        ),
        (
            "it sends headers of its own",
            f'irm {URL}/a -Headers @{{"Accept" = "text/plain"}}',
            f"ask with a token (it sends headers of its own): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "its arguments are in a table",
            f'$p = @{{ Uri = "{URL}/a" }}\nirm @p',
            f"ask with a token (its arguments are in a table): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "the program or the alias",
            f"curl -s {URL}/a",
            f"ask with a token (curl may be the program or the alias): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "a function asks for it",
            f'function F($u) {{ irm $u }}\nF "{URL}/a"',
            f"ask with a token (it asks through F): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "arguments of a program, where a table is its text",
            f"powershell.exe -c irm {URL}/a",
            f"ask with a token (another command takes it as arguments): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "a default of a parameter",
            f"param($id = (irm {URL}/a))\ncd x",
            f"ask with a token (it stands in param): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
        (
            "what reads the status of the command before it",
            f"choco install x\n$all = $?, (irm {URL}/a)",
            f"ask with a token ($? tells of the command before it): write {PUT} before, and call Invoke-RestMethod with {SENT}",
        ),
    ],
)  # fmt: skip
def test_a_rewrite_that_is_not_certain_says_what_to_write(why: str, before: str, expected: str) -> None:
    text, steps = after(before)
    assert text == before, why
    assert set(steps) == {expected}, why


def test_what_is_certain_is_written_beside_what_is_not() -> None:
    text, steps = after(f'irm "{URL}/a"\n(New-Object Net.WebClient).DownloadString("{URL}/b")')
    assert text == f'{PUT}\nirm "{URL}/a" {SENT}\n(New-Object Net.WebClient).DownloadString("{URL}/b")'
    assert [step.partition(":")[0] for step in steps] == [
        "ask with a token (WebClient.DownloadString takes no headers in the call)"
    ]


def inner_rewrite(text: str) -> Rewritten:
    (inner,) = looked(text, Language.POWERSHELL).parts
    return rewrite(inner, languages.look(inner).calls)


def test_an_inner_script_is_written_as_its_string_wants_it() -> None:
    text = f'powershell -Command "irm {URL}/a | Out-File x"'
    done = inner_rewrite(text)
    put, sent = (one.replace('"', "'").replace("$", "`$") for one in (PUT, SENT))
    assert done.by_hand == ()
    written = apply(SourceFile("script", text, bom=False), done.edits).text
    assert written == f'powershell -Command "{put}; irm {URL}/a {sent} | Out-File x"'


def test_what_would_go_before_an_escape_is_told() -> None:
    done = inner_rewrite(f'powershell -Command "`$a = irm {URL}/a; echo `$a"')
    put = PUT.replace('"', "'")
    assert [step.message for step in done.by_hand] == [f"write {put} here"]


def test_a_program_gets_no_double_quotes_in_an_argument() -> None:
    text = f"for /f %%i in ('powershell -Command \"irm {URL}/a\"') do set ID=%%i\n"
    done, *_ = (rewrite(one, languages.look(one).calls) for one in looked(text, Language.BATCH).parts)
    put, sent = (one.replace('"', "'") for one in (PUT, SENT))
    written = apply(SourceFile("script", text, bom=False), done.edits).text
    assert written == text.replace(f"irm {URL}/a", f"{put}; irm {URL}/a {sent}")
    assert done.by_hand == ()


def test_a_header_that_would_lose_its_quotes_is_told() -> None:
    text = f'powershell -Command "curl.exe -s {URL}/a"\n'
    (inner,) = looked(text, Language.BATCH).parts
    done = rewrite(inner, languages.look(inner).calls)
    assert done.edits == ()
    assert [step.message.partition(": write ")[0] for step in done.by_hand] == [
        "ask with a token (a header in double quotes would lose them on the way)"
    ]


def test_twice_as_many_calls_are_rewritten_in_at_most_three_times_as_long() -> None:
    text, steps = after(f"irm {URL}/a\n" * 300)
    assert (text, steps) == (f"{PUT}\n" + f"irm {URL}/a {SENT}\n" * 300, [])
    assert not grows(after, lambda n: f"irm {URL}/a\n" * n, 100)


@pytest.mark.parametrize(
    ("why", "language", "script", "expected"),
    [
        (
            "requests",
            Language.PYTHON,
            f"x = requests.get('{URL}/a').text",
            'write token = requests.put("http://169.254.169.254/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "21600"}).text before, and headers={"X-aws-ec2-metadata-token": token} into this call',
        ),
        (
            "urllib",
            Language.PYTHON,
            f"x = urllib.request.urlopen('{URL}/a').read()",
            'write token = urllib.request.urlopen(urllib.request.Request("http://169.254.169.254/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "21600"})).read().decode() before, and urllib.request.urlopen(urllib.request.Request(url, headers={"X-aws-ec2-metadata-token": token})) here',
        ),
        (
            "boto 2",
            Language.PYTHON,
            "import boto.utils\nboto.utils.get_instance_metadata()",
            "boto 2 cannot request a token: use ec2_metadata of the package ec2-metadata 2.0 or newer",
        ),
        (
            "batch",
            Language.BATCH,
            f"curl {URL}/a",
            "write for /f %%t in ('curl -fsS -X PUT -H \"X-aws-ec2-metadata-token-ttl-seconds: 21600\" http://169.254.169.254/latest/api/token') do set TOKEN=%%t before, and -H \"X-aws-ec2-metadata-token: %TOKEN%\" after curl",
        ),
        (
            "Ruby",
            Language.OTHER,
            f"x = URI.open('{URL}/a').read",
            "request a token before, by PUT from http://169.254.169.254/latest/api/token with the header X-aws-ec2-metadata-token-ttl-seconds: 21600, and send it with URI.open in the header X-aws-ec2-metadata-token",
        ),
    ],
)  # fmt: skip
def test_other_languages_are_told_what_to_write(why: str, language: Language, script: str, expected: str) -> None:
    calls = looked(script, language).calls
    done = rewrite(part_of(script, language), calls)
    assert done.edits == (), why
    assert [(step.message, step.span.start) for step in done.by_hand] == [(expected, calls[0].start)], why
