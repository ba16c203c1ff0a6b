"""What becomes of a spot request or fleet that has no place for the options: another kind of resource, as a draft."""

from __future__ import annotations

from iac_imds_lint.catalog.schema import Option, Role
from iac_imds_lint.edit import Applicability, Refusal
from iac_imds_lint.finding import Migration, Repair
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.rules.repair import require_tokens

_MESSAGES = {
    Role.SPOT_REQUEST: "make it an instance that asks for the spot market",
    Role.SPOT_FLEET: "launch from a launch template, in the place of each launch specification",
}


def require_tokens_elsewhere(resource: Resource, world: World) -> Repair | Migration | Refusal:
    """The repair that makes a resource require tokens; where it has no place for that, what it has to become."""
    message = _MESSAGES.get(resource.entry.role)
    if message is None:
        return require_tokens(resource, world)
    options = ((Option.ENDPOINT, "enabled"), (Option.TOKENS, "required"))
    return Migration((resource,), (), message, Applicability.DISPLAY_ONLY, options)
