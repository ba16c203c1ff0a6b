"""Code lenses: above a launch template or configuration its posture, and whether a new version reaches its users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from iac_imds_lint import engine
from iac_imds_lint.catalog.schema import Dialect, Role
from iac_imds_lint.consuming import Unseen, block_of, module_of
from iac_imds_lint.explaining import Launching, users
from iac_imds_lint.model import Posture, Resource
from iac_imds_lint.output.excerpt import printable
from iac_imds_lint.posture import World
from iac_imds_lint.rules import imds003
from iac_imds_lint.rules.versions import Reach
from iac_imds_lint.source import Span
from iac_imds_lint.verdict import WORST_FIRST

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Page
    from iac_imds_lint.lsp.server import Server
    from iac_imds_lint.report import Report

# The command that our own clients have for it. It takes what VS Code's editor.action.showReferences takes, as the
# protocol spells that; a client that does not say that it has the command gets none.
SHOW = "iac-imds-lint.showReferences"

_ROLES = (Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION)
_MOST_WORLDS = 8
_MOST_USERS = 3
_LONGEST_NAME = 60
_REACHES = {
    Reach.KEPT: "not reached",
    Reach.LAUNCHES: "next launches",
    Reach.RENEWS: "next apply renews it",
    Reach.OPEN: "reach not known",
}


class Template(NamedTuple):
    """A launch template, or configuration, in each of its instances, with the worlds that these are in."""

    head: Span
    instances: tuple[tuple[Resource, World], ...]


class Lens(NamedTuple):
    """What stands above the head of a template, and the heads of those who use it."""

    head: Span
    title: str
    users: tuple[Span, ...]


class _Around(NamedTuple):
    """What is known around all templates of a file: who may use them without being seen, the heads of those that are
    to be migrated, and whether all root modules were looked at that have to do with the file.
    """

    unseen: Unseen
    outdated: frozenset[Span]
    is_whole: bool


def register(server: Server) -> None:
    """Have a server answer requests for code lenses."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        command = SHOW if SHOW in ls.able.commands else ""
        return await ls.answered(params.text_document.uri, lambda page: shown(page, command))


def shown(page: Page, command: str) -> list[types.CodeLens]:
    """The code lenses of a file; without a command a lens is a title alone."""
    return [_code_lens(lens, page, command) for lens in lenses(page.name, page.report, page.folder.options)]


def _code_lens(lens: Lens, page: Page, command: str) -> types.CodeLens:
    place = page.places.range(lens.head)
    if not command or not lens.users:
        return types.CodeLens(place, types.Command(lens.title, ""))
    locations = [page.places.location(span) for span in lens.users]
    arguments = [page.places.uri(page.name), place.start, locations]
    return types.CodeLens(place, types.Command(lens.title, command, arguments=arguments))


def lenses(name: str, report: Report, options: engine.Options) -> list[Lens]:
    """What there is to show in a file, in order of places."""
    worlds = list(islice(engine.worlds(name, report.sources, options), _MOST_WORLDS + 1))
    found = (one.resource for one in report.findings if one.rule is imds003.RULE)
    outdated = frozenset(resource.head for resource in found if resource is not None)
    around = _Around(Unseen(report), outdated, len(worlds) <= _MOST_WORLDS)
    return [_lens(template, around) for template in _templates(name, worlds[:_MOST_WORLDS])]


def _templates(name: str, worlds: Iterable[World]) -> list[Template]:
    """The templates of a file by their heads, in order."""
    found: dict[Span, list[tuple[Resource, World]]] = {}
    for world in worlds:
        for resource in world.judged():
            if resource.entry.role in _ROLES and resource.head.path == name and resource.downloaded is None:
                found.setdefault(resource.head, []).append((resource, world))
    return [Template(head, tuple(found[head])) for head in sorted(found)]


def _lens(template: Template, around: _Around) -> Lens:
    used = [(resource, user) for resource, world in template.instances for user in users(resource, world)]
    parts = [_postures([world.verdict(resource).posture for resource, world in template.instances])]
    if template.head in around.outdated:
        parts.append("migrate to a launch template")
    if used:
        parts.append(_used(used))
    elif around.is_whole:
        parts.append(_unused(template, around.unseen))
    if not around.is_whole:
        parts.append("more root modules were not looked at")
    heads = dict.fromkeys(user.resource.head for _, user in used)
    return Lens(template.head, printable(" · ".join(parts)), tuple(heads))


def _postures(postures: Sequence[Posture]) -> str:
    """The posture of all instances; how many have which, where they differ."""
    counted = Counter(postures)
    if len(counted) == 1:
        return postures[0].value
    return ", ".join(f"{posture.value} ({counted[posture]})" for posture in WORST_FIRST if counted[posture])


def _used(used: Sequence[tuple[Resource, Launching]]) -> str:
    """Who uses it, instances of one block once, and whether a new version reaches them."""
    blocks: dict[tuple[Span, str], list[str]] = {}
    for template, user in used:
        blocks.setdefault((user.resource.head, _version(user)), []).append(_short(user.resource.address, template))
    told = [_named(list(dict.fromkeys(names)), version) for (_, version), names in blocks.items()]
    more = len(told) - _MOST_USERS
    rest = f" and {more} more" if more > 0 else ""
    return f"used by {len(told)}: {', '.join(told[:_MOST_USERS])}{rest}"


def _version(user: Launching) -> str:
    reached = _REACHES[user.reach] if user.reach is not None and user.version else ""
    return f" ({user.version}: {reached})" if reached else ""


def _named(names: Sequence[str], version: str) -> str:
    name = names[0] if len(names) == 1 else f"{block_of(names[0])}[*]"
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return f"{cut}{version}"


def _short(address: str, template: Resource) -> str:
    """An address without the module, or the stack, that it has in common with a template's."""
    if template.entry.dialect is Dialect.TERRAFORM:
        return address.removeprefix(module_of(template.address))
    stack, slash, _ = template.address.rpartition("/")
    return address.removeprefix(stack + slash)


def _unused(template: Template, unseen: Unseen) -> str:
    """That nothing uses it: for certain, where nothing may that is not seen."""
    if any(unseen.may_be(resource, world) for resource, world in template.instances):
        return "no consumer found with these values"
    is_terraform = template.instances[0][0].entry.dialect is Dialect.TERRAFORM
    return f"no consumer in this {'configuration' if is_terraform else 'template'}"
