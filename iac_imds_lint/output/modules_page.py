"""The modules of the catalog as a document: which versions are known, what decides there, and what silence means."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from iac_imds_lint.catalog import Option, modules
from iac_imds_lint.catalog.module_schema import Launch, ModuleRow, Sent

_HEAD = """# Registry modules

Calls of these modules are judged where their code is not here ([IMDS012](rules/IMDS012.md)): by
the versions that the call admits, and by its arguments. What `terraform init` has downloaded is judged as it stands in
`.terraform/modules`, whatever module it is.

"sends nothing" leaves it to the account's default, the AMI's, then EC2's: `optional`. A module is also known by the
address of its repository, where `?ref=` names a tag.

"""


def document() -> str:
    """docs/modules.md."""
    return _HEAD + "\n".join(line for row in modules() for line in _section(row))


def _section(row: ModuleRow) -> Iterator[str]:
    yield f"## {row.title}\n"
    also = ", ".join(f"`{name}`" for name in (*row.aliases, *row.git))
    yield f"[Documentation]({row.docs}){f'; also {also}' if also else ''}. Read in {row.read_at}.\n"
    yield "| versions | what | argument | where it is not set |"
    yield "|---|---|---|---|"
    for era, after in zip_longest(row.eras, row.eras[1:]):
        versions = _versions(era.since, after.since if after else "")
        if not era.launches:
            yield f"| {versions} | launches nothing | — | — |"
        for launch in era.launches:
            yield f"| {versions} | {launch.what} | {_argument(launch)} | {_sent(launch.silence)} |"
    yield ""


def _versions(since: str, until: str) -> str:
    parts = (f"from {since}" if since else "", f"before {until}" if until else "")
    return " ".join(filter(None, parts)) or "all"


def _argument(launch: Launch) -> str:
    key = launch.control.key(Option.TOKENS) if launch.control else None
    if launch.control is None or key is None:
        return "none"
    path = ".".join((*launch.control.path, key.key)).replace(".*", "[]")
    return f"`{path}` = `{key.literal(key.secure)}`"


def _sent(sent: Sent) -> str:
    return f"tokens are {sent.tokens}" if sent.tokens else "sends nothing"
