"""Where a finding points: the written value or the head of the resource, the steps that decided it, who is affected."""

from __future__ import annotations

from iac_imds_lint.catalog.schema import Dialect
from iac_imds_lint.finding import Related
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.source import Span
from iac_imds_lint.value import Absent, Branches, Known, Unknown, Value, text_of

# More of a string than this tells no one anything.
_LONGEST = 60


def spelt(value: Value) -> str:
    """A value as a message shows it; one that came through something sensitive is not shown."""
    match value:
        case Known(_, origins) if any(origin.sensitive for origin in origins):
            return "a sensitive value"
        case Known(None) | Absent((_, *_)):
            return "null"
        case Known(str() as text):
            return f'"{text}"' if len(text) <= _LONGEST else f'"{text[:_LONGEST]}…"'
        case Known(content) if not isinstance(content, tuple) and not hasattr(content, "keys"):
            return str(text_of(content))
        case Known():
            return "a collection"
        case Absent():
            return "not set"
        case Branches(condition):
            return f"decided by {condition}"
        case Unknown():
            return "not known"


def written_at(value: Value, otherwise: Span) -> Span:
    """Where the value is written on the resource."""
    return value.origins[0].span if value.origins else otherwise


def steps(value: Value) -> tuple[Related, ...]:
    """The places that lead from the resource to what decided the value; no part of one that is shown already."""
    first, *others = value.origins or (None,)
    shown: list[Related] = []
    for origin in others:
        around = [*(related.span for related in shown), *([first.span] if first is not None else [])]
        if not (origin.what == "here" and any(_within(origin.span, span) for span in around)):
            shown.append(Related(origin.span, origin.what))
    return tuple(dict.fromkeys(shown))


def _within(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.start <= inner.start and inner.end <= outer.end


def called_from(resource: Resource) -> tuple[Related, ...]:
    """The module calls, or the stacks and the include, that lead to the resource."""
    led = "nested here" if resource.entry.dialect is Dialect.CLOUDFORMATION else "called here"
    last = "included here" if resource.included else led
    words = (*(led for _ in resource.calls[1:]), last)
    return tuple(Related(span, word) for span, word in zip(resource.calls, words, strict=False))


def consumers(resource: Resource, world: World) -> tuple[str, ...]:
    """Who launches from the resource, each once, with the versions that it asks for."""
    told: dict[str, list[str]] = {}
    for use in world.uses(resource):
        version = use.reference.version
        asked = told.setdefault(use.resource.address, [])
        if isinstance(version, Known) and spelt(version) not in asked:
            asked.append(spelt(version))
    return tuple(f"{address}{_versions(asked)}" for address, asked in told.items())


def booted(resource: Resource, world: World) -> tuple[Script | Unseen, ...]:
    """What a resource runs when it boots: its own scripts, else those of what it launches from.

    Source: EC2 API, RunInstances: a launch parameter overrides that of the launch template.
    """
    if resource.boot:
        return resource.boot
    named = (target for reference in resource.references for _, target in world.targets(reference, resource.scope))
    return tuple(dict.fromkeys(script for template in named if template is not None for script in template.boot))


def _versions(asked: list[str]) -> str:
    """The versions that are asked for, in words; nothing where none is written out."""
    return f" (version{'s' * (len(asked) > 1)} {' and '.join(asked)})" if asked else ""
