"""What early releases of Terraform's provider made of options without ``http_endpoint`` (facts F3 and F4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iac_imds_lint.catalog import Defect, Dialect, Option, entries
from iac_imds_lint.finding import Finding
from iac_imds_lint.model import Exposure, Posture, Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules import imds002, imds004, imds005, imds011
from iac_imds_lint.source import Span
from iac_imds_lint.value import ABSENT, Absent, Branches, Known, Origin, Unknown, Value

HEAD, BLOCK, HERE, LOCK = Span("main.tf", 0, 10), Span("main.tf", 20, 30), Span("main.tf", 40, 50), Span("v.tf", 5, 9)
TEMPLATE, INSTANCE = entries(Dialect.TERRAFORM)["aws_launch_template"], entries(Dialect.TERRAFORM)["aws_instance"]
REFUSED, DROPPED = TEMPLATE.defects
(SENT_EMPTY,) = INSTANCE.defects


def said(text: str) -> Known:
    return Known(text, (Origin(HERE, "here", True),))


def resource(tokens: Value = ABSENT, endpoint: Value = ABSENT, *defects: Defect) -> Resource:
    return Resource(
        entry=INSTANCE if SENT_EMPTY in defects else TEMPLATE,
        address="aws_launch_template.x",
        head=HEAD,
        body=HEAD,
        container=Known(True, (Origin(BLOCK, "here"),)),
        options={Option.TOKENS: tokens, Option.ENDPOINT: endpoint},
        exposures=tuple(Exposure(defect, Origin(LOCK, 'the constraint "~> 4.50.0"')) for defect in defects),
    )


def found(of: Resource) -> list[Finding]:
    world = World([of])
    return [one for rule in (imds002, imds004, imds005, imds011) for one in rule.check(of, world)]


REQUIRED, OPTIONAL, ENABLED = said("required"), said("optional"), said("enabled")
EITHER = Branches("var.x", (("yes", ENABLED), ("no", ABSENT)))
CASES = [
    (resource(REQUIRED, ABSENT, DROPPED), ["IMDS004"], Posture.V1_ALLOWED, "the options never arrive"),
    (resource(REQUIRED, Absent((Origin(HERE, "here"),)), DROPPED), ["IMDS004"], Posture.V1_ALLOWED, "null is not set"),
    (resource(OPTIONAL, ABSENT, DROPPED), ["IMDS002"], Posture.V1_ALLOWED, "open whether they arrive or not"),
    (resource(ABSENT, ABSENT, DROPPED), ["IMDS002"], Posture.V1_ALLOWED, "nothing is asked for"),
    (resource(REQUIRED, ABSENT, REFUSED), ["IMDS011"], Posture.UNKNOWN, "the API refuses an empty endpoint"),
    (resource(REQUIRED, ABSENT, SENT_EMPTY), ["IMDS011"], Posture.UNKNOWN, "instances as well, for longer"),
    (resource(REQUIRED, ABSENT), [], Posture.V2_REQUIRED, "no release is said: the newest is used"),
    (resource(REQUIRED, ENABLED, DROPPED), [], Posture.V2_REQUIRED, "the endpoint is written beside it"),
    (resource(REQUIRED, ENABLED, REFUSED), [], Posture.V2_REQUIRED, "the endpoint is written beside it"),
    (resource(REQUIRED, ENABLED, SENT_EMPTY), [], Posture.V2_REQUIRED, "the endpoint is written beside it"),
    (resource(REQUIRED, Unknown("var.e"), DROPPED), [], Posture.V2_REQUIRED, "written, whatever its value"),
    (resource(REQUIRED, EITHER, DROPPED), [], Posture.V2_REQUIRED, "written, whatever its value"),
]


@pytest.mark.parametrize(("of", "codes", "posture", "why"), CASES)
def test_options_without_an_endpoint(of: Resource, codes: list[str], posture: Posture, why: str) -> None:
    assert [finding.rule.code for finding in found(of)] == codes, why
    assert World([of]).verdict(of).posture is posture, why


def test_no_options_are_not_dropped() -> None:
    assert not found(replace(resource(ABSENT, ABSENT, DROPPED, REFUSED), container=ABSENT, options={}))


def test_it_says_which_release_and_who_holds_it_there() -> None:
    (finding,) = found(resource(REQUIRED, ABSENT, DROPPED))
    assert finding.message == (
        "aws_launch_template.x answers IMDSv1: its metadata_options has no effect, the provider from 4.22 to 4.60 drops "
        "every option unless http_endpoint is set"
    )
    assert [(place.span, place.message) for place in finding.related] == [(LOCK, 'the constraint "~> 4.50.0"')]
    (refused,) = found(resource(REQUIRED, ABSENT, SENT_EMPTY))
    assert refused.message.endswith(
        "will be refused: the provider before 5.3.0 sends an empty http_endpoint where none is written"
    )
    assert (refused.span, refused.related[0].span) == (BLOCK, LOCK)


@pytest.mark.parametrize("defects", [(DROPPED,), (REFUSED,), (SENT_EMPTY,)])
def test_the_repair_writes_the_endpoint(defects: tuple[Defect, ...]) -> None:
    (finding,) = found(resource(REQUIRED, ABSENT, *defects))
    assert getattr(finding.repair, "options", ()) == ((Option.ENDPOINT, "enabled"),)


def test_every_defect_has_a_range_and_a_source() -> None:
    rows = [row for dialect in Dialect for row in entries(dialect).values()]
    for defect in (defect for row in rows for defect in row.defects):
        since, mended = (tuple(map(int, version.split("."))) for version in (defect.since, defect.mended))
        assert since < mended
        assert defect.source
