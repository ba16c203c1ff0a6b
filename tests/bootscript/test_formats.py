"""User data in all its formats: which parts it has, in which language, and where they stand."""

from __future__ import annotations

import base64
import gzip
import pickle
import re
from textwrap import dedent

import pytest

from iac_imds_lint import texts
from iac_imds_lint.bootscript import formats
from iac_imds_lint.script import Language, Part, Script, Unseen
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import Text
from tests.bootscript.growth import Make, grows


def written(content: str) -> Text:
    """A text as it stands in a file, with «reason» for what is not known."""
    pieces: list[Text] = []
    at = 0
    for unknown in re.finditer("«([^»]*)»", content):
        pieces.append(texts.placed(content[at : unknown.start()], Span("f", at, unknown.start())))
        pieces.append(texts.unknown(Span("f", *unknown.span()), unknown[1]))
        at = unknown.end()
    pieces.append(texts.placed(content[at:], Span("f", at, len(content))))
    return texts.joined(pieces)


def seen(content: str, language: Language | None = None, content_type: str = "") -> list[tuple[str, ...]]:
    """Each part as its language, name, content and place, each thing unseen as its reason and place."""
    source = SourceFile("f", content)
    found = formats.parts(Script(written(content), "user_data", language, content_type))
    return [_told(one, source) for one in found]


def _told(one: Part | Unseen, source: SourceFile) -> tuple[str, ...]:
    start = one.span.start if isinstance(one, Unseen) else one.text.span(0, 1).start
    place = "{}:{}".format(*source.position(start))
    if isinstance(one, Unseen):
        return ("unseen", one.reason, place)
    language = one.language.value + (", strict" if one.strict else "")
    return (language, one.what, one.text.content, place)


def b64(content: str | bytes) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


SHELL = [
    ("#!/bin/bash\ncurl x\n", "shell", "#!/bin/bash\ncurl x\n", "1:1", "as cloud-init wants it"),
    ("#!/bin/bash -ex\ncurl x\n", "shell, strict", "#!/bin/bash -ex\ncurl x\n", "1:1", "-e among other flags"),
    ("#!/bin/bash -x\ncurl x\n", "shell", "#!/bin/bash -x\ncurl x\n", "1:1", "-x stops nothing"),
    ("#!/bin/bash -o errexit\nid\n", "shell, strict", "#!/bin/bash -o errexit\nid\n", "1:1", "the long form of -e"),
    ("#!/usr/bin/env bash\nid\n", "shell", "#!/usr/bin/env bash\nid\n", "1:1", "env is looked through"),
    (
        "#!/usr/bin/env -S A=b bash -e\nid\n",
        "shell, strict",
        "#!/usr/bin/env -S A=b bash -e\nid\n",
        "1:1",
        "env with flags",
    ),
    ("#! /bin/sh\nid\n", "shell", "#! /bin/sh\nid\n", "1:1", "a blank after the mark"),
    ("#!/bin/dash\nid\n", "shell", "#!/bin/dash\nid\n", "1:1", "dash"),
    ("#!/usr/bin/ksh\nid\n", "shell", "#!/usr/bin/ksh\nid\n", "1:1", "ksh"),
    ("#!/usr/bin/zsh\nid\n", "shell", "#!/usr/bin/zsh\nid\n", "1:1", "zsh"),
    ("#!«var.shell has no value»\nid\n", "shell", "#!_unknown_\nid\n", "1:1", "what runs it is not known"),
    ("\n\n  #!/bin/bash\nid\n", "shell", "#!/bin/bash\nid\n", "3:3", "blanks of a heredoc before it"),
    ("\ufeff#!/bin/bash\nid\n", "shell", "#!/bin/bash\nid\n", "1:2", "a byte order mark"),
    ("#!/bin/bash\r\nid\r\nls", "shell", "#!/bin/bash\nid\nls", "1:1", "cloud-init takes carriage returns away"),
    ("curl x | sh\n", "shell", "curl x | sh\n", "1:1", "no beginning at all: what else would it be"),
    ("«local.header is not known»\ncurl x\n", "shell", "_unknown_\ncurl x\n", "1:1", "its beginning is not known"),
    ("[ -f /x ] && curl y\n", "shell", "[ -f /x ] && curl y\n", "1:1", "a test, no list of JSON"),
    ("#!/usr/bin/python3\nimport x\n", "Python", "#!/usr/bin/python3\nimport x\n", "1:1", "Python"),
    ("#!/usr/bin/env python3.11\nx\n", "Python", "#!/usr/bin/env python3.11\nx\n", "1:1", "a version of Python"),
    ("#!/usr/libexec/platform-python\nx\n", "Python", "#!/usr/libexec/platform-python\nx\n", "1:1", "Red Hat's Python"),
    ("#!/usr/bin/perl -w\nx\n", "another language", "#!/usr/bin/perl -w\nx\n", "1:1", "Perl"),
    ("#!/usr/bin/env ruby\nx\n", "another language", "#!/usr/bin/env ruby\nx\n", "1:1", "Ruby"),
    ("#!/usr/bin/env node\nx\n", "another language", "#!/usr/bin/env node\nx\n", "1:1", "Node"),
    ("#!/usr/bin/cloud-init\nx\n", "another language", "#!/usr/bin/cloud-init\nx\n", "1:1", "a program that reads it"),
    ("#!/usr/bin/env pwsh\nx\n", "PowerShell", "#!/usr/bin/env pwsh\nx\n", "1:1", "PowerShell on Linux"),
    ("#cloud-boothook\n#!/bin/sh -e\nid\n", "shell, strict", "#!/bin/sh -e\nid\n", "2:1", "a hook has a script"),
    ("#cloud-boothook\nid\n", "shell", "id\n", "2:1", "a hook without a shebang"),
    ("#cloud-boothook\n#!/usr/bin/python3\nx\n", "Python", "#!/usr/bin/python3\nx\n", "2:1", "a hook in Python"),
    (
        "#part-handler\ndef list_types(): ...\n",
        "Python",
        "#part-handler\ndef list_types(): ...\n",
        "1:1",
        "Python for cloud-init",
    ),
    ("## template: jinja\n#!/bin/sh\nid\n", "shell", "#!/bin/sh\nid\n", "2:1", "a template of a script"),
    ("#ps1_sysnative\nGet-Item x\n", "PowerShell", "Get-Item x\n", "2:1", "cloudbase-init's beginning"),
    (
        "Invoke-RestMethod http://x\n",
        "PowerShell",
        "Invoke-RestMethod http://x\n",
        "1:1",
        "PowerShell that lacks its tags",
    ),
    (
        "#!/bin/bash\ncat > x <<E\nMIME-Version: 1.0\nE\n",
        "shell",
        "#!/bin/bash\ncat > x <<E\nMIME-Version: 1.0\nE\n",
        "1:1",
        "a mail in a script is no message",
    ),
    (
        "#!/bin/bash\ncat > x <<E\nruncmd:\n- a\nE\n",
        "shell",
        "#!/bin/bash\ncat > x <<E\nruncmd:\n- a\nE\n",
        "1:1",
        "cloud-config in a script is none",
    ),
    ("{ set -e; date; }\n", "shell", "{ set -e; date; }\n", "1:1", "a group of commands is no JSON"),
    ("{{ .Setup }}\ndate\n", "shell", "{{ .Setup }}\ndate\n", "1:1", "a template of another program is no JSON"),
    (
        "#!/bin/bash\necho '\n<powershell>\n'\n",
        "shell",
        "#!/bin/bash\necho '\n<powershell>\n'\n",
        "1:1",
        "tags in a script are none",
    ),
    (b64("echo a\necho b\n"), "shell", "echo a\necho b\n", "1:1", "lines in base64"),
    (
        "## template: jinja\n#!/bin/sh\n{# why #}\nid\n",
        "shell",
        "#!/bin/sh\nid\n",
        "2:1",
        "a comment of Jinja takes its line along",
    ),
]


@pytest.mark.parametrize(("content", "language", "read", "place", "why"), SHELL, ids=[row[4] for row in SHELL])
def test_scripts(content: str, language: str, read: str, place: str, why: str) -> None:
    assert seen(content) == [(language, "user_data", read, place)], why


NOTHING = [
    ("", "nothing is in it"),
    (" \n\t\n", "blanks"),
    ("\ufeff", "a byte order mark alone"),
    ('{"cluster": "x"}', "JSON for some program of the image"),
    ('[settings.kubernetes]\ncluster-name = "x"\n', "Bottlerocket has settings and no scripts"),
    ('settings.motd = "curl"\n', "Bottlerocket's settings with dots"),
    ("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {}\n", "nodeadm's configuration"),
    ("---\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n", "the same after a marker of a document"),
    ("version: v1alpha1\nmachine:\n  type: worker\n", "Talos's configuration"),
    ("https://example.com/setup.sh\n", "an address: cloud-init fetches none that it is not told to include"),
    ("abcdefghijklmnopqrst\n", "a word that might be base64 of noise"),
    ("#cloud-config\npackages: [curl]\nusers: [default]\n", "cloud-config that runs nothing"),
    ("#cloud-config\n", "empty cloud-config"),
    ("#cloud-config\nruncmd: []\n", "no commands"),
    ("#cloud-config\nruncmd:\n  - # nothing\n", "a comment is null for YAML, which shellify passes over"),
    ("#cloud-config\nwrite_files:\n- path: /etc/app.conf\n  content: curl http://169.254.169.254/\n", "configuration that nothing runs"),
    ("#cloud-config\nwrite_files:\n- path: /etc/app.conf\n  permissions: '0644'\n  content: a\n", "permissions that let nobody execute it"),
    ("#cloud-config\nwrite_files:\n- path: /etc/sudoers.d/x\n  permissions: '0440'\n  content: ALL\n", "sudoers are no script"),
    ("#cloud-config\nwrite_files:\n- path: /etc/app.gz\n  encoding: gz+b64\n  content: H4sIAA==\n", "a compressed file that nothing runs"),
    ("#cloud-config\nwrite_files:\n- path: /etc/app.conf\n  content: «var.x has no value»\n", "an unknown file that nothing runs"),
    ("#cloud-config\nwrite_files:\n- path: /opt/a.sh\n  content: ''\n", "an empty script"),
    ("#cloud-config\npackages: «var.x has no value»\nruncmd: []\n", "what is not known is not run"),
    ("#cloud-config\npower_state:\n  mode: reboot\n  condition: true\n", "a condition that is no command"),
    ("#cloud-config\nphone_home: {url: 'http://x'}\nruncmd: ~\n", "null is no command"),
    ("#cloud-config\nwrite_files:\n- path: /etc/systemd/system/a.service\n  content: |\n    [Service]\n    Restart=always\n", "a unit without commands"),
    ("#cloud-config\nwrite_files:\n- path: /etc/cron.d/a\n  content: |\n    # 0 1 * * * root curl\n    MAILTO=root a b c d\n", "a crontab without jobs"),
    ("#cloud-config\nwrite_files:\n- path: /var/spool/cron/a\n  content: '@daily %in'\n", "a job that is only what it reads"),
    ("#cloud-config\nwrite_files:\n- path: /etc/systemd/a.service\n  content: |\n    [Service]\n    ExecStart=\n", "a unit that takes its commands back"),
    ("<powershellArguments>-Verb</powershellArguments>", "arguments without a script"),
    ("<persist>true</persist>", "a tag that runs nothing"),
    ("version: 1.0\ntasks:\n- task: setHostName\n  inputs: {hostName: x}\n", "a task without a script"),
    ("version: 1.0\ntasks:\n- task: writeFile\n  inputs:\n  - destination: C:\\a.txt\n    content: curl\n", "a file that is no script"),
    ('{"ignition": {"version": "3.0.0"}}', "Ignition that runs nothing"),
    ('{"a": {}, "systemd": {"units": [{"name": "a.service", "contents": "[Service]\\nExecStart=/bin/id\\n"}]}}', "JSON that is no Ignition"),
    (b64("a, b and c, and so on"), "base64 of what is no script, on one line"),
    ('{"ignition": {}, "storage": {"files": [{"path": "/etc/a", "mode": 420, "contents": {"source": "data:,x"}}]}}', "a file of Ignition that is no script"),
    ("MIME-Version: 1.0\nContent-Type: application/node.eks.aws\n\napiVersion: v1\n", "nodeadm's part"),
    ("MIME-Version: 1.0\nContent-Type: text/plain\n\nconfig system dns\nend\n", "plain text that no beginning tells cloud-init of"),
    ("MIME-Version: 1.0\nContent-Type: text/html\n\n<b>\n", "a part that cloud-init does not handle"),
    ("MIME-Version: 1.0\nContent-Type: application/octet-stream\n\nid\n", "bytes that cloud-init does not handle"),
    ("variant: fcos\nversion: 1.4.0\nsystemd:\n  units:\n  - name: a\n    enabled: true\n", "a unit that is only enabled"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "why"), NOTHING, ids=[row[1] for row in NOTHING])
def test_what_has_no_script(content: str, why: str) -> None:
    assert seen(content) == [], why


UNSEEN = [
    ("«var.script has no value»", "var.script has no value", "1:1"),
    ("  «var.script has no value»\n", "var.script has no value", "1:1"),
    ("#!/bin/sh\n\0\1\n", "it is binary", "1:1"),
    (b64(gzip.compress(b"#!/bin/sh\n", mtime=0)), "it is compressed with gzip, which is not read", "1:1"),
    ("#include\nhttps://x/a\n", "cloud-init includes https://x/a in user_data when the instance boots", "2:1"),
    ("#include-once https://x/a\n", "cloud-init includes https://x/a in user_data when the instance boots", "1:15"),
    ("#cloud-config-jsonp\n[]\n", "user_data is a JSON patch of cloud-config, which is not read", "1:1"),
    ("#cloud-config\nruncmd: «local.x is not known»\n", "local.x is not known", "2:9"),
    ("#cloud-config\nruncmd:\n- a: b\n", "runcmd 1 of user_data is a mapping for YAML ('a' is its key), and no command: it needs quotes", "3:3"),
    ("#cloud-config\nruncmd: [\n", "the cloud-config of user_data does not parse: ", "3:1"),
    ("#cloud-config\nruncmd:\n- a\n «x is not known»: c\n", "the cloud-config of user_data does not parse: ", "4:18"),
    ("#cloud-config\n«x is not known»\npackages: []\n", "x is not known", "2:1"),
    ("#cloud-config\nwrite_files:\n- path: /opt/a.sh\n  content: «x is not known»\n", "/opt/a.sh in write_files of user_data is not known: x is not known", "4:12"),
    ("#cloud-config\nwrite_files:\n- path: /opt/a\n  permissions: '0755'\n  encoding: b64\n  content: «x is not known»\n", "/opt/a: x is not known", "6:12"),
    ("#cloud-config\nwrite_files:\n- path: /opt/a.sh\n  encoding: gz+b64\n  content: H4sIAA==\n", "/opt/a.sh is compressed with gzip, which is not read", "5:12"),
    ("#cloud-config\nwrite_files:\n- path: /usr/bin/a\n  encoding: b64\n  content: AAAA\n", "/usr/bin/a: it is binary", "5:12"),
    ("#cloud-config\nwrite_files:\n- path: /opt/a.sh\n  source: {uri: 'https://x'}\n", "cloud-init fetches /opt/a.sh from https://x when the instance boots", "3:3"),
    ("#cloud-config\nwrite_files: «x is not known»\n", "x is not known", "2:14"),
    ("#cloud-config\nwrite_files:\n- «x is not known»\n", "x is not known", "3:3"),
    ("MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n«x is not known»\n", "x is not known", "4:1"),
    ("MIME-Version: 1.0\nContent-Type: text/plain\n\n«x is not known»\n", "x is not known", "4:1"),
    ("<powershell>\n«x is not known»\n</powershell>", "x is not known", "1:13"),
    ("MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--a\n", "its multipart has no boundary", "4:1"),
    ('MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--a\n', "no part begins with its boundary 'b'", "4:1"),
    ("MIME-Version: 1.0\nContent-Type: application/x-gzip\n\nxx\n", "part 1 (application/x-gzip) of user_data is compressed with gzip, which is not read", "4:1"),
    ("MIME-Version: 1.0\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n«x is not known»\n", "x is not known", "5:1"),
    ("MIME-Version: 1.0\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\nA\n", "it cannot be decoded: ", "5:1"),
    ('{"ignition": {"config": {"replace": {"source": "https://x/y"}}}}', "Ignition fetches its configuration from https://x/y when the instance boots", "1:37"),
    ('{"ignition": }', "the Ignition configuration of user_data does not parse: ", "1:14"),
    ('{"ignition": {}, "storage": {"files": [{"path": "/a.sh", "contents": {"compression": "gzip", "source": "data:,a"}}]}}', "/a.sh is compressed, which is not read", "1:70"),
    ('{"ignition": {}, "storage": {"files": [{"path": "/a.sh", "contents": {"source": "s3://x"}}]}}', "Ignition fetches /a.sh from s3://x when the instance boots", "1:81"),
    ("version: 1.0\ntasks:\n- task: [\n", "the EC2Launch configuration of user_data does not parse: ", "4:1"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "reason", "place"), UNSEEN, ids=[row[0][:40] for row in UNSEEN])
def test_what_cannot_be_seen_says_why(content: str, reason: str, place: str) -> None:
    ((kind, told, where),) = seen(content)
    assert (kind, told[: len(reason)], where) == ("unseen", reason, place)


def parts(content: str) -> list[tuple[str, str, str, str]]:
    """What :func:`seen` gives, of a text that is indented with the test."""
    return seen(dedent(content))  # type: ignore[return-value]


def test_commands_of_cloud_config_are_one_script_with_the_places_of_each() -> None:
    assert parts("""\
        #cloud-config
        runcmd:
          - url=http://169.254.169.254
          - "curl -s \\"$url/latest/meta-data\\""
          - [mkdir, -p, /opt/a b]
          -
          - [echo, "it's"]
          - |
            set -e
            id
        """) == [
        (
            "shell",
            "runcmd of user_data",
            (
                "url=http://169.254.169.254\ncurl -s \"$url/latest/meta-data\"\nmkdir -p '/opt/a b'\n"
                "echo 'it'\\''s'\nset -e\nid\n\n"
            ),
            "3:5",
        )
    ]


def test_each_place_of_a_joined_script_is_that_of_its_own_item() -> None:
    content = "#cloud-config\nruncmd:\n- id\n- 'it''s'\n- [curl, -s, http://x]\n- |\n  a\n  b\n"
    (part,) = formats.parts(Script(written(content), "user_data"))
    assert isinstance(part, Part)
    source = SourceFile("f", content)
    found = {
        word: (source.slice(part.text.span(at, at + len(word))), *source.position(part.text.span(at, at + 1).start))
        for word in ("id", "it's", "curl", "-s", "http://x", "a\nb")
        for at in [part.text.content.index(word)]
    }
    assert found == {
        "id": ("id", 3, 3),
        "it's": ("it''s", 4, 4),
        "curl": ("curl", 5, 4),
        "-s": ("-s", 5, 10),
        "http://x": ("http://x", 5, 14),
        "a\nb": ("a\n  b", 7, 3),
    }


def test_nothing_but_a_word_is_written_into_a_list_of_words() -> None:
    content = "#cloud-config\nruncmd:\n- [curl, -s, http://x]\n"
    (part,) = formats.parts(Script(written(content), "user_data"))
    assert isinstance(part, Part)
    assert part.text.content == "curl -s http://x\n"
    assert [part.text.splice(at, at, ' -H "a: b"') for at in (0, 4, 5, 16, 17)] == [None] * 5


def test_a_line_is_written_into_a_block_of_commands() -> None:
    content = "#cloud-config\nruncmd:\n- |\n  a\n  curl\n"
    (part,) = formats.parts(Script(written(content), "user_data"))
    assert isinstance(part, Part)
    splice = part.text.splice(2, 2, "t=1\n")
    assert splice is not None
    assert content[: splice.span.start] + splice.content + content[splice.span.end :] == (
        "#cloud-config\nruncmd:\n- |\n  a\n  t=1\n  curl\n"
    )


LISTS = [
    ("[sh, -c, 'id; ls']", "shell", "id; ls", "3:13", "a shell's script"),
    ("[bash, -ec, id]", "shell, strict", "id", "3:15", "flags together"),
    ("[/bin/bash, -e, -c, id]", "shell, strict", "id", "3:23", "flags apart, and a path"),
    ("[cloud-init-per, once, x, sh, -c, id]", "shell", "id", "3:37", "once per instance"),
    ("[sudo, -u, web, bash, -c, id]", "shell", "id", "3:29", "as another user"),
    ("[su, '-', web, -c, id]", "shell", "id", "3:22", "su takes a script"),
    ("[python3, -c, 'import x']", "Python", "import x", "3:18", "Python's script"),
    ("[busybox, sh, -c, id]", "shell", "id", "3:21", "a shell in a box"),
]


@pytest.mark.parametrize(("item", "language", "content", "place", "why"), LISTS, ids=[row[4] for row in LISTS])
def test_a_script_among_words_is_a_part(item: str, language: str, content: str, place: str, why: str) -> None:
    expected = [(language, "runcmd 1 of user_data", content, place)]
    assert seen(f"#cloud-config\nruncmd:\n- {item}\n") == expected, why


NO_SCRIPT_AMONG_WORDS = [
    ("[curl, -c, jar, x]", "curl -c jar x\n", "-c of no shell is no script"),
    ("[sh, a.sh, -c, x]", "sh a.sh -c x\n", "an argument of a script"),
    ("[bash, -c]", "bash -c\n", "there is no script"),
    ("[sh, --rcfile, x]", "sh --rcfile x\n", "another flag"),
]


@pytest.mark.parametrize(
    ("item", "content", "why"), NO_SCRIPT_AMONG_WORDS, ids=[row[2] for row in NO_SCRIPT_AMONG_WORDS]
)
def test_words_without_a_script_are_a_line(item: str, content: str, why: str) -> None:
    expected = [("shell", "runcmd of user_data", content, "3:4")]
    assert [(*part[:3], "3:4") for part in seen(f"#cloud-config\nruncmd:\n- {item}\n")] == expected, why


COMMANDS = [
    ("bootcmd:\n- id\n", ("shell", "bootcmd of user_data", "id\n", "3:3"), "bootcmd"),
    ("runcmd: |\n  id\n  ls\n", ("shell", "runcmd of user_data", "id\nls\n", "3:3"), "a text where cloud-init wants a list"),
    ("runcmd:\n- «x is not known»\n- id\n", ("shell", "runcmd of user_data", "_unknown_\nid\n", "3:3"), "an item that is not known"),
    ("power_state:\n  condition: curl x\n", ("shell", "power_state.condition of user_data", "curl x", "3:14"), "a condition"),
    ("power_state:\n  condition: [bash, -c, id]\n", ("shell", "power_state.condition of user_data", "id", "3:25"), "a condition of words"),
    ("snap:\n  commands:\n    00: snap install x\n", ("shell", "snap.commands of user_data", "snap install x\n", "4:9"), "commands in order of keys"),
    ("coreos:\n  units:\n  - name: a.service\n    content: |\n      [Service]\n      ExecStart=/bin/id\n", ("shell", "a.service in coreos.units of user_data", "/bin/id\n", "7:17"), "units of coreos-cloudinit"),
    ("runcmd: [&a id, *a]\n", ("shell", "runcmd of user_data", "id\nid\n", "2:13"), "an alias"),
    ("{runcmd: [id]}\n", ("shell", "runcmd of user_data", "id\n", "2:11"), "YAML in braces"),
    ('{"runcmd": ["a\\tb"]}\n', ("shell", "runcmd of user_data", "a\tb\n", "2:14"), "JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "why"), COMMANDS, ids=[row[2] for row in COMMANDS])
def test_commands_of_cloud_config(content: str, expected: tuple[str, ...], why: str) -> None:
    assert seen(f"#cloud-config\n{content}") == [expected], why


HEADS = [
    ("# cloud-config\nruncmd:\n- id\n", "3:3", "a blank that cloud-init does not take"),
    ("runcmd:\n- id\n", "2:3", "no header, as in a part with a content type"),
    ("\n\n#cloud-config\nruncmd:\n- id\n", "5:3", "blank lines before it"),
    ("«x is not known»\nruncmd:\n- id\n", "3:3", "a header that is not known"),
    ("## template: jinja\n#cloud-config\nruncmd:\n- id\n", "4:3", "a template of Jinja"),
    ("debug: true\nruncmd:\n- id\n", "3:3", "another key before"),
]


@pytest.mark.parametrize(("content", "place", "why"), HEADS, ids=[row[2] for row in HEADS])
def test_cloud_config_by_its_head(content: str, place: str, why: str) -> None:
    known = [part for part in seen(content) if part[0] != "unseen"]
    assert known == [("shell", "runcmd of user_data", "id\n", place)], why


def test_what_jinja_fills_in_is_not_known_and_both_branches_count() -> None:
    content = "## template: jinja\n#cloud-config\nruncmd:\n{% if x %}\n- curl {{ ds.url }}\n{% else %}\n- id {# no #}\n{% endif %}\n"
    (part,) = formats.parts(Script(written(content), "user_data"))
    assert isinstance(part, Part)
    assert part.text.content == "curl _unknown_\nid\n"
    assert part.text.unknown(0, 14) == "cloud-init fills in {{ ds.url }} when the instance boots"
    assert SourceFile("f", content).position(part.text.span(15, 17).start) == (7, 3)


FILES = [
    ("path: /opt/a\n  content: |\n    #!/bin/bash -e\n    id", ("shell, strict", "/opt/a", "#!/bin/bash -e\nid\n", "5:5"), "by its first line"),
    ("path: /opt/a\n  content: |\n    #!/usr/bin/python3\n    x", ("Python", "/opt/a", "#!/usr/bin/python3\nx\n", "5:5"), "Python by its first line"),
    ("path: /opt/a.sh\n  content: id", ("shell", "/opt/a.sh", "id", "4:12"), "by its name"),
    ("path: /opt/a.py\n  content: x", ("Python", "/opt/a.py", "x", "4:12"), "Python by its name"),
    ("path: C:\\a.ps1\n  content: x", ("PowerShell", "C:\\a.ps1", "x", "4:12"), "PowerShell by its name"),
    ("path: /opt/a\n  permissions: '0755'\n  content: id", ("shell", "/opt/a", "id", "5:12"), "by permissions in quotes"),
    ("path: /opt/a\n  permissions: 0755\n  content: id", ("shell", "/opt/a", "id", "5:12"), "by permissions in octal"),
    ("path: /opt/a\n  permissions: '0o700'\n  content: id", ("shell", "/opt/a", "id", "5:12"), "by permissions with a letter"),
    ("path: /etc/profile.d/a\n  content: id", ("shell", "/etc/profile.d/a", "id", "4:12"), "where a shell reads it"),
    ("path: /usr/local/bin/a\n  content: id", ("shell", "/usr/local/bin/a", "id", "4:12"), "where programs are"),
    ("path: /opt/a\n  content: id\nruncmd: ['bash /opt/a']", ("shell", "/opt/a", "id", "4:12"), "because a command hands it to a shell"),
    ("path: /opt/a\n  content: x\nruncmd: ['python3 -u /opt/a']", ("Python", "/opt/a", "x", "4:12"), "because a command hands it to Python"),
    ("path: /opt/a\n  content: id\nruncmd: ['. /opt/a && ls']", ("shell", "/opt/a", "id", "4:12"), "because a command sources it"),
    ("path: /opt/a\n  encoding: b64\n  content: " + b64("#!/bin/sh\nid\n"), ("shell", "/opt/a", "#!/bin/sh\nid\n", "5:12"), "in base64"),
    ("path: /opt/a\n  content: !!binary " + b64("#!/bin/sh\nid\n"), ("shell", "/opt/a", "#!/bin/sh\nid\n", "4:21"), "in YAML's base64"),
    ("path: /opt/a.sh\n  encoding: base64\n  content: " + b64(b"# caf\xe9\nid\n"), ("shell", "/opt/a.sh", "# caf\xe9\nid\n", "5:12"), "in Latin-1"),
    ("path: /etc/systemd/system/a.service\n  content: |\n    [Service]\n    Environment=A=1\n    ExecStartPre=-/bin/sh -c 'a=$$(curl x); date +%%s'\n    ExecStart=/bin/a \\\n      --flag", ("shell", "/etc/systemd/system/a.service", "/bin/sh -c 'a=$(curl x); date +%s'\n/bin/a    --flag\n", "7:19"), "commands of a unit"),
    ("path: /etc/cron.d/a\n  content: |\n    A=1\n    */5 * * * * root curl x; date +\\%s", ("shell", "/etc/cron.d/a", "curl x; date +%s", "6:22"), "a job of cron, with who runs it"),
    ("path: /etc/cron.d/a\n  content: |\n    @reboot root id%in", ("shell", "/etc/cron.d/a", "id", "5:18"), "what a job of cron reads"),
    ("path: /var/spool/cron/root\n  content: |\n    0 1 * * mon curl x", ("shell", "/var/spool/cron/root", "curl x", "5:17"), "a job of one user"),
    ("path: /opt/a.sh\n  append: true\n  owner: root\n  content: >\n    id\n    ls", ("shell", "/opt/a.sh", "id ls\n", "7:5"), "a folded block"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "expected", "why"), FILES, ids=[row[2] for row in FILES])
def test_files_that_are_scripts(file: str, expected: tuple[str, ...], why: str) -> None:
    language, path, content, place = expected
    found = [part for part in seen(f"#cloud-config\nwrite_files:\n- {file}\n") if not part[1].startswith("runcmd")]
    assert found == [(language, f"{path} in write_files of user_data", content, place)], why


MESSAGE = """\
Content-Type: multipart/mixed; boundary="==A=="
MIME-Version: 1.0

preamble
--==A==
Content-Type: text/x-shellscript; charset="us-ascii"
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="a.sh"

#!/bin/bash
id

--==A==
Content-Type: text/cloud-config

runcmd:
- ls
--==A==
Content-Type: text/cloud-boothook

#cloud-boothook
#!/bin/sh
w
--==A==--
epilogue
"""
SCRIPT = ("shell", "part 1 (text/x-shellscript) of user_data", "#!/bin/bash\nid\n", "10:1")
CONFIG = ("shell", "runcmd of part 2 (text/cloud-config) of user_data", "ls\n", "17:3")
HOOK = ("shell", "part 3 (text/cloud-boothook) of user_data", "#!/bin/sh\nw", "22:1")

MESSAGES = [
    (MESSAGE, [SCRIPT, CONFIG, HOOK], "as Amazon's guide has it"),
    (MESSAGE.replace("\n", "\r\n"), [SCRIPT, CONFIG, HOOK], "with carriage returns"),
    (MESSAGE.replace("--==A==--\n", "").replace("epilogue\n", ""), [SCRIPT, CONFIG, (*HOOK[:2], "#!/bin/sh\nw\n", "22:1")], "without its end"),
    (MESSAGE.replace("MIME-Version: 1.0\n", "X-Other: 1\n"), [SCRIPT, CONFIG, HOOK], "without a version"),
    (MESSAGE.replace("==A==", "«local.b is not known»"), [SCRIPT, CONFIG, HOOK], "with a boundary that is not known"),
    (MESSAGE.replace("mixed; ", "mixed;\n "), [(*part[:3], f"{int(part[3].split(':')[0]) + 1}:{part[3].split(':')[1]}") for part in (SCRIPT, CONFIG, HOOK)], "with a header on two lines"),
    (MESSAGE.replace('"==A=="', "==A=="), [SCRIPT, CONFIG, HOOK], "with a boundary without quotes"),
    (MESSAGE.replace("==A==", ""), [SCRIPT, CONFIG, HOOK], "with an empty boundary"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "why"), MESSAGES, ids=[row[2] for row in MESSAGES])
def test_parts_of_a_message(content: str, expected: list[tuple[str, ...]], why: str) -> None:
    assert seen(content) == expected, why


def part_of(headers: str, body: str) -> str:
    return f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n{headers}\n\n{body}\n--b--\n'


PARTS = [
    ("Content-Type: text/x-shellscript", "id", ("shell", "id", "7:1"), "a script without a shebang"),
    ("Content-Type: text/x-shellscript", "#cloud-config\nruncmd: [id]", ("shell", "id\n", "8:10"), "cloud-init looks what a script begins with"),
    ("Content-Type: text/plain", "#!/bin/sh", ("shell", "#!/bin/sh", "7:1"), "plain text is looked at"),
    ("X-Nothing: 1", "#!/bin/sh", ("shell", "#!/bin/sh", "7:1"), "and what has no type"),
    ("Content-Type: text/shellscript", "id", ("shell", "id", "7:1"), "a type that is meant"),
    ("Content-Type: TEXT/X-ShellScript", "id", ("shell", "id", "7:1"), "types are not told apart by case"),
    ("content-type: text/x-shellscript-per-boot", "#!/bin/sh", ("shell", "#!/bin/sh", "7:1"), "a script for each boot"),
    ("Content-Type: text/upstart-job", "script\n  id\nend script", ("shell, strict", "  id\n", "8:1"), "upstart runs scripts strictly"),
    ("Content-Type: text/upstart-job", "exec id", ("shell", "id", "7:6"), "upstart's command"),
    ("Content-Type: text/part-handler", "x = 1", ("Python", "x = 1", "7:1"), "a handler"),
    ("Content-Type: text/jinja2", "## template: jinja\n#!/bin/sh\nid", ("shell", "#!/bin/sh\nid", "8:1"), "a template"),
    ("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64", b64("#!/bin/sh\nid"), ("shell", "#!/bin/sh\nid", "8:1"), "base64"),
    ("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: Quoted-Printable", "#!/bin/sh\na=3D1 =\nb", ("shell", "#!/bin/sh\na=1 b", "8:1"), "quoted-printable"),
    ("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: quoted-printable", "#!/bin/sh", ("shell", "#!/bin/sh", "8:1"), "nothing is quoted"),
    ('Content-Type: multipart/mixed; boundary="c"', "--c\nContent-Type: text/x-shellscript\n\nid\n--c--", ("shell", "id", "10:1"), "a message in a message"),
    ("Content-Type: text/cloud-config-archive", "- type: text/cloud-boothook\n  content: id", ("shell", "id", "8:12"), "an archive"),
    ("Content-Type: text/plain", b64("#!/bin/sh\nid\n"), ("shell", "#!/bin/sh\nid\n", "7:1"), "base64 that no header tells"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "expected", "why"), PARTS, ids=[row[3] for row in PARTS])
def test_one_part_of_a_message(headers: str, body: str, expected: tuple[str, ...], why: str) -> None:
    ((language, _, content, place),) = seen(part_of(headers, body))
    assert (language, content, place) == expected, why


def test_scripts_know_which_files_are_written_beside_them() -> None:
    content = "#cloud-config\nwrite_files:\n- {path: /opt/a.sh, content: id}\n- {path: /etc/b.conf, content: x}\nruncmd: [/opt/a.sh]\n"
    found = formats.parts(Script(written(content), "user_data"))
    assert [(part.what, part.beside) for part in found if isinstance(part, Part)] == [
        ("runcmd of user_data", {"a.sh"}),
        ("/opt/a.sh in write_files of user_data", {"a.sh"}),
    ]


def test_what_a_text_is_base64_of_keeps_its_own_places() -> None:
    inner = texts.placed("#!/bin/sh\nid\n", Span("a.sh", 0, 13))
    outer = texts.joined(
        (
            texts.placed("#cloud-config\nwrite_files:\n- path: /a\n  encoding: b64\n  content: ", Span("f", 0, 66)),
            texts.encoded(b64(inner.content), Span("f", 66, 70), inner),
            texts.placed("\n", Span("f", 70, 71)),
        )
    )
    (part,) = formats.parts(Script(outer, "user_data"))
    assert isinstance(part, Part)
    assert (part.text.content, part.text.span(10, 12)) == ("#!/bin/sh\nid\n", Span("a.sh", 10, 12))


def test_a_part_of_base64_is_no_base64_of_what_the_whole_is() -> None:
    inner = texts.placed("#!/bin/sh\nid\n", Span("a.sh", 0, 13))
    whole = texts.encoded(b64(inner.content), Span("f", 0, 4), inner)
    assert whole.part(0, 16).pieces[0].encodes is None
    assert whole.part(0, 20).pieces[0].encodes is inner


def test_what_is_unknown_between_parts_is_not_seen() -> None:
    content = part_of("Content-Type: text/plain", "#!/bin/sh").replace(
        "\n\n--b", "\n\n«local.parts is not known»\n--b", 1
    )
    assert seen(content) == [
        ("unseen", "local.parts is not known", "4:1"),
        ("shell", "part 1 (text/plain) of user_data", "#!/bin/sh", "8:1"),
    ]


def test_an_archive_tells_what_its_items_are_or_they_tell_it() -> None:
    assert parts("""\
        #cloud-config-archive
        - "#!/bin/sh\\nid"
        - content: |
            runcmd: [ls]
        - type: text/x-shellscript
          content: w
        - |
          #include
          https://x
        """) == [
        ("shell", "item 1 of user_data", "#!/bin/sh\nid", "2:4"),
        ("shell", "runcmd of item 2 of user_data", "ls\n", "4:14"),
        ("shell", "text/x-shellscript item 3 of user_data", "w", "6:12"),
        ("unseen", "cloud-init includes https://x in item 4 of user_data when the instance boots", "9:3"),
    ]


WINDOWS = [
    ("<powershell>\nGet-Item x\n</powershell>\n<persist>true</persist>\n", [("PowerShell", "<powershell> of user_data", "\nGet-Item x\n", "1:13")], "a script that persists"),
    ("<script>\ndir\n</script>", [("batch", "<script> of user_data", "\ndir\n", "1:9")], "a batch"),
    ("<POWERSHELL>a</PowerShell>", [("PowerShell", "<powershell> of user_data", "a", "1:13")], "letters of any case"),
    ("<script>\na\n</script>\n<powershell>\nb\n</powershell>", [("batch", "<script> of user_data", "\na\n", "1:9"), ("PowerShell", "<powershell> of user_data", "\nb\n", "4:13")], "both"),
    ("<powershell>\necho '<script>x</script>'\n</powershell>", [("PowerShell", "<powershell> of user_data", "\necho '<script>x</script>'\n", "1:13")], "a tag in a script is none"),
    ("<powershell>\na\n", [("PowerShell", "<powershell> of user_data", "\na\n", "1:13")], "a tag that something unknown might close"),
    ("# setup\n  <powershell>a</powershell>", [("PowerShell", "<powershell> of user_data", "a", "2:15")], "what stands before the tag does not matter"),
    ("«x is not known»<powershell>a</powershell>", [("PowerShell", "<powershell> of user_data", "a", "1:29")], "something unknown before the tag"),
    ("<persist>true</persist><powershell>a</powershell>", [("PowerShell", "<powershell> of user_data", "a", "1:36")], "another tag first"),
    ("version: 1.1\ntasks:\n- task: executeScript\n  inputs:\n  - frequency: always\n    type: powershell\n    content: |-\n      a\n      b\n", [("PowerShell", "task 1 of user_data", "a\nb", "8:7")], "a task of EC2Launch v2"),
    ("version: 1.0\ntasks:\n- task: executeScript\n  inputs:\n    type: batch\n    content: dir\n", [("batch", "task 1 of user_data", "dir", "6:14")], "a task whose inputs are no list"),
    ("version: 1.0\ntasks:\n- task: writeFile\n  inputs:\n  - destination: C:\\a.ps1\n    content: x\n", [("PowerShell", "C:\\a.ps1 in task 1 of user_data", "x", "6:14")], "a script that is written"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "why"), WINDOWS, ids=[row[2] for row in WINDOWS])
def test_windows(content: str, expected: list[tuple[str, ...]], why: str) -> None:
    assert seen(content) == expected, why


OTHERS = [
    ('{"ignition": {}, "systemd": {"units": [{"name": "a.service", "contents": "[Service]\\nExecStart=/bin/id\\n"}]}}', [("shell", "a.service in user_data", "/bin/id\n", "1:96")], "a unit of Ignition"),
    ('{"ignition": {}, "storage": {"files": [{"path": "/opt/a", "mode": 493, "contents": {"source": "data:,id%20-u"}}]}}', [("shell", "/opt/a in user_data", "id -u", "1:96")], "a file that may be executed"),
    ('{"ignition": {}, "storage": {"files": [{"path": "/a", "contents": {"source": "data:;base64,' + b64("#!/bin/sh") + '"}}]}}', [("shell", "/a in user_data", "#!/bin/sh", "1:79")], "a file in base64"),
    ("variant: flatcar\nsystemd:\n  units:\n  - name: a\n    dropins:\n    - contents: |\n        [Service]\n        ExecStart=id\n", [("shell", "a in user_data", "id\n", "8:19")], "a drop-in of Butane"),
    ("storage:\n  files:\n  - path: /a.sh\n    contents:\n      inline: id\n", [("shell", "/a.sh in user_data", "id", "5:15")], "a file of Container Linux Config"),
    ("[settings.bootstrap-containers.a]\nsource = 'x'\nuser-data = \"" + b64("#!/bin/sh") + '"\n', [("shell", "user-data of a in user_data", "#!/bin/sh", "3:14")], "a bootstrap container of Bottlerocket"),
    (b64("#!/bin/bash\nid\n") + "\n", [("shell", "user_data", "#!/bin/bash\nid\n", "1:1")], "base64 of a script"),
    (b64(b64("#!/bin/bash\nid\n")), [("shell", "user_data", "#!/bin/bash\nid\n", "1:1")], "base64 of base64"),
    (b64("#cloud-config\nruncmd: [id]\n"), [("shell", "runcmd of user_data", "id\n", "1:1")], "base64 of cloud-config"),
    ("#upstart-job\npre-start script\nid\nend script\nexec ls\n", [("shell, strict", "stanza 1 of user_data", "id\n", "3:1"), ("shell", "stanza 2 of user_data", "ls", "5:6")], "a job of upstart"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "why"), OTHERS, ids=[row[2] for row in OTHERS])
def test_other_formats(content: str, expected: list[tuple[str, ...]], why: str) -> None:
    assert seen(content) == expected, why


LANGUAGES = [
    (Language.BATCH, "dir", ("batch", "user_data", "dir", "1:1"), "commands of cfn-init on Windows"),
    (
        Language.SHELL,
        "#cloud-config\nruncmd: []",
        ("shell", "user_data", "#cloud-config\nruncmd: []", "1:1"),
        "what is a shell's is not looked at",
    ),
    (
        Language.SHELL,
        "#!/usr/bin/python3\nx",
        ("Python", "user_data", "#!/usr/bin/python3\nx", "1:1"),
        "but for another program in its first line",
    ),
    (
        Language.POWERSHELL,
        "#!/bin/bash",
        ("PowerShell", "user_data", "#!/bin/bash", "1:1"),
        "a first line means nothing to PowerShell",
    ),
    (Language.SHELL, "#!/bin/sh -e\nid", ("shell, strict", "user_data", "#!/bin/sh -e\nid", "1:1"), "a strict one"),
]


@pytest.mark.parametrize(("language", "content", "expected", "why"), LANGUAGES, ids=[row[3] for row in LANGUAGES])
def test_what_stands_around_a_script_decides_its_language(
    language: Language, content: str, expected: tuple[str, ...], why: str
) -> None:
    assert seen(content, language) == [expected], why


TYPES = [
    ("text/cloud-config", "runcmd: [id]", [("shell", "runcmd of user_data", "id\n", "1:10")], "no header is needed"),
    ("text/cloud-boothook", "id", [("shell", "user_data", "id", "1:1")], "a hook"),
    (
        "text/x-shellscript",
        "#cloud-config\nruncmd: [id]",
        [("shell", "runcmd of user_data", "id\n", "2:10")],
        "its beginning counts",
    ),
    ("text/part-handler", "x = 1", [("Python", "user_data", "x = 1", "1:1")], "a handler"),
    ("application/octet-stream", "id", [], "cloud-init handles none of these"),
]


@pytest.mark.parametrize(("media", "content", "expected", "why"), TYPES, ids=[row[3] for row in TYPES])
def test_a_part_that_is_said_to_be_of_a_type(
    media: str, content: str, expected: list[tuple[str, ...]], why: str
) -> None:
    assert seen(content, None, media) == expected, why


def test_yaml_that_needs_what_is_not_known_is_read_without_it() -> None:
    content = "#cloud-config\nruncmd:\n- id\n«local.more is not known»\n- ls\n"
    assert seen(content) == [
        ("unseen", "local.more is not known", "4:1"),
        ("shell", "runcmd of user_data", "id\nls\n", "3:3"),
    ]


def test_a_multipart_nested_without_end_is_refused() -> None:
    header = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{0}"\n\n--{0}\n'
    assert seen("".join(header.format(f"b{level}") for level in range(9))) == [
        ("unseen", "its multiparts are nested too deeply", "28:1")
    ]


HOSTILE: dict[str, tuple[Make, int]] = {
    "a megabyte of shell": (lambda n: "#!/bin/sh\n" + "echo a b c\n" * n, 20_000),
    "carriage returns": (lambda n: "#!/bin/sh\r\n" + "a\r\n" * n, 20_000),
    "brackets": (lambda n: "#cloud-config\nruncmd: " + "[" * n, 10_000),
    "brackets of JSON": (lambda n: '{"ignition": ' + "[" * n, 10_000),
    "braces of Jinja": (lambda n: "## template: jinja\n#cloud-config\nruncmd:\n" + "- {{\n" * n, 1_000),
    "long aliases": (
        lambda n: "#cloud-config\na: &a " + "x" * n + "\nruncmd: [" + "*a, " * (n // 20) + "*a]\n",
        2_000,
    ),
    "long aliases as words": (
        lambda n: "#cloud-config\na: &a " + "x" * n + "\nruncmd: [[" + "*a, " * (n // 20) + "*a]]\n",
        2_000,
    ),
    "long aliases as files": (
        lambda n: "#cloud-config\na: &a " + "x" * n + "\nwrite_files:\n" + "- {path: a.sh, content: *a}\n" * (n // 50),
        2_000,
    ),
    "boundaries": (
        lambda n: 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=""\n\n' + "--\n" * n,
        10_000,
    ),
    "header lines": (lambda n: "MIME-Version: 1.0\n" + " x\n" * n, 10_000),
    "header names": (lambda n: "MIME-Version: 1.0\n" + "a: b\n" * n, 5_000),
    "tags": (lambda n: "<powershell>" * n, 4_000),
    "tags that close": (lambda n: "<powershell>x</powershell>" * n, 2_000),
    "spaces": (lambda n: "#x\n" + " " * n + "x", 100_000),
    "newlines": (lambda n: "AAAA" + "\n" * n + "!", 100_000),
    "a word": (lambda n: "A" * n + "!", 100_000),
    "units": (
        lambda n: (
            "#cloud-config\nwrite_files:\n- path: /etc/systemd/a.service\n  content: |\n    [Service]\n"
            + "    ExecStart=a \\\n" * n
        ),
        500,
    ),
    "upstart": (lambda n: "#upstart-job\n" + "script\n" * n, 5_000),
    "dollars": (
        lambda n: (
            "#cloud-config\nwrite_files:\n- path: /etc/systemd/a.service\n  content: |\n    [Service]\n    ExecStart="
            + "$" * n
        ),
        20_000,
    ),
    "quotes": (lambda n: '#cloud-config\nruncmd:\n- ["' + "'" * n + '"]\n', 20_000),
    "settings": (lambda n: "[settings.bootstrap-containers.a]\n" * n, 1_000),
    "included": (lambda n: "#include\n" + "http://x\n" * n, 2_000),
    "unknown lines": (lambda n: "#cloud-config\nruncmd:\n- a\n" + "«x»\n" * n + ":\n", 1_000),
    "a first line": (lambda n: "#!/bin/bash " + "-a" * n, 50_000),
    "tasks": (lambda n: "tasks:\n" * n, 5_000),
    "lone surrogates": (lambda n: "#cloud-config\nruncmd: ['\ud800']\n" * n, 10),
}


@pytest.mark.parametrize(("make", "size"), HOSTILE.values(), ids=list(HOSTILE))
def test_twice_as_much_takes_at_most_three_times_as_long(make: Make, size: int) -> None:
    assert not grows(lambda content: formats.parts(Script(written(content), "user_data")), make, size)


# Each of the names is a list of nine times the one before it.
BOMB = "#cloud-config\na: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("content", [BOMB + "runcmd: *i\n", "#cloud-config\nruncmd: ['\ud800']\n"])
def test_hostile_user_data_is_cut_short(content: str) -> None:
    found = formats.parts(Script(written(content), "user_data"))
    assert sum(len(one.text.content) for one in found if isinstance(one, Part)) <= 4 * len(content) + 1_000


def test_what_is_read_crosses_from_process_to_process() -> None:
    content = "#cloud-config\nruncmd: [[curl, x], id]\nwrite_files:\n- path: /etc/systemd/a.service\n  content: |\n    [Service]\n    ExecStart=id\n- path: /etc/cron.d/a\n  content: '@reboot root id'\n"
    found = formats.parts(Script(written(content), "user_data"))
    again = pickle.loads(pickle.dumps(found))
    assert [(part.what, part.text.content, part.text.pieces) for part in again] == [
        (part.what, part.text.content, part.text.pieces) for part in found if isinstance(part, Part)
    ]
