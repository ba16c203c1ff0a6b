"""Options that are written where the provider or the service drops them."""

from __future__ import annotations

from iac_imds_lint.catalog.schema import Gate, Option, Role
from iac_imds_lint.model import Exposure, Resource
from iac_imds_lint.value import Absent, Known, Unknown, Value, known_text, possibilities


def inert_options(resource: Resource) -> str:
    """Why the options that are written on the resource never reach EC2, in a clause; empty where they do.

    Sources: the catalog rows of the types with their defects; for launch configurations
    ``expandInstanceMetadataOptions`` of the provider's internal/service/autoscaling/launch_configuration.go, which
    drops all options without ``http_endpoint``.
    """
    if not any(isinstance(leaf, Known) for _, leaf in possibilities(resource.container)):
        return ""
    match resource.entry.role:
        case Role.SPOT_REQUEST:
            return "RequestSpotInstances takes no metadata options"
        case Role.SPOT_FLEET:
            return "a launch specification has no metadata options"
        case Role.LAUNCH_CONFIGURATION if resource.entry.type == "aws_launch_configuration":
            gate = resource.option(Option.ENDPOINT)
            return "the provider drops every option unless http_endpoint is set" if isinstance(gate, Absent) else ""
        case _ if resource.entry.gate is not None:
            return "" if undecided_gate(resource) else _shut(resource, resource.entry.gate)
        case _:
            dropped = exposed(resource, refused=False)
            return dropped.defect.effect if dropped else ""


def undecided_gate(resource: Resource) -> tuple[Value, str] | None:
    """What of the resource decides whether its options count, and why, where that is not decided itself; else None."""
    gate = resource.entry.gate
    if gate is None:
        return None
    said = resource.fact(gate.fact)
    found = {_passes(leaf, gate) for _, leaf in possibilities(said)}
    return (said, gate.effect) if None in found or len(found) > 1 else None


def _passes(said: Value, gate: Gate) -> bool | None:
    return None if isinstance(said, Unknown) else known_text(said) == gate.value


def _shut(resource: Resource, gate: Gate) -> str:
    passing = any(_passes(leaf, gate) for _, leaf in possibilities(resource.fact(gate.fact)))
    return "" if passing else gate.effect


def exposed(resource: Resource, *, refused: bool) -> Exposure | None:
    """The defect of the provider that meets what the resource writes: its options dropped, or refused by the API."""
    if isinstance(resource.container, Absent | Unknown):
        return None
    met = (e for e in resource.exposures if isinstance(resource.option(e.defect.without), Absent))
    return next((exposure for exposure in met if exposure.defect.refused is refused), None)
