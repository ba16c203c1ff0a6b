"""A run over sources that have changed a little says what a fresh run says, in every field, whatever has changed."""

import os
import random

import pytest

import benchmark_tree
from iac_imds_lint import fixer
from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options, find, with_fixes
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.sources import Sources
from tests.comparing import plain
from tests.fixing import FIXTURES
from tests.support import MemoryFiles

OPTIONAL = 'metadata_options {\n    http_tokens = "optional"\n  }\n'
INSTANCE = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n'
BY_VARIABLE = INSTANCE + "  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n"
VARIABLE = 'variable "tokens" {\n  default = "optional"\n}\n'
CALL = 'module "web" {\n  source = "./web"\n}\n'
WEB = {"web/main.tf": BY_VARIABLE, "web/variables.tf": VARIABLE}
SCRIPT = "#!/bin/bash\ncurl http://169.254.169.254/latest/meta-data/\n"
BOOTING = INSTANCE + '  user_data = file("${path.module}/boot.sh")\n}\n'
QUEUE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
STACK = "Resources:\n  Web:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./web.yaml\n"
TEMPLATE = "Resources:\n  Instance:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-1\n"
INCLUDING = (
    "AWSTemplateFormatVersion: 2010-09-09\n"
    "Resources:\n  Fn::Transform:\n    Name: AWS::Include\n    Parameters:\n      Location: ./web.yaml\n"
)
INCLUDED = "Instance:\n  Type: AWS::EC2::Instance\n  Properties:\n    ImageId: ami-1\n"
REGISTRY = 'module "web" {\n  source  = "example/thing/aws"\n  version = "1.0.0"\n}\n'
MANIFEST = (
    '{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"web","Source":"registry.terraform.io/example/thing/aws",'
    '"Version":"1.0.0","Dir":".terraform/modules/web"}]}'
)
COPY = {".terraform/modules/modules.json": MANIFEST, ".terraform/modules/web/main.tf": INSTANCE + "}\n"}
PROVIDER = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n      version = "%s"\n'
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "%s"\n}\n'
GATED = (
    'resource "aws_launch_template" "a" {\n  metadata_options {\n    http_tokens = "required"\n'
    '    instance_metadata_tags = "enabled"\n  }\n}\n'
)
PLAN = (
    '{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{"resources":[{"address":'
    '"aws_instance.web","mode":"managed","type":"aws_instance","name":"web","values":{}}]}},"resource_changes":[{'
    '"address":"aws_instance.web","mode":"managed","type":"aws_instance","name":"web","change":{"actions":["create"],'
    '"after":{"metadata_options":[{"http_tokens":"%s","http_endpoint":"enabled"}]},"after_unknown":{}}}],'
    '"configuration":{"root_module":{"resources":[{"address":"aws_instance.web","mode":"managed","type":"aws_instance",'
    '"name":"web","expressions":{"metadata_options":[{"http_tokens":{"constant_value":"%s"}}]}}]}}}'
)

# What is edited, files before and after that (None: there is none), and whether anything that is said changes.
EDITS = {
    "the default of a variable in another module's file": (
        {"main.tf": CALL, **WEB},
        {"web/variables.tf": VARIABLE.replace("optional", "required")},
        True,
    ),
    "a description beside such a default": (
        {"main.tf": CALL, **WEB},
        {"web/variables.tf": VARIABLE.replace("default", 'description = "é"\n  default')},
        True,  # the place of the default
    ),
    "an argument of a call": ({"main.tf": CALL, **WEB}, {"main.tf": CALL[:-2] + '  tokens = "required"\n}\n'}, True),
    "a second call of the same module": (
        {"main.tf": CALL, **WEB},
        {"other/main.tf": CALL.replace("./web", "../web")},
        True,
    ),
    "a variable file that appears": (
        {"main.tf": BY_VARIABLE + VARIABLE},
        {"terraform.tfvars": 'tokens = "required"\n'},
        True,
    ),
    "a variable file that goes": (
        {"main.tf": BY_VARIABLE + VARIABLE, "a.auto.tfvars": 'tokens = "required"\n'},
        {"a.auto.tfvars": None},
        True,
    ),
    "a variable file that Terraform does not read by itself": (
        {"main.tf": BY_VARIABLE + VARIABLE},
        {"other.tfvars": 'tokens = "required"\n'},
        False,
    ),
    "a variable file that the user names": (
        {"main.tf": BY_VARIABLE + VARIABLE, "given.tfvars": 'tokens = "required"\n'},
        {"given.tfvars": 'tokens = "optional"\n'},
        True,
    ),
    "an override file that appears": (
        {"main.tf": BY_VARIABLE + VARIABLE},
        {"override.tf": 'variable "tokens" {\n  default = "required"\n}\n'},
        True,
    ),
    "a file of OpenTofu that stands before Terraform's": (
        {"main.tf": INSTANCE + "  " + OPTIONAL + "}\n"},
        {"main.tofu": INSTANCE + "}\n"},
        True,
    ),
    "a called module that goes": (
        {"main.tf": CALL, **WEB},
        {"web/main.tf": None, "web/variables.tf": None},
        True,
    ),
    "a called module that appears": ({"main.tf": CALL}, WEB, True),
    "a syntax error in a file that is only called": ({"main.tf": CALL, **WEB}, {"web/main.tf": "resource {"}, True),
    "a script that appears": ({"main.tf": BOOTING}, {"boot.sh": SCRIPT}, True),
    "a script that goes": ({"main.tf": BOOTING, "boot.sh": SCRIPT}, {"boot.sh": None}, True),
    "a script that no longer calls": ({"main.tf": BOOTING, "boot.sh": SCRIPT}, {"boot.sh": "#!/bin/sh\ntrue\n"}, True),
    "a script that nothing reads": ({"main.tf": BOOTING, "boot.sh": SCRIPT}, {"other.sh": SCRIPT}, False),
    "a nested template": (
        {"main.yaml": STACK, "web.yaml": TEMPLATE},
        {"web.yaml": TEMPLATE.replace("Instance:", "Other:", 1)},
        True,
    ),
    "a nested template that appears": ({"main.yaml": STACK}, {"web.yaml": TEMPLATE}, True),
    "a nested template that goes": ({"main.yaml": STACK, "web.yaml": TEMPLATE}, {"web.yaml": None}, True),
    "a template that is no longer nested": (
        {"main.yaml": STACK, "web.yaml": TEMPLATE},
        {"main.yaml": QUEUE},
        True,
    ),
    "an included fragment": (
        {"main.yaml": INCLUDING, "web.yaml": INCLUDED},
        {"web.yaml": INCLUDED.replace("Instance:", "Other:", 1)},
        True,
    ),
    "an included fragment that appears": ({"main.yaml": INCLUDING}, {"web.yaml": INCLUDED}, True),
    "a comment above a resource in a template": (
        {"web.yaml": TEMPLATE},
        {"web.yaml": "# a comment\n" + TEMPLATE},
        True,
    ),
    "a template that becomes another kind of file": ({"web.yaml": TEMPLATE}, {"web.yaml": "name: web\n"}, True),
    "the list of downloaded modules": ({"main.tf": REGISTRY}, COPY, True),
    "what was downloaded": (
        {"main.tf": REGISTRY, **COPY},
        {".terraform/modules/web/main.tf": 'resource "aws_instance" "other" {\n}\n'},
        True,
    ),
    "the version that a call asks for, against the one that was downloaded": (
        {"main.tf": REGISTRY, **COPY},
        {"main.tf": REGISTRY.replace("1.0.0", "2.0.0")},
        True,
    ),
    "the version of a provider": (
        {"main.tf": GATED, "versions.tf": PROVIDER % "= 3.40.0" + "    }\n  }\n}\n"},
        {"versions.tf": PROVIDER % "= 5.40.0" + "    }\n  }\n}\n"},
        True,
    ),
    "the lock of a provider": (
        {
            "main.tf": GATED,
            "versions.tf": PROVIDER % ">= 3.40" + "    }\n  }\n}\n",
            ".terraform.lock.hcl": LOCK % "5.1.0",
        },
        {".terraform.lock.hcl": LOCK % "3.40.0"},
        True,
    ),
    "an ignore comment": (
        {"main.tf": INSTANCE + "}\n"},
        {"main.tf": "# iac-imds-lint: ignore[IMDS002]\n" + INSTANCE + "}\n"},
        True,
    ),
    "an ignore comment in the file of a module's variable": (
        {"main.tf": CALL, **WEB},
        {"web/variables.tf": VARIABLE.replace("default", "# iac-imds-lint: ignore[IMDS001]\n  default")},
        True,
    ),
    "a plan": ({"plan.json": PLAN % ("optional", "optional")}, {"plan.json": PLAN % ("required", "required")}, True),
    "a plan and what it was made of": (
        {"plan.json": PLAN % ("optional", "optional"), "main.tf": INSTANCE + "  " + OPTIONAL + "}\n"},
        {"main.tf": INSTANCE + "}\n"},
        True,
    ),
    "a file that nothing has to do with": ({"main.tf": CALL, **WEB}, {"notes.yaml": "a: 1\n"}, False),
    "bytes that are no text": ({"main.tf": CALL, **WEB}, {"web/main.tf": b"\xff\xfe"}, True),
}


class Changing:
    """Files that change under the same sources, as an editor's do."""

    def __init__(self, files, options=None):
        self.files = MemoryFiles(files)
        self.options = options or Options()
        self.sources = Sources(self.files)

    def change(self, files):
        """Write these files, or take them away where they are None."""
        for path, text in files.items():
            self.files.files.pop(path, None)
            if text is not None:
                self.files.files[path] = text.encode() if isinstance(text, str) else text
        self.sources.forget(files)

    def report(self):
        """What a run says that reuses what it can."""
        found = find(tuple(sorted(self.files.files)), self.sources, self.options)
        self.sources.settle()
        return found

    def fresh(self):
        """What a run says that knows nothing."""
        return find(tuple(sorted(self.files.files)), Sources(self.files), self.options)


def told(report):
    """What is said to a user, and where."""
    rows = [(row.resource, row.posture, row.decided_by, row.span) for row in report.inventory]
    found = [(one.rule.code, one.message, one.span, one.places) for one in report.findings]
    return rows, found, report.problems, report.unfollowed, [one.finding.message for one in report.suppressed]


def outcome(report, options):
    """What repairing a report comes to."""
    done = fixer.repair(with_fixes(report), options, Applicability.DISPLAY_ONLY)
    return done.changed, plain(done.report), [one.message for one in done.mended], [one.reason for one in done.refused]


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_moves_what_rests_on_it(name):
    before, edit, matters = EDITS[name]
    given = Inputs(variable_files=("given.tfvars",)) if "given.tfvars" in before else Inputs()
    run = Changing(before, Options(inputs=given, scripts=False))
    first = run.report()
    assert plain(first) == plain(run.fresh())
    run.change(edit)
    second = run.report()
    assert plain(second) == plain(run.fresh())
    assert (told(first) != told(second)) is matters
    run.change({path: before.get(path) for path in edit})
    assert plain(run.report()) == plain(first)


@pytest.mark.parametrize("name", EDITS)
def test_fixes_after_an_edit_are_those_of_a_fresh_run(name):
    before, edit, _ = EDITS[name]
    run = Changing(before)
    with_fixes(run.report())
    run.change(edit)
    assert plain(with_fixes(run.report())) == plain(with_fixes(run.fresh()))
    assert outcome(run.report(), run.options) == outcome(run.fresh(), run.options)


TYPED = (
    *('"required"', '"optional"', "metadata_options {\n", "}\n", "{", '"', "\n", "# iac-imds-lint: ignore\n", "var.x"),
    *("http_tokens = ", "count = 0\n", "${", "AWS::EC2::Instance", "  ", "Resources:\n", "[", "é", "😀", "\r\n", "\t"),
    INSTANCE + "}\n",
)


def edited(dice, text):
    """A text after a stroke or two: something is put in, taken out, or written twice."""
    at = dice.randrange(len(text) + 1)
    to = min(len(text), at + dice.choice((1, 5, 40)))
    match dice.randrange(4):
        case 0:
            return text[:at] + dice.choice(TYPED) + text[at:]
        case 1:
            return text[:at] + text[to:]
        case 2:
            return text[:at] + text[at:to] + text[at:]
        case _:
            return (
                text.replace('"optional"', '"required"', 1) if at % 2 else text.replace('"required"', '"optional"', 1)
            )


def next_edit(dice, first, now):
    """The next thing that happens to files: mostly one is typed in; one is undone, goes, or comes."""
    path = dice.choice(sorted({*first, *now}))
    match dice.randrange(10):
        case 0:
            return {path: None}
        case 1 | 2:
            return {path: first.get(path)}
        case 3:
            return {
                os.path.join(os.path.dirname(path), f"new{os.path.splitext(path)[1]}"): dice.choice(
                    sorted(first.items())
                )[1]
            }
        case _:
            return {path: edited(dice, now.get(path, b"").decode("utf-8", "replace")).encode()}


def assert_as_fresh(files, seed, number):
    """After each of so many random edits the run that reuses says what a fresh one says, and in the end mends it so."""
    dice = random.Random(seed)
    run = Changing(files)
    first = dict(run.files.files)
    run.report()
    for _ in range(number):
        edit = next_edit(dice, first, run.files.files)
        run.change(edit)
        assert plain(run.report()) == plain(run.fresh()), f"seed {seed}, {list(edit)}"
    assert plain(with_fixes(run.report())) == plain(with_fixes(run.fresh())), f"seed {seed}"


def files_below(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("fixture", FIXTURES, ids=str)
def test_random_edits_of_a_fixture(fixture):
    assert_as_fresh(files_below(fixture.before), str(fixture), 6)


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_of_a_tree(seed):
    files = dict(benchmark_tree.repository(benchmark_tree.Size(20, 6, 0.15), seed))
    assert_as_fresh(files, seed, 12)


def test_fixes_of_a_fixture_are_those_of_a_fresh_run_after_random_edits():
    dice = random.Random(1)
    for fixture in dice.sample(FIXTURES, 12):
        run = Changing(files_below(fixture.before))
        run.report()
        run.change(next_edit(dice, dict(run.files.files), run.files.files))
        assert outcome(run.report(), run.options) == outcome(run.fresh(), run.options), str(fixture)


def test_what_did_not_change_is_the_same_object():
    files = {**{f"{at}/main.tf": INSTANCE + "}\n" for at in range(3)}, **{f"{at}.yaml": TEMPLATE for at in range(3)}}
    run = Changing(files)
    first = run.report()
    run.change({"1/main.tf": INSTANCE + "\n}\n"})
    second = run.report()
    assert [one.span.path for one in second.findings if one not in first.findings] == ["1/main.tf"]
    run.change({"1/main.tf": files["1/main.tf"], "notes.md": "x"})
    assert [one.span.path for one in run.report().findings if one not in first.findings] == ["1/main.tf"]
