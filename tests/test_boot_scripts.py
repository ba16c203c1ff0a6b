"""IMDS007 and what follows from it: where it is told, to whom, what it does to other fixes, and what the inventory says."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.finding import Finding, Rewriting
from iac_imds_lint.report import BootState, Report
from iac_imds_lint.source import SourceFile
from iac_imds_lint.writing import unproven_script
from tests.shell import run
from tests.support import linted, repaired, texts_after

URL = "http://169.254.169.254/latest/meta-data/instance-id"
V1 = f"#!/bin/bash\nset -e\nid=$(curl -s {URL})\n"
V2 = f"""#!/bin/bash
token=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
id=$(curl -s -H "X-aws-ec2-metadata-token: $token" {URL})
"""
OTHER = "#!/bin/bash\necho nothing of the kind\n"
REQUIRED = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "required"\n  }\n'


def instance(name: str, script: str = 'file("boot.sh")', more: str = "") -> str:
    return f'resource "aws_instance" "{name}" {{\n  user_data = {script}\n{more}}}\n'


def found(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule.code == "IMDS007"]


def place(finding: Finding, report: Report) -> str:
    source = report.sources.read(finding.span.path)
    assert isinstance(source, SourceFile)
    row, column = source.position(finding.span.start)
    return f"{finding.span.path}:{row}:{column}: {source.slice(finding.span)}"


def test_a_call_is_told_at_its_place_once_with_all_that_run_it() -> None:
    report = linted({"main.tf": instance("a") + instance("b", more=REQUIRED), "boot.sh": V1})
    (finding,) = found(report)
    assert place(finding, report) == f"boot.sh:3:6: curl -s {URL}"
    assert finding.message == (
        "curl asks IMDS for latest/meta-data/instance-id without a token in user_data, and fails once tokens are required"
    )
    assert finding.affected == ("aws_instance.a", "aws_instance.b")
    assert [related.message for related in finding.related] == [
        "aws_instance.a runs it",
        "aws_instance.b runs it, and requires tokens: it fails",
    ]


def test_one_root_module_for_each_call_is_one_finding_all_the_same() -> None:
    module = {"m/main.tf": instance("a", '"${file("${path.module}/boot.sh")}"'), "m/boot.sh": V1}
    report = linted({"main.tf": 'module "x" {\n  source = "./m"\n}\nmodule "y" {\n  source = "./m"\n}\n', **module})
    (finding,) = found(report)
    assert finding.affected == ("module.x.aws_instance.a", "module.y.aws_instance.a")


@pytest.mark.parametrize(
    ("why", "files", "calls"),
    [
        ("no call", {"main.tf": instance("a"), "boot.sh": OTHER}, 0),
        ("with a token", {"main.tf": instance("a"), "boot.sh": V2}, 0),
        ("nobody runs it", {"main.tf": instance("a", '"true"'), "boot.sh": V1}, 0),
        ("not created", {"main.tf": instance("a", more="  count = 0\n"), "boot.sh": V1}, 0),
        (
            "a resource that launches nothing",
            {"main.tf": 'resource "aws_s3_object" "x" {\n  source = "boot.sh"\n}\n', "boot.sh": V1},
            0,
        ),
        (
            "a tag is no script",
            {"main.tf": f'resource "aws_instance" "a" {{\n  tags = {{ x = "curl {URL}" }}\n}}\n'},
            0,
        ),
        ("run by an instance", {"main.tf": instance("a"), "boot.sh": V1}, 1),
        ("in base64", {"main.tf": instance("a", 'base64encode(file("boot.sh"))'), "boot.sh": V1}, 1),
        ("as a literal in base64", {"main.tf": instance("a", f'"{base64.b64encode(V1.encode()).decode()}"')}, 1),
    ],
)
def test_what_is_a_finding(why: str, files: dict[str, str], calls: int) -> None:
    assert len(found(linted(files))) == calls, why


def tokens_fix(report: Report, path: str = "main.tf") -> tuple[str, str]:
    (fix,) = (f.fix for f in report.findings if f.rule.code == "IMDS001" and f.span.path == path and f.fix)
    return fix.applicability.label, fix.note


BREAKS = "its boot script calls IMDS without a token (IMDS007), and fails once tokens are required"


@pytest.mark.parametrize(
    ("why", "files", "fix"),
    [
        ("a call", {"main.tf": instance("a"), "boot.sh": V1}, ("unsafe", BREAKS)),
        ("no call", {"main.tf": instance("a"), "boot.sh": V2}, ("safe", "")),
        (
            "a script that is not visible is none that is known to break",
            {"main.tf": instance("a", "var.x")},
            ("safe", ""),
        ),
        (
            "what an instance runs that launches from it",
            {
                "main.tf": 'resource "aws_launch_template" "t" {\n}\n'
                + instance("a", more="  launch_template {\n    id = aws_launch_template.t.id\n  }\n" + REQUIRED),
                "boot.sh": V1,
            },
            (
                "unsafe",
                "the boot script of aws_instance.a calls IMDS without a token (IMDS007); aws_instance.a launches the default version, which it does not change",
            ),
        ),
    ],
)
def test_what_requiring_tokens_would_break(why: str, files: dict[str, str], fix: tuple[str, str]) -> None:
    assert tokens_fix(linted(files)) == fix, why


def test_once_the_script_is_mended_requiring_tokens_is_safe() -> None:
    files = {"main.tf": instance("a"), "boot.sh": V1}
    mended = {**files, "boot.sh": texts_after(files)["boot.sh"]}
    assert mended["boot.sh"] != V1
    assert tokens_fix(linted(mended)) == ("safe", "")


def test_both_are_mended_in_one_run() -> None:
    outcome = repaired({"main.tf": instance("a"), "boot.sh": V1})
    assert [after.path for _, after in outcome.changed] == ["boot.sh", "main.tf"]
    assert outcome.report.findings == ()


TEMPLATE = 'resource "aws_launch_template" "t" {\n  user_data = filebase64("boot.sh")\n}\n'
GROUP = 'resource "aws_autoscaling_group" "g" {\n  launch_template {\n    id = aws_launch_template.t.id\n  }\n}\n'


@pytest.mark.parametrize(
    ("why", "files", "address", "state", "reason"),
    [
        ("calls", {"main.tf": instance("a"), "boot.sh": V1}, "aws_instance.a", BootState.CALLS_V1, ""),
        ("asks with a token", {"main.tf": instance("a"), "boot.sh": V2}, "aws_instance.a", BootState.FREE, ""),
        ("no script at all", {"main.tf": instance("a", "null")}, "aws_instance.a", BootState.NONE, ""),
        (
            "not here",
            {"main.tf": 'variable "x" {}\n' + instance("a", "var.x")},
            "aws_instance.a",
            BootState.UNSEEN,
            "var.x has no default and no value is given for it",
        ),
        (
            "a group runs its template's",
            {"main.tf": TEMPLATE + GROUP, "boot.sh": V1},
            "aws_autoscaling_group.g",
            BootState.CALLS_V1,
            "",
        ),
        (
            "one without a script",
            {"main.tf": TEMPLATE.replace("user_data", "name") + GROUP},
            "aws_autoscaling_group.g",
            BootState.NONE,
            "",
        ),
        (
            "an instance's own counts, not its template's",
            {
                "main.tf": TEMPLATE
                + instance("a", 'file("own.sh")', "  launch_template {\n    id = aws_launch_template.t.id\n  }\n"),
                "boot.sh": V1,
                "own.sh": OTHER,
            },
            "aws_instance.a",
            BootState.FREE,
            "",
        ),
    ],
)
def test_the_inventory_says_what_is_known_of_a_boot_script(
    why: str, files: dict[str, str], address: str, state: BootState, reason: str
) -> None:
    (row,) = (row for row in linted(files).inventory if row.resource == address)
    assert row.boot.state is state, why
    assert reason in row.boot.reason
    assert bool(row.boot.reason) is (state is BootState.UNSEEN)
    assert bool(row.boot.calls) is (state is BootState.CALLS_V1)


SCRIPTS = Options(scripts=True)


@pytest.mark.parametrize(
    ("why", "files", "expected"),
    [
        ("a script by itself", {"boot.sh": V1}, ["boot.sh:3:6"]),
        ("one that a resource runs is judged as that", {"main.tf": instance("a"), "boot.sh": V1}, ["boot.sh:3:6"]),
        ("both", {"main.tf": instance("a"), "boot.sh": V1, "lone.sh": V1}, ["boot.sh:3:6", "lone.sh:3:6"]),
        ("cloud-config by itself", {"init.yaml": f"#cloud-config\nruncmd:\n  - curl -s {URL}\n"}, ["init.yaml:3:5"]),
        ("with a token", {"boot.sh": V2}, []),
        ("a template is no script", {"t.yaml": f"Resources:\n  X:\n    Type: AWS::S3::Bucket\n# curl {URL}\n"}, []),
        ("binary", {"boot": b"\0\1curl " + URL.encode()}, []),
        ("a page that speaks of it", {"notes.txt": f"To learn its name an instance asks {URL}.\n"}, []),
        ("a runbook with commands", {"runbook.txt": f"Then type:\ncurl {URL}\n", "NOTES": f"curl {URL}\n"}, []),
        ("a text that begins like a script", {"user_data.txt": V1}, ["user_data.txt:3:6"]),
        ("tags in a text", {"w.txt": f"<powershell>\nirm {URL}\n</powershell>\n"}, ["w.txt:2:1"]),
        ("a page of HTML", {"a.txt": f"<html>\n<script>\ncurl {URL}\n</script>\n"}, []),
        ("a script to be configured", {"boot.sh.in": V1}, ["boot.sh.in:3:6"]),
        ("what is configured but no script", {"app.conf.in": f"curl {URL}\n"}, []),
        (
            "a job",
            {"a.conf": f'description "a"\nstart on filesystem\nscript\n  curl {URL}\nend script\n'},
            ["a.conf:4:3"],
        ),
        ("a configuration", {"a.conf": f"[x]\ncurl {URL}\n"}, []),
        ("a script without a suffix", {"boot": V1}, ["boot:3:6"]),
    ],
)
def test_scripts_that_no_resource_runs(why: str, files: dict[str, str | bytes], expected: list[str]) -> None:
    report = linted(files, SCRIPTS)
    assert [place(finding, report).partition(": ")[0] for finding in found(report)] == expected, why
    assert [finding.resource is None for finding in found(linted({"boot.sh": V1}, SCRIPTS))] == [True]


def test_they_are_not_judged_unless_asked_for() -> None:
    assert linted({"boot.sh": V1}).findings == ()


@pytest.mark.parametrize(
    ("why", "files", "left"),
    [
        (
            "at the end of the line",
            {"boot.sh": V1.replace("\nid", "\n: ;id").replace(")\n", ") # iac-imds-lint: ignore[IMDS007] why\n")},
            [],
        ),
        ("above it", {"boot.sh": V1.replace("id=", "# iac-imds-lint: ignore[IMDS007] why\nid=")}, []),
        (
            "of another code",
            {"boot.sh": V1.replace("id=", "# iac-imds-lint: ignore[IMDS001] why\nid=")},
            ["IMDS007", "IMDS901"],
        ),
        ("in vain", {"boot.sh": V2 + "# iac-imds-lint: ignore[IMDS007] why\n"}, ["IMDS901"]),
    ],
)
def test_a_script_ignores_by_its_own_comments(why: str, files: dict[str, str], left: list[str]) -> None:
    report = linted({"main.tf": instance("a", more=REQUIRED), **files}, SCRIPTS)
    assert sorted(finding.rule.code for finding in report.findings) == left, why


TWO = f"#!/bin/bash\na=$(curl -s {URL})\nb=$(curl -s {URL}) # iac-imds-lint: ignore[IMDS007] build host\n"


@pytest.mark.parametrize(
    ("why", "files", "path"),
    [
        ("in a file", {"main.tf": instance("a", more=REQUIRED), "boot.sh": TWO}, "boot.sh"),
        ("in a heredoc", {"main.tf": instance("a", f"<<EOT\n{TWO}EOT", REQUIRED)}, "main.tf"),
    ],
)
def test_a_call_that_is_ignored_stays_as_it_is_and_the_others_are_mended(
    why: str, files: dict[str, str], path: str
) -> None:
    changed = texts_after(files)[path].splitlines()
    added = [line for line in changed if line not in files[path].splitlines()]
    assert added == [
        'token=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" "http://169.254.169.254/latest/api/token")',
        f'a=$(curl -H "X-aws-ec2-metadata-token: $token" -s {URL})',
    ], why
    assert linted({**files, path: "\n".join(changed) + "\n"}).findings == ()


def test_what_is_left_to_write_is_told_at_each_call_for_itself() -> None:
    script = f'#!/usr/bin/env python3\nimport requests\na = requests.get("{URL}")\nb = requests.get("{URL}")\n'
    report = linted({"boot.py": script}, SCRIPTS)
    steps = [
        (place(finding, report), finding.fix.by_hand, finding.fix.note) for finding in found(report) if finding.fix
    ]
    assert [(at[:12], [step.span for step in left], note) for at, left, note in steps] == [
        ("boot.py:3:5:", [found(report)[0].span], "what runs it is not known"),
        ("boot.py:4:5:", [found(report)[1].span], "what runs it is not known"),
    ]


HEREDOC = "<<-EOT\n    #!/bin/bash\n    {}curl -s " + URL + "{}\n  EOT"


@pytest.mark.parametrize(
    ("why", "script", "left"),
    [
        ("no comment", HEREDOC.format("", ""), ["IMDS007"]),
        ("a comment in the script", HEREDOC.format("", " # iac-imds-lint: ignore[IMDS007] why"), []),
        ("above the line", HEREDOC.format("# iac-imds-lint: ignore[IMDS007] why\n    ", ""), []),
        (
            "it ignores nothing but what is in scripts",
            HEREDOC.format("", " # iac-imds-lint: ignore[IMDS001] why"),
            ["IMDS007"],
        ),
        (
            "nor is it asked for its use, which a text may only speak of",
            HEREDOC.format("# iac-imds-lint: nonsense\n    ", ""),
            ["IMDS007"],
        ),
    ],
)
def test_a_comment_in_a_heredoc_is_one_of_the_script(why: str, script: str, left: list[str]) -> None:
    report = linted({"main.tf": instance("a", script, REQUIRED)})
    assert [finding.rule.code for finding in report.findings] == left, why


def test_a_comment_at_the_resource_ignores_what_it_runs() -> None:
    text = "# iac-imds-lint: ignore[IMDS007] why\n" + instance("a", HEREDOC.format("", ""), REQUIRED)
    assert linted({"main.tf": text}).findings == ()


def test_what_a_downloaded_module_boots_with_is_told_at_the_call() -> None:
    manifest = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "x", "Source": "registry.terraform.io/a/b/aws", "Version": "1.0.0", "Dir": ".terraform/modules/x"},
        ]
    }
    files = {
        "main.tf": 'module "x" {\n  source  = "a/b/aws"\n  version = "1.0.0"\n}\n',
        ".terraform/modules/modules.json": json.dumps(manifest),
        ".terraform/modules/x/main.tf": instance("a", HEREDOC.format("", ""), REQUIRED),
    }
    report = linted(files, paths=("main.tf",))
    (finding,) = found(report)
    assert place(finding, report) == 'main.tf:1:1: module "x"'
    assert [related.span.path for related in finding.related][:1] == [".terraform/modules/x/main.tf"]
    assert (finding.fix, finding.fix_unavailable != "") == (None, True)


def test_a_template_that_the_cdk_writes_is_changed_in_the_app() -> None:
    resource = {
        "Type": "AWS::EC2::Instance",
        "Properties": {"UserData": {"Fn::Base64": f"#!/bin/bash\ncurl -s {URL}"}},
        "Metadata": {"aws:cdk:path": "App/Web/Resource"},
    }
    report = linted(
        {"cdk.out/App.template.json": json.dumps({"Resources": {"Web": resource}}, indent=1), "cdk.out/cdk.out": "{}"}
    )
    assert [finding.fix_unavailable for finding in found(report)] == [
        "the program that writes this template writes the script, too: change it there"
    ]


def test_the_command_says_where_scripts_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "boot.sh").write_text(V1)
    assert "--scripts" in run(tmp_path, "check", "boot.sh").err
    assert run(tmp_path, "check").out == b""
    assert (
        run(tmp_path, "check", "--scripts", "--output-format", "concise")
        .out.decode()
        .startswith("boot.sh:3:6: error IMDS007 curl asks")
    )
    (tmp_path / ".iac-imds-lint.toml").write_text("scripts = true\n")
    assert (
        run(tmp_path, "check", "--output-format", "concise")
        .out.decode()
        .startswith("boot.sh:3:6: error IMDS007 curl asks")
    )


def test_a_rewrite_is_of_the_calls_of_its_own_part_and_not_of_what_is_too_old() -> None:
    cloud_config = (
        "#cloud-config\nbootcmd:\n- curl -s http://169.254.169.254/latest/user-data\n"
        f"runcmd:\n- pip install awscli==1.11.0\n- curl -s {URL}\n"
    )
    report = linted({"main.tf": instance("a"), "boot.sh": cloud_config})
    rewritings = [one.repair for one in found(report) if isinstance(one.repair, Rewriting)]
    assert [[call.asked for call in one.calls] for one in rewritings] == [
        ["latest/user-data"],
        ["latest/meta-data/instance-id"],
    ]


def test_a_comment_in_a_script_is_not_asked_for_its_use() -> None:
    script = "<<-EOF\n    #!/bin/bash\n    # iac-imds-lint: ignore[IMDS007]\n    echo nothing of the kind\n  EOF"
    assert linted({"main.tf": instance("a", script, REQUIRED)}).findings == ()


def test_a_script_that_a_resource_runs_is_judged_with_it_alone() -> None:
    files = {"main.tf": instance("a", more=REQUIRED), "boot.sh": V1, "other.sh": V1}
    report = linted(files, options=Options(scripts=True))
    assert [(one.span.path, [related.message for related in one.related]) for one in found(report)] == [
        ("boot.sh", ["aws_instance.a runs it, and requires tokens: it fails"]),
        ("other.sh", []),
    ]


def test_a_call_that_is_seen_counts_whatever_is_not() -> None:
    cloud_config = (
        f"#cloud-config\nwrite_files:\n- path: /a.sh\n  encoding: gzip\n  content: H4sI\nruncmd:\n- curl {URL}\n"
    )
    (row,) = linted({"main.tf": instance("a"), "boot.sh": cloud_config}).inventory
    assert (row.boot.state, row.boot.reason, len(row.boot.calls)) == (BootState.CALLS_V1, "", 1)


@pytest.mark.parametrize(
    ("path", "before", "after", "more"),
    [
        ("main.tf", 'a = "curl x"\nb = 1\n', 'a = "curl -H x"\nb = 1\n', 'a = "curl -H x"\nb = 2\n'),
        (
            "t.yaml",
            "Resources:\n  A:\n    Type: AWS::EC2::Instance\n    Properties: {UserData: curl x}\n",
            "Resources:\n  A:\n    Type: AWS::EC2::Instance\n    Properties: {UserData: curl -H x}\n",
            "Resources:\n  A:\n    Type: AWS::EC2::Volume\n    Properties: {UserData: curl -H x}\n",
        ),
        ("boot.sh", "curl x\n", "curl -H x\n", "curl -H y\n"),
    ],
)
def test_nothing_changes_but_what_is_inserted_into_a_script(path: str, before: str, after: str, more: str) -> None:
    def why(text: str) -> str:
        return unproven_script(SourceFile(path, before), SourceFile(path, text), [" -H"])

    assert why(after) == ""
    assert why(more) != ""


def test_a_link_to_a_script_that_is_judged_anyway_tells_nothing_again(tmp_path: Path) -> None:
    (tmp_path / "boot.sh").write_text(V1)
    (tmp_path / "again.sh").symlink_to("boot.sh")
    out = run(tmp_path, "check", "--scripts", "--output-format", "concise").out.decode()
    assert [line.partition(": ")[0] for line in out.splitlines() if "IMDS007" in line] == ["boot.sh:3:6"]


def test_what_a_template_repeats_asks_for_what_its_rounds_have_in_common() -> None:
    script = f'<<-EOT\n    #!/bin/bash\n    %{{ for x in ["a", "b"] ~}}\n    curl -s {URL}/${{x}}/y\n    %{{ endfor ~}}\n  EOT'
    (finding,) = found(linted({"main.tf": instance("a", script)}))
    assert finding.message.startswith("curl asks IMDS for latest/meta-data/instance-id without a token")
