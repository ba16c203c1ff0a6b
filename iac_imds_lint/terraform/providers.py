"""Which releases of the AWS provider a module is used with, and which defects those have.

The lock file of the root says it exactly. Else the constraints of the module and of all that lead to it are joined, as
``terraform init`` does, which then takes the newest release that they admit: a defect counts where that one has it.
"at least" admits releases without it, and so does a range that only begins among those with it.

Sources: Terraform language, "Provider Requirements", "Dependency Lock File".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iac_imds_lint.catalog import Defect, Entry
from iac_imds_lint.model import Exposure
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import versions
from iac_imds_lint.terraform.remote_source import PUBLIC_REGISTRIES
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.value import Known, Origin, Value

_PROVIDER = "hashicorp/aws"
_ADDRESSES = tuple(f"{host}/{_PROVIDER}" for host in PUBLIC_REGISTRIES)
_LOCK = ".terraform.lock.hcl"


def exposures(entry: Entry, scope: Scope) -> tuple[Exposure, ...]:
    """The defects of a resource type's provider, as this module is used."""
    if not entry.defects or not entry.type.startswith("aws_"):
        return ()
    locked = _locked(scope)
    if locked is not None:
        version, place = locked
        by = Origin(place, f"{version} is the release that is locked")
        return tuple(Exposure(defect, by) for defect in entry.defects if versions.lies_in(version, *_range(defect)))
    constraints = list(_constraints(scope))
    if not constraints:
        return ()
    joined = ",".join(text for text, _ in constraints)
    found = [defect for defect in entry.defects if versions.newest_lies_in(joined, *_range(defect))]
    return tuple(Exposure(defect, _holding(constraints, defect)) for defect in found)


def _range(defect: Defect) -> tuple[str, str]:
    return defect.since, defect.mended


def _holding(constraints: list[tuple[str, Span]], defect: Defect) -> Origin:
    """The constraint that keeps newer releases out, by itself or with the others."""
    alone = (c for c in constraints if versions.newest_lies_in(c[0], *_range(defect)))
    text, span = next(alone, constraints[0])
    return Origin(span, f'the constraint "{text}" keeps the provider there')


def _locked(scope: Scope) -> tuple[str, Span] | None:
    """The release that the root's lock file selects, and where."""
    file = scope.file(_LOCK)
    if not isinstance(file, SourceFile):
        return None
    found = versions.locked(file.text)
    address = next((address for address in _ADDRESSES if address in found), None)
    if address is None:
        return None
    start = file.text.index(f'"{found[address]}"', file.text.index(f'"{address}"'))
    return found[address], Span(file.path, start, start + len(found[address]) + 2)


def _constraints(scope: Scope) -> Iterator[tuple[str, Span]]:
    """The constraints on the provider from the module outward."""
    around: Scope | None = scope
    while around is not None:
        for attribute in around.module.requirements("aws"):
            yield from _constraint(around.attribute(attribute))
        around = around.caller


def _constraint(value: Value) -> Iterator[tuple[str, Span]]:
    """``{ source = ..., version = ... }``, or the constraint alone, as Terraform 0.12 has it."""
    match value:
        case Known(str() as text, (origin, *_)) if versions.is_constraint(text):
            yield text, origin.span
        case Known(Mapping() as members):
            source = members.get("source")
            if not isinstance(source, Known) or source.content in (_PROVIDER, *_ADDRESSES):
                yield from _constraint(members["version"]) if "version" in members else ()
        case _:
            return
