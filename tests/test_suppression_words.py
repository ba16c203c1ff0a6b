"""What suppressions say beside their codes: last days, reasons, whole files, Terraform's JSON, the configuration."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.report import Report
from iac_imds_lint.source import SourceFile
from tests.shell import run
from tests.support import linted

TODAY = date(2026, 6, 1)
MARK = "iac-imds-lint:"
WEAK = 'resource "aws_instance" "x" {\n  ami = "a"\n}\n'
FOUND = 'IMDS001 resource "aws_instance" "x"'
EXPIRED = ", and ignores nothing any more"
HOW = ": write until=YYYY-MM-DD, such as until=2027-01-31"


def said(report: Report) -> list[str]:
    """Each finding: of IMDS901 its message and the marked text, of others the code and that."""
    found = []
    for finding in report.findings:
        source = report.sources.read(finding.span.path)
        assert isinstance(source, SourceFile)
        about = finding.message if finding.rule.code == "IMDS901" else finding.rule.code
        found.append(f"{about} {source.slice(finding.span)}")
    return found


def hidden(report: Report) -> list[tuple[str, str, str, str]]:
    """What is suppressed: the code, by what, until when and why."""
    return [
        (one.finding.rule.code, one.by.hiding.value, str(one.by.until or ""), one.by.reason)
        for one in report.suppressed
    ]


@pytest.mark.parametrize(
    ("comment", "found", "why"),
    [
        ("ignore[IMDS001]", [], "forever"),
        ("ignore[IMDS001] until=2026-06-01 legacy", [], "its last day is today"),
        ("ignore[IMDS001] until=2027-01-31", [], "it is to come"),
        ("ignore[IMDS001] legacy until=2027-01-31", [], "wherever it is written"),
        ("ignore[IMDS001] kept until 2026-01-31 at least", [], "a sentence"),
        ("ignore[IMDS001] ticket=OPS-12", [], "a reason"),
        ("ignore[IMDS001] until they are gone", [], "a reason"),
        ("ignore[IMDS001] until=2026-05-31 x", [f"expired on 2026-05-31{EXPIRED} 2026-05-31", FOUND], "yesterday"),
        ("ignore[IMDS001] x until=2026-05-31", [f"expired on 2026-05-31{EXPIRED} 2026-05-31", FOUND], "at the end"),
        ("ignore[IMDS001] until=2026-02-30", [f"2026-02-30 is no day{HOW} 2026-02-30", FOUND], "no such day"),
        ("ignore[IMDS001] until=31.1.2027", [f"31.1.2027 is no day{HOW} 31.1.2027", FOUND], "another form"),
        ("ignore[IMDS001] until= soon", [f"until= is no day{HOW} ", FOUND], "no day at all"),
        (
            "ignore[IMDS001] until 2027-01-31",
            [f"until 2027-01-31 is no last day{HOW} until 2027-01-31", FOUND],
            "a slip",
        ),
        (
            "ignore[IMDS001] until: 2027-01-31",
            [f"until: 2027-01-31 is no last day{HOW} until: 2027-01-31", FOUND],
            "too",
        ),
        (
            "ignore[IMDS001] expires=2027-01-31 x",
            [f"expires=2027-01-31 is no last day{HOW} expires=2027-01-31", FOUND],
            "no key",
        ),
        (
            "ignore[IMDS001] until=2027-01-31 until=2027-02-28",
            ["until= is written twice: write one last day until=2027-02-28", FOUND],
            "which of them is meant",
        ),
    ],
)
def test_last_days(comment: str, found: list[str], why: str) -> None:
    assert said(linted({"main.tf": f"# {MARK} {comment}\n{WEAK}"}, Options(today=TODAY))) == found, why


@pytest.mark.parametrize(
    ("comment", "until", "reason"),
    [
        ("ignore[IMDS001] legacy agent", "", "legacy agent"),
        ("ignore[IMDS001]: legacy agent", "", "legacy agent"),
        ("ignore[IMDS001] - reason: legacy  agent", "", "legacy agent"),
        ("ignore[IMDS001] until=2027-01-31 -- legacy agent", "2027-01-31", "legacy agent"),
        ("ignore[IMDS001] legacy agent tfsec:ignore:aws-ec2-enforce-http-token-imds", "", "legacy agent"),
        ("ignore[IMDS001] legacy agent # nosemgrep: x", "", "legacy agent"),
        (f"ignore[IMDS001] first # {MARK} ignore[IMDS001] second", "", "first"),
        ("ignore[IMDS001]", "", ""),
    ],
)
def test_reasons(comment: str, until: str, reason: str) -> None:
    report = linted({"main.tf": f"# {MARK} {comment}\n{WEAK}"}, Options(today=TODAY))
    assert hidden(report) == [("IMDS001", "comment", until, reason)]


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        (f"# {MARK} ignore-file[IMDS001] x\n{WEAK}", [], "at the top"),
        (f"{WEAK}\n// {MARK} ignore-file[IMDS001] x\n", [], "at the end"),
        (WEAK.replace("  ami", f"  # {MARK} ignore-file[IMDS001] x\n  ami"), [], "in a block"),
        (
            f"# {MARK} ignore-file[IMDS002] x\n{WEAK}",
            ["this comment ignores IMDS002, which is not found here IMDS002", FOUND],
            "another code",
        ),
        (
            WEAK.replace("{\n", f"{{ # {MARK} ignore-file[IMDS001]\n", 1),
            [
                FOUND,
                f"ignore-file stands on a line of its own, for it is for the whole file # {MARK} ignore-file[IMDS001]",
            ],
            "behind code",
        ),
        (
            f"# {MARK} ignore-file[IMDS001, IMDS900] x\n{WEAK}",
            ["IMDS900 says that something was not judged: it can be ignored where it stands only IMDS900"],
            "what was not judged is never silent for a whole file",
        ),
    ],
)
def test_whole_files(text: str, found: list[str], why: str) -> None:
    other = WEAK.replace('"x"', '"other"')
    left = said(linted({"main.tf": text, "other.tf": other}, Options(today=TODAY)))
    assert left == [*found, 'IMDS001 resource "aws_instance" "other"'], why


def test_one_that_counts_covers_what_an_expired_one_at_its_place_does_not() -> None:
    text = f"# {MARK} ignore[IMDS001] until=2020-01-31 old {MARK} ignore[IMDS001] new\n{WEAK}"
    report = linted({"main.tf": text}, Options(today=TODAY))
    assert hidden(report) == [("IMDS001", "comment", "", "new")]
    assert [line.partition(",")[0] for line in said(report)] == ["expired on 2020-01-31"]


def test_a_file_that_cannot_be_read_says_so_whatever_it_ignores() -> None:
    report = linted({"main.tf": f"# {MARK} ignore-file[IMDS900] x\n{WEAK}locals {{\n"}, Options(today=TODAY))
    assert "IMDS900" in {finding.rule.code for finding in report.findings}
    assert hidden(report) == []


def json_with(*, top: str = "", label: str = "", block: str = "", inner: str = "") -> str:
    """An instance without tokens in Terraform's JSON, with properties in four places."""
    return (
        f'{{{top}"resource": {{"aws_instance": {{{label}"x": {{{block}"ami": "a", '
        f'"metadata_options": {{{inner}"http_tokens": "optional"}}}}}}}}}}'
    )


COMMENT = '"//": "iac-imds-lint: ignore[IMDS002] why", '
WHOLE = COMMENT.replace("ignore[", "ignore-file[")
LEFT = 'IMDS002 "optional"'


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        (json_with(block=COMMENT), [], "in the block"),
        (
            json_with(inner=COMMENT),
            [
                (
                    "this ignores nothing here: write it right into the block of a resource, or at the top"
                    " iac-imds-lint: ignore[IMDS002] why"
                ),
                LEFT,
            ],
            "further inside, where it may be the key of a map",
        ),
        (json_with(block='"//": ["old", "iac-imds-lint: ignore[IMDS002] why"], '), [], "one text of several"),
        (json_with(block='"//": "old; iac-imds-lint: ignore[IMDS002]", '), [], "further on in a text"),
        (json_with(top=WHOLE), [], "for the file"),
        (json_with(block='"//": "no more IMDSv1", '), [LEFT], "another comment"),
        (json_with(block='"/": "iac-imds-lint: ignore[IMDS002]", '), [LEFT], "no comment"),
        (
            json_with(top=COMMENT),
            [
                (
                    "at the top, write ignore-file[CODE] for the whole file; ignore[CODE] stands in the block of a resource"
                    " iac-imds-lint: ignore[IMDS002] why"
                ),
                LEFT,
            ],
            "no block",
        ),
        (
            json_with(label=COMMENT),
            [
                (
                    "this ignores nothing here: write it right into the block of a resource, or at the top"
                    " iac-imds-lint: ignore[IMDS002] why"
                ),
                LEFT,
            ],
            "among the names of resources",
        ),
        (
            json_with(block=WHOLE),
            [
                (
                    "ignore-file stands at the top of the file; in a block, write ignore[CODE]"
                    " iac-imds-lint: ignore-file[IMDS002] why"
                ),
                LEFT,
            ],
            "for the file, in a block",
        ),
        (
            json_with(block=COMMENT.replace("ignore[IMDS002] ", "")),
            ["this comment ignores nothing: write ignore[CODE] with the codes to ignore iac-imds-lint: why", LEFT],
            "no codes",
        ),
        (
            json_with(block=COMMENT.replace("2]", "1]")),
            ["this comment ignores IMDS001, which is not found here IMDS001", LEFT],
            "nothing to ignore",
        ),
    ],
)
def test_comments_in_the_json_of_terraform(text: str, found: list[str], why: str) -> None:
    assert said(linted({"main.tf.json": text}, Options(today=TODAY))) == found, why


METADATA = (
    "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Metadata:\n      iac-imds-lint:\n        ignore: [IMDS001]\n"
)


@pytest.mark.parametrize(
    ("more", "found", "why"),
    [
        ("", [], "forever, without a reason"),
        ("until: 2027-01-31", [], "a date of YAML's"),
        ("until: '2027-01-31'", [], "a text"),
        ("reason: legacy", [], "with a reason"),
        ("until: 2026-05-31", ["IMDS001 X", f"expired on 2026-05-31{EXPIRED} 2026-05-31"], "it is over"),
        (
            "until: 2027-1-31",
            ["IMDS001 X", "2027-1-31 is no day: write until: YYYY-MM-DD, such as until: 2027-01-31 2027-1-31"],
            "another form",
        ),
        ("until: [a]", ["IMDS001 X", "until takes a day: YYYY-MM-DD, such as 2027-01-31 [a]"], "a list"),
        ("untill: 2027-01-31", ["untill is no key of Metadata iac-imds-lint; did you mean until? untill"], "no key"),
    ],
)
def test_metadata(more: str, found: list[str], why: str) -> None:
    text = METADATA + (f"        {more}\n" if more else "")
    assert said(linted({"t.yaml": text}, Options(today=TODAY))) == found, why


NO_REASON = "this ignores findings and gives no reason: "


@pytest.mark.parametrize(
    ("path", "text", "found", "why"),
    [
        ("main.tf", f"# {MARK} ignore[IMDS001] legacy\n{WEAK}", [], "a reason"),
        ("main.tf", f"# {MARK} ignore[IMDS001] # reviewed\n{WEAK}", [], "another comment is one"),
        (
            "main.tf",
            f"# {MARK} ignore[IMDS001] until=2027-01-31\n{WEAK}",
            [f"{NO_REASON}write it behind the codes # {MARK} ignore[IMDS001] until=2027-01-31"],
            "a day is none",
        ),
        (
            "main.tf",
            f"# {MARK} ignore[IMDS002]\nlocals {{}}\n",
            ["this comment ignores IMDS002, which is not found here IMDS002"],
            "what ignores nothing needs no reason",
        ),
        ("t.yaml", METADATA + "        reason: legacy\n", [], "a reason in metadata"),
        (
            "t.yaml",
            METADATA,
            [f"{NO_REASON}add the key reason iac-imds-lint:\n        ignore: [IMDS001]"],
            "none in metadata",
        ),
    ],
)
def test_required_reasons(path: str, text: str, found: list[str], why: str) -> None:
    assert said(linted({path: text}, Options(today=TODAY, require_reason=True))) == found, why


@pytest.mark.parametrize(
    ("files", "found", "why"),
    [
        (
            {
                "main.tf": 'variable "on" { default = false }\n'
                f"# {MARK} ignore[IMDS001] x\n" + WEAK.replace("  ami", "  count = var.on ? 1 : 0\n  ami")
            },
            [],
            "another value of the variable creates it",
        ),
        (
            {
                "main.tf": 'variable "on" { default = true }\n'
                f"# {MARK} ignore[IMDS002] x\n" + WEAK.replace("  ami", "  count = var.on ? 1 : 0\n  ami")
            },
            ["this comment ignores IMDS002, which is not found here IMDS002", FOUND],
            "it is created",
        ),
        (
            {
                "main.tf": 'variable "on" { default = false }\nmodule "m" {\n  source = "./m"\n  count  = var.on ? 1 : 0\n}\n',
                "m/main.tf": f"# {MARK} ignore[IMDS001] x\n{WEAK}",
            },
            [],
            "nor is the module that it stands in",
        ),
        (
            {"main.tf": f"# {MARK} ignore[IMDS001, IMDS901] x\nlocals {{}}\n"},
            [],
            "that it ignores nothing is ignored",
        ),
        (
            {"main.tf": f"# {MARK} ignore[IMDS901] x\nlocals {{}}\n"},
            ["this comment ignores IMDS901, which is not found here IMDS901"],
            "nothing is wrong with it",
        ),
    ],
)
def test_what_is_said_of_its_use(files: dict[str, str], found: list[str], why: str) -> None:
    assert said(linted(files, Options(today=TODAY))) == found, why


IMDSV1 = "#!/bin/sh\ncurl -s http://169.254.169.254/latest/meta-data/instance-id\n"
BOOTS = (
    'resource "aws_instance" "%s" {\n  user_data = file("boot.sh")\n'
    '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("names", "codes", "why"),
    [
        ("x", [], "all findings of that resource, wherever they stand"),
        ("xy", ["IMDS007", "IMDS901"], "another resource boots with it as well"),
    ],
)
def test_a_comment_at_a_resource_covers_its_script(names: str, codes: list[str], why: str) -> None:
    text = f"# {MARK} ignore[IMDS007] a build host\n" + "".join(BOOTS % name for name in names)
    report = linted({"main.tf": text, "boot.sh": IMDSV1})
    assert sorted(finding.rule.code for finding in report.findings) == codes, why


YAML_SCRIPT = (
    "Resources:\n  X:\n    Type: AWS::EC2::Instance\n    Properties:\n"
    "      MetadataOptions: {{HttpTokens: {tokens}}}\n      UserData:\n        Fn::Base64: |\n"
    "          #!/bin/sh\n          # iac-imds-lint: {asks}[{code}] no\n"
    "          curl -s http://169.254.169.254/latest/meta-data/instance-id\n"
)


@pytest.mark.parametrize(
    ("asks", "code", "codes", "why"),
    [
        ("ignore", "IMDS007", ["IMDS002"], "what is found in the script"),
        ("ignore", "IMDS002", ["IMDS002", "IMDS007"], "a comment of the script says nothing of the template"),
        ("ignore-file", "IMDS002", ["IMDS002", "IMDS007"], "nor of the file that it is written in"),
    ],
)
def test_a_comment_in_a_script_of_a_template(asks: str, code: str, codes: list[str], why: str) -> None:
    report = linted({"t.yaml": YAML_SCRIPT.format(tokens="optional", asks=asks, code=code)})
    assert sorted(finding.rule.code for finding in report.findings) == codes, why


@pytest.mark.parametrize(
    ("pattern", "left", "why"),
    [
        ("legacy/", ["main.tf"], "a directory"),
        ("legacy", ["main.tf"], "its name"),
        ("*.tf", [], "every file"),
        ("/main.tf", ["legacy/main.tf"], "from where the configuration stands"),
        ("**/main.tf", [], "at any depth"),
        ("other/", ["legacy/main.tf", "main.tf"], "another directory"),
        ("# legacy/", ["legacy/main.tf", "main.tf"], "a comment in a .gitignore"),
    ],
)
def test_patterns_of_paths(tmp_path: Path, pattern: str, left: list[str], why: str) -> None:
    (tmp_path / "legacy").mkdir()
    for path in ("main.tf", "legacy/main.tf"):
        (tmp_path / path).write_text(WEAK)
    (tmp_path / ".iac-imds-lint.toml").write_text(f'[per-path-ignores]\n"{pattern}" = ["IMDS001"]\n')
    ran = run(tmp_path, "check", "--output-format", "json")
    assert sorted(found["filename"] for found in json.loads(ran.out)) == left, why
    assert ran.status == (1 if left else 0)


def test_patterns_count_from_where_the_configuration_stands(tmp_path: Path) -> None:
    (tmp_path / "a" / "legacy").mkdir(parents=True)
    (tmp_path / "a" / "legacy" / "main.tf").write_text(WEAK)
    (tmp_path / ".iac-imds-lint.toml").write_text('[per-path-ignores]\n"/a/legacy/" = ["IMDS001"]\n')
    ran = run(tmp_path / "a", "check", "--show-suppressed", "--output-format", "concise")
    assert ran.out.decode() == (
        "legacy/main.tf:1:1: suppressed IMDS001 aws_instance.x answers IMDSv1: metadata_options is not set "
        '[suppressed: configuration: per-path-ignores "/a/legacy/"]\n'
    )
    assert ran.status == 0


def test_what_could_not_be_judged_is_told_whatever_its_path(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(WEAK + "}\n")
    (tmp_path / ".iac-imds-lint.toml").write_text('[per-path-ignores]\n"*" = ["IMDS900", "IMDS001"]\n')
    ran = run(tmp_path, "check", "--output-format", "json")
    assert {found["code"] for found in json.loads(ran.out)} == {"IMDS900"}
    assert ran.status == 3


SHOWN = f"# {MARK} ignore[IMDS001] until=2099-01-31 legacy agent\n{WEAK}"


def test_full_shows_what_is_suppressed_and_by_what(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SHOWN)
    ran = run(tmp_path, "check", "--show-suppressed")
    assert ran.out.decode() == (
        "suppressed IMDS001 missing-metadata-options: aws_instance.x answers IMDSv1: metadata_options is not set\n"
        " --> main.tf:2:1\n"
        "  |\n"
        '2 | resource "aws_instance" "x" {\n'
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing at any level asks for IMDSv2\n"
        "  = suppressed by: comment at main.tf:1, until 2099-01-31: legacy agent\n\n"
    )
    assert ran.err == "No findings in 1 file. 1 suppressed.\n"
    assert ran.status == 0


def test_concise_shows_it_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SHOWN)
    assert run(tmp_path, "check", "--show-suppressed", "--output-format", "concise").out.decode() == (
        "main.tf:2:1: suppressed IMDS001 aws_instance.x answers IMDSv1: metadata_options is not set "
        "[suppressed: comment at main.tf:1, until 2099-01-31: legacy agent]\n"
    )


def test_json_has_it_in_a_key(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SHOWN + WEAK.replace('"x"', '"y"'))
    kept, hidden_one = json.loads(run(tmp_path, "check", "--show-suppressed", "--output-format", "json").out)
    assert (kept["resource"], kept["suppressed"]) == ("aws_instance.y", None)
    assert (hidden_one["resource"], hidden_one["fix"]) == ("aws_instance.x", None)
    assert hidden_one["suppressed"] == {
        "by": "comment",
        "reason": "legacy agent",
        "until": "2099-01-31",
        "tool": None,
        "filename": "main.tf",
        "location": {"row": 1, "column": 1},
        "end_location": {"row": 1, "column": 63},
    }


def test_nothing_suppressed_is_shown_unless_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SHOWN)
    outs = {name: run(tmp_path, "check", "--output-format", name).out.decode() for name in ("full", "concise", "json")}
    assert outs == {"full": "", "concise": "", "json": "[]\n"}
