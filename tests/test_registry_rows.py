"""The rows of registry modules: complete, consistent, and each with where it was read."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iac_imds_lint.catalog import Control, Option, modules
from iac_imds_lint.catalog.module_schema import Effect, Launch, ModuleRow, Sent
from iac_imds_lint.terraform.versions import Malformed, admitted, parsed

ROWS = modules()
LAUNCHES = [
    pytest.param(row, launch, id=f"{row.source}//{row.submodule} {era.since or '0'} {launch.what}")
    for row in ROWS
    for era in row.eras
    for launch in era.launches
]
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}//{row.submodule}")
EVERY_LAUNCH = pytest.mark.parametrize(("row", "launch"), LAUNCHES)


@EVERY_ROW
def test_a_row_says_what_was_read(row: ModuleRow) -> None:
    assert row.read_at
    assert row.newest in row.read_at
    assert parsed(row.newest) is not None
    assert all(address.count("/") == 2 for address in row.git)
    if row.source.startswith("github.com/"):
        assert row.git == ()
    else:
        assert row.git
        assert all(source.count("/") == 2 and source.endswith("/aws") for source in (row.source, *row.aliases))
    for era in row.eras[1:]:
        assert era.since in row.read_at, "the tag at which an era begins is one that was read"


@EVERY_ROW
def test_eras_follow_each_other(row: ModuleRow) -> None:
    assert row.eras[0].since == ""
    starts = [parsed(era.since) for era in row.eras[1:]]
    places = [start.precedence() for start in starts if start is not None]
    assert len(places) == len(row.eras) - 1
    assert places == sorted(set(places))
    newest = parsed(row.newest)
    assert newest is not None
    assert not places or places[-1] <= newest.precedence()


@EVERY_ROW
def test_an_era_differs_from_the_one_before(row: ModuleRow) -> None:
    for before, after in zip(row.eras, row.eras[1:], strict=False):
        assert before.launches != after.launches


@settings(deadline=None)
@given(st.tuples(st.integers(0, 30), st.integers(0, 40), st.integers(0, 10)), st.sampled_from(["", "-rc.7", "-next.1"]))
def test_a_version_lies_in_one_era(numbers: tuple[int, int, int], pre: str) -> None:
    version = ".".join(map(str, numbers)) + pre
    for row in ROWS:
        found = admitted(version, row.eras)
        assert not isinstance(found, Malformed)
        assert len(found) == 1


@EVERY_ROW
def test_no_constraint_admits_every_era_that_has_a_release(row: ModuleRow) -> None:
    assert admitted("", row.eras) == row.eras


def controls(launch: Launch) -> tuple[Control, ...]:
    return (*((launch.control,) if launch.control else ()), *launch.defaults)


@EVERY_LAUNCH
def test_controls_are_consistent(row: ModuleRow, launch: Launch) -> None:
    for control in controls(launch):
        options = [key.option for key in control.keys]
        assert len(options) == len(set(options))
        tokens = control.key(Option.TOKENS)
        assert (tokens is not None) is bool(control.keys)
        assert tokens is None or tokens.secure in tokens.allowed
        for key in control.keys:
            assert isinstance(key.allowed, range) or not key.secure or key.secure in key.allowed
    for default in launch.defaults:
        assert launch.control is not None
        assert "*" in launch.control.path
        assert "*" not in default.path
        assert default.keys == launch.control.keys
        assert launch.flat or default.path[-1] == launch.control.path[-1]


@EVERY_LAUNCH
def test_an_object_has_a_name(row: ModuleRow, launch: Launch) -> None:
    if launch.control is None or not launch.control.keys:
        assert not launch.flat
        assert not launch.defaults
    elif not launch.flat:
        assert launch.control.path
        assert launch.control.path[-1] != "*"


@EVERY_LAUNCH
def test_what_is_sent_are_words_of_ec2(row: ModuleRow, launch: Launch) -> None:
    for sent in (launch.silence, launch.null, launch.empty, launch.partial, launch.member_null):
        assert sent is None or sent.tokens in ("", "optional", "required")
        assert sent is None or sent.endpoint in ("", "enabled")
        assert sent is None or 0 <= sent.hop_limit <= 64


@EVERY_LAUNCH
def test_switches_go_along_with_the_options(row: ModuleRow, launch: Launch) -> None:
    for switch in launch.switches:
        assert switch.path
        assert isinstance(switch.effect, Effect)
        if "*" in switch.path:
            assert launch.control is not None
            star = switch.path.index("*")
            assert switch.path[: star + 1] == launch.control.path[: star + 1]
        assert switch.silent is False or switch.value in ("false", "")


@pytest.mark.parametrize(
    ("number", "page"),
    [
        (0, "https://registry.terraform.io/modules/terraform-aws-modules/ec2-instance/aws/latest"),
        (
            3,
            "https://registry.terraform.io/modules/terraform-aws-modules/eks/aws/latest/submodules/eks-managed-node-group",
        ),
        (-1, "https://github.com/poseidon/typhoon"),
    ],
)
def test_docs(number: int, page: str) -> None:
    assert ROWS[number].docs == page


def test_addresses_are_those_of_one_row() -> None:
    names = [(name.lower(), row.submodule) for row in ROWS for name in (row.source, *row.aliases, *row.git)]
    assert len(names) == len(set(names))


# What other tools' rules get wrong, each read in the tags: module, the last version before, the first after.
@pytest.mark.parametrize(
    ("source", "version", "silence"),
    [
        ("terraform-aws-modules/ec2-instance/aws", "2.15.0", ""),
        ("terraform-aws-modules/ec2-instance/aws", "2.21.0", ""),
        ("terraform-aws-modules/ec2-instance/aws", "5.7.1", "optional"),
        ("terraform-aws-modules/ec2-instance/aws", "5.8.0", "required"),
        ("terraform-aws-modules/autoscaling/aws", "8.3.1", ""),
        ("terraform-aws-modules/autoscaling/aws", "9.0.0", "required"),
        ("terraform-aws-modules/eks/aws", "17.17.0", "optional"),
        ("terraform-aws-modules/eks/aws", "18.0.0", "required"),
        ("cloudposse/ec2-instance/aws", "0.27.1", ""),
        ("cloudposse/ec2-instance/aws", "0.28.0", "required"),
        ("cloudposse/ec2-autoscale-group/aws", "0.22.0", "optional"),
        ("cloudposse/ec2-autoscale-group/aws", "0.23.0", "required"),
        ("cloudposse/eks-node-group/aws", "0.24.4", "optional"),
        ("cloudposse/eks-node-group/aws", "0.28.1", "required"),
        ("cloudposse/eks-node-group/aws", "1.0.0", "optional"),
        ("cloudposse/eks-node-group/aws", "2.0.0", "required"),
        ("cloudposse/ec2-bastion-server/aws", "0.19.0", "optional"),
        ("cloudposse/ec2-bastion-server/aws", "0.20.0", "required"),
        ("github-aws-runners/github-runner/aws", "0.23.0", "required"),
        ("github-aws-runners/github-runner/aws", "4.5.1", "optional"),
        ("github-aws-runners/github-runner/aws", "4.6.0", "required"),
        ("cattle-ops/gitlab-runner/aws", "4.42.0", "optional"),
        ("cattle-ops/gitlab-runner/aws", "5.0.0", "required"),
        ("Guimove/bastion/aws", "3.0.6", "optional"),
        ("umotif-public/bastion/aws", "2.8.0", ""),
    ],
)
def test_silence(source: str, version: str, silence: str) -> None:
    row = next(row for row in ROWS if row.source == source and not row.submodule)
    eras = admitted(version, row.eras)
    assert not isinstance(eras, Malformed)
    assert eras[0].launches[0].silence.tokens == silence


def test_a_partial_object_of_eks_20_loses_the_tokens_and_of_21_does_not() -> None:
    row = next(row for row in ROWS if row.submodule == "modules/eks-managed-node-group")
    partial = [era.launches[0].partial for era in row.eras if era.since in ("19.0.0", "21.0.0")]
    assert partial == [Sent(), Sent("required", "enabled", 1)]


def test_the_rows_are_imported_when_asked_for() -> None:
    program = "import sys, iac_imds_lint.catalog as c; c.entries(c.Dialect.TERRAFORM); print('iac_imds_lint.catalog.registry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
