"""Scripts that are rewritten inside of something else: units, crontabs, and scripts in other languages."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from iac_imds_lint import bootscript, texts
from iac_imds_lint.script import Script
from iac_imds_lint.source import SourceFile
from tests.bootscript.rewrites import Done, of_found

URL = "http://169.254.169.254/latest/meta-data"
REQUEST = 'TOKEN=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" "http://169.254.169.254/latest/api/token")'
SENT = '-H "X-aws-ec2-metadata-token: $TOKEN"'


def after(content: str) -> Done:
    """User data after its rewrite."""
    source = SourceFile("boot", content)
    return of_found(source, bootscript.read(Script(texts.whole(source), "user_data")).found)


def cloud_config(path: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"#cloud-config\nwrite_files:\n- path: {path}\n  content: |\n{body}"


def heredoc(path: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in ("#!/bin/sh", f"cat > {path} <<'E'", *lines, "E"))


def upstart(_: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in ("#upstart-job", "start on runlevel [2345]", *lines))


UNIT = "/etc/systemd/system/a.service"
IN_UNIT = f"{REQUEST}; curl {SENT} -s {URL}/a".replace("$", "$$")
IN_JOB = f"{REQUEST}; curl {SENT} -s {URL}"


@pytest.mark.parametrize("written", [cloud_config, heredoc])
@pytest.mark.parametrize(
    ("why", "path", "before", "expected"),
    [
        (
            "systemd takes one of two dollars",
            UNIT,
            ("[Service]", f"ExecStart=/bin/bash -c 'curl -s {URL}/a; echo $$HOME'"),
            ("[Service]", f"ExecStart=/bin/bash -c '{IN_UNIT}; echo $$HOME'"),
        ),
        (
            "each command of a unit is a process of its own",
            UNIT,
            ("[Service]", f"ExecStartPre=sh -c 'curl -s {URL}/a'", f"ExecStart=sh -c 'curl -s {URL}/a'"),
            ("[Service]", f"ExecStartPre=sh -c '{IN_UNIT}'", f"ExecStart=sh -c '{IN_UNIT}'"),
        ),
        (
            "each job of cron has a shell of its own",
            "/etc/cron.d/a",
            ("A=b", f"@daily root curl -s {URL}/a > /a", f"1 2 * * * root curl -s {URL}/b > /b-$(date +\\%s)"),
            ("A=b", f"@daily root {IN_JOB}/a > /a", f"1 2 * * * root {IN_JOB}/b > /b-$(date +\\%s)"),
        ),
    ],
)  # fmt: skip
def test_a_file_of_commands(
    written: Callable[..., str], why: str, path: str, before: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    done = after(written(path, *before))
    assert (done.text, done.by_hand, done.refused) == (written(path, *expected), (), ()), why


@pytest.mark.parametrize(
    ("why", "content", "reason"),
    [
        (
            "a unit has no shell",
            cloud_config(UNIT, "[Service]", f"ExecStart=/usr/bin/curl -so /id {URL}/a"),
            "systemd starts it without a shell: wrap it into /bin/sh -c '...', or into a script",
        ),
        (
            "neither has one that a script writes",
            heredoc(UNIT, "[Service]", f"ExecStartPre=-/usr/bin/curl -so /id {URL}/a"),
            "systemd starts it without a shell: wrap it into /bin/sh -c '...', or into a script",
        ),
        (
            "systemd knows no backslash before a dollar",
            cloud_config(UNIT, "[Service]", f'ExecStart=/bin/bash -c "curl -so /id {URL}/a"'),
            "what runs is not written here as it runs",
        ),
        (
            "exec stands before all of a command of upstart",
            upstart("", f"exec curl -so /id {URL}/a"),
            "upstart starts it without a shell: wrap it into /bin/sh -c '...', or into a script",
        ),
    ],
)  # fmt: skip
def test_a_command_without_a_shell_is_told(why: str, content: str, reason: str) -> None:
    done = after(content)
    assert (done.text, done.refused) == (content, ()), why
    assert [step.message.partition(": write ")[0] for step in done.by_hand] == [f"ask with a token ({reason})"], why


def test_a_script_of_upstart_is_one_of_a_shell() -> None:
    done = after(upstart("", "script", f"  curl -s {URL}/a", "end script"))
    assert done.text == upstart("", "script", f"  {REQUEST} || true; curl {SENT} -s {URL}/a", "end script")


def python(line: str) -> str:
    return f"#!/usr/bin/env python3\nimport os, subprocess\n{line}\n"


CALL = f"{REQUEST}; curl {SENT} -s {URL}/a"


@pytest.mark.parametrize(
    ("why", "line", "quote"),
    [
        ("double quotes", 'b = os.popen("@").read()', '"'),
        ("single quotes", "os.system('@ > /id')", "'"),
        ("a shell that is asked for", 'subprocess.check_output("@", shell=True)', '"'),
        ("a shell as the program", """subprocess.run(["bash", "-ec", '@'])""", "'"),
        ("a raw string", "os.system(r'@ | grep a.b')", "'"),
        ("a string of more lines", "os.system('''@''')", "'"),
        ("a variable", 'COMMAND = "@"\nos.system(COMMAND)', '"'),
    ],
)  # fmt: skip
def test_a_command_in_python_is_still_python(why: str, line: str, quote: str) -> None:
    before, expected = (
        python(line.replace("@", one)) for one in (f"curl -s {URL}/a", CALL.replace(quote, f"\\{quote}"))
    )
    done = after(before)
    assert (done.text, done.by_hand, done.refused) == (expected, (), ()), why
    assert strings(done.text) == [one.replace(f"curl -s {URL}/a", CALL) for one in strings(before)]


def test_a_command_in_a_string_of_more_lines() -> None:
    done = after(python(f'os.system("""\nset -e\n  curl -s {URL}/a\n""")'))
    request, sent = (one.replace('"', '\\"') for one in (REQUEST, SENT))
    assert done.text == python(f'os.system("""\nset -e\n  {request} || true\n  curl {sent} -s {URL}/a\n""")')
    assert strings(done.text) == [f"\nset -e\n  {REQUEST} || true\n  curl {SENT} -s {URL}/a\n"]


def strings(content: str) -> list[str]:
    """What the strings of Python mean that name IMDS."""
    every = (one.value for one in ast.walk(ast.parse(content)) if isinstance(one, ast.Constant))
    return [one for one in every if isinstance(one, str) and "169.254" in one]


NOT_HERE = "ask with a token (what runs is not written here as it runs)"
NO_SHELL = "ask with a token (@ starts it without a shell: wrap it into /bin/sh -c '...', or into a script)"


@pytest.mark.parametrize(
    ("why", "content", "told"),
    [
        ("what is formatted", python(f'os.system(f"curl -s {URL}/a > {{x}}")'), NOT_HERE),
        ("escapes", python(f'os.system("curl -s {URL}/a > \\x41")'), NOT_HERE),
        ("words", python(f'subprocess.check_output("curl -s {URL}/a".split())'), NO_SHELL.replace("@", "Python")),
        ("no shell", python(f'subprocess.run("curl -s {URL}/a")'), NO_SHELL.replace("@", "Python")),
        ("Ruby fills in what is in double quotes", f'#!/usr/bin/ruby\nsystem("curl -s {URL}/a")\n', NOT_HERE),
        ("so does Perl", f"#!/usr/bin/perl\nmy $x = `curl -s {URL}/a`;\n", NOT_HERE),
        (
            "arguments on Windows have no double quotes",
            f"<powershell>\nbash -c 'curl -s {URL}/a'\n</powershell>\n",
            "ask with a token (what is written in double quotes would lose them on the way)",
        ),
        ("Node", f"#!/usr/bin/node\nspawnSync('curl -s {URL}/a')\n", NO_SHELL.replace("@", "the script")),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_written_there_is_told(why: str, content: str, told: str) -> None:
    done = after(content)
    assert (done.text, done.refused) == (content, ()), why
    assert [step.message.partition(": write ")[0] for step in done.by_hand] == [told], why


def test_a_command_in_single_quotes_is_written_in_any_language() -> None:
    done = after(f"#!/usr/bin/perl\nsystem('curl -s {URL}/a > /id');\n")
    assert (done.text, done.by_hand) == (f"#!/usr/bin/perl\nsystem('{CALL} > /id');\n", ())


def test_a_raw_string_has_no_quotes_in_it() -> None:
    done = after(python(f'os.system(r"curl -s {URL}/a")'))
    request, sent = (one.replace(": ", ":").replace('"', "") for one in (REQUEST, SENT))
    assert done.text == python(f'os.system(r"{request}; curl {sent} -s {URL}/a")')
    assert done.by_hand == ()
