"""The catalog as a document: which resource types are judged, by what, and where that was read."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog import Dialect, Entry, Kind, Option, Role, entries, policy_entries

_HEAD = """# Resource types

Every resource type that is known here, where it keeps the option that decides whether IMDSv1 answers, and the source of
the row. Types whose instances take no such option and name no launch template are not here, for nothing that is written
on them decides: Cloud9 environments, CodeBuild fleets, Lightsail and OpsWorks instances, and capacity providers of ECS
and Lambda.

Sources: TFS is what `terraform providers schema` says of the aws provider 5.100.0, WIRE the requests that this one
sends, a path is a file of hashicorp/terraform-provider-aws, EC2UG the EC2 User Guide, botocore AWS's service models.

"""
_TITLES = {Dialect.TERRAFORM: "Terraform and OpenTofu", Dialect.CLOUDFORMATION: "CloudFormation"}


def document() -> str:
    """docs/resources.md."""
    return _HEAD + "\n".join(line for dialect in Dialect for line in _section(dialect)) + "\n"


def _section(dialect: Dialect) -> Iterator[str]:
    rows = entries(dialect).values()
    yield f"## {_TITLES[dialect]}\n"
    yield "| type | decided by | where nothing is said | source |"
    yield "|---|---|---|---|"
    yield from (_row(entry) for entry in rows if entry.role is not Role.CONSUMER)
    yield "\nThese launch from a template or configuration, which answers for them; without one:\n"
    yield "| type | where no template is named | source |"
    yield "|---|---|---|"
    yield from (_consumer(entry) for entry in rows if entry.role is Role.CONSUMER)
    yield "\nThese hold policies, which are read where they name a condition key of IMDS (IMDS013):\n"
    yield "| type | policy | source |"
    yield "|---|---|---|"
    yield from (_holder(entry) for entry in policy_entries(dialect).values())
    yield ""


def _holder(entry: Entry) -> str:
    paths = " or ".join(f"`{'.'.join(path)}`".replace(".*", "[]") for path in entry.policies)
    return f"| [`{entry.type}`]({entry.docs}) | {paths} | {entry.source} |"


def _consumer(entry: Entry) -> str:
    return f"| [`{entry.type}`]({entry.docs}) | {_said(entry)} | {entry.source} |"


def _said(entry: Entry) -> str:
    return entry.silence.value + "".join(f"; {_kind(kind)}: {kind.silence.value}" for kind in entry.kinds)


def _kind(kind: Kind) -> str:
    return kind.name or (f"`{kind.pattern}`" if kind.pattern else "unmanaged")


def _row(entry: Entry) -> str:
    return f"| [`{entry.type}`]({entry.docs}) | {_decider(entry)} | {_silence(entry)} | {entry.source} |"


def _decider(entry: Entry) -> str:
    if entry.role is Role.DECLARATIVE_POLICY:
        return "`http_tokens` = `required` in its content, if it is one for EC2"
    if entry.unfixable:
        return f"nothing: {entry.unfixable}"
    key = entry.control.key(Option.TOKENS) if entry.control else None
    if entry.control is None or key is None:
        return "its launch template"
    path = ".".join((*entry.control.path, key.key)).replace(".*", "[]")
    only = f", where {entry.gate.fact.value} is `{entry.gate.value}`" if entry.gate else ""
    return f"`{path}` = `{key.secure}`{only}"


def _silence(entry: Entry) -> str:
    return entry.silence.value if entry.role is Role.DECLARATIVE_POLICY else _said(entry)
