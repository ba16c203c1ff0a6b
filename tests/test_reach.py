"""What a new version of a template does to its consumers: where IMDS006 has a finding it is that, and nowhere else."""

from __future__ import annotations

import pytest

from iac_imds_lint import engine
from iac_imds_lint.engine import Options
from iac_imds_lint.rules.versions import Reach, reach
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles
from tests.test_stale_versions import MOVING, STALE, Case, code

# What of the cases without a finding is not decided; a new version reaches the others.
UNDECIDED = {
    'version = var.v ? "$Latest" : "$Default"',
    "version = data.aws_launch_template.t.default_version",
    'version = "latest"',
}


def reached(text: str) -> Reach:
    """What becomes of the one consumer of the one template."""
    sources, options = Sources(MemoryFiles({"main.tf": text})), Options()
    engine.find(("main.tf",), sources, options)
    (world,) = engine.worlds("main.tf", sources, options)
    ((use, template),) = [(use, one) for one in world.resources for use in world.uses(one)]
    return reach(use.resource, use.reference, template, world)


def is_undecided(case: Case) -> bool:
    return case.version in UNDECIDED or "is not decided" in case.why or "is decided elsewhere" in case.why


@pytest.mark.parametrize("case", MOVING, ids=lambda case: f"{case.version} {case.template}")
def test_it_is_reached_or_that_is_not_decided(case: Case) -> None:
    assert reached(code(case)) is (Reach.OPEN if is_undecided(case) else Reach.LAUNCHES), case.why


@pytest.mark.parametrize(("version", "case"), STALE, ids=lambda item: str(item)[:40])
def test_it_is_kept(version: str, case: Case) -> None:
    assert reached(code(case)) is Reach.KEPT, case.why


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        ("aws_instance", '"$Latest"', Reach.RENEWS),
        ("aws_eks_node_group", '"$Latest"', Reach.RENEWS),
        ("aws_eks_node_group", "aws_launch_template.t.latest_version", Reach.RENEWS),
        ("aws_eks_node_group", '"2"', Reach.KEPT),
        ("aws_autoscaling_group", "aws_launch_template.t.latest_version", Reach.LAUNCHES),
    ],
)
def test_what_runs_may_be_replaced(kind: str, version: str, expected: Reach) -> None:
    assert reached(code(Case("", f"version = {version}"), kind)) is expected


def test_a_group_that_refreshes_its_instances_does_so_for_a_number_and_not_for_latest() -> None:
    refreshing = 'instance_refresh {\n    strategy = "Rolling"\n  }\n  launch_template {\n    id '
    for version, expected in (("aws_launch_template.t.latest_version", Reach.RENEWS), ('"$Latest"', Reach.LAUNCHES)):
        text = code(Case("", f"version = {version}")).replace("launch_template {\n    id ", refreshing)
        assert reached(text) is expected
