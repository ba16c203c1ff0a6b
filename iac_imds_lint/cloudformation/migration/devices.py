"""Block device mappings: volumes that are deleted with the instance, and devices that are left out."""

from __future__ import annotations

from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.values import branches
from iac_imds_lint.cloudformation.migration.wrapping import Writing
from iac_imds_lint.cloudformation.template import call_of, is_no_value
from iac_imds_lint.documents import insertion
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.edit import Edit, Refusal

_DELETED = "DeleteOnTermination"


def edits(writing: Writing, value: Node, ledger: Ledger) -> tuple[Edit, ...]:
    """The edits inside of a list of mappings."""
    found: list[Edit] = []
    for end in branches(value):
        if isinstance(end, Sequence):
            for number, item in enumerate(end.items):
                if number in end.aliased:
                    ledger.by_hand(value.span, f"write {_DELETED}: true for the volume that a YAML alias stands for")
                else:
                    found += _of_items(writing, item, ledger)
        elif not is_no_value(end):
            ledger.by_hand(end.span, f"see that each volume says {_DELETED}: a template keeps volumes, unless it does")
    return tuple(found)


def _of_items(writing: Writing, item: Node, ledger: Ledger) -> tuple[Edit, ...]:
    found: list[Edit] = []
    for end in branches(item):
        if isinstance(end, Mapping) and call_of(end) is None:
            found += _of_mapping(writing, end, ledger)
        elif not is_no_value(end):
            ledger.by_hand(end.span, f"see that the volume says {_DELETED}: a template keeps volumes, unless it does")
    return tuple(found)


def _of_mapping(writing: Writing, mapping: Mapping, ledger: Ledger) -> tuple[Edit, ...]:
    found: list[Edit] = []
    for member in mapping.members:
        if member.key == "Ebs":
            found += _of_volume(writing, member, ledger)
        elif member.key == "NoDevice":
            found += _left_out(member, ledger)
    return tuple(found)


def _of_volume(writing: Writing, member: Member, ledger: Ledger) -> tuple[Edit, ...]:
    """``DeleteOnTermination``, which is true of a launch configuration's volumes where it is not written."""
    found: list[Edit] = []
    for end in branches(member.value):
        written = end.get(_DELETED) if isinstance(end, Mapping) and call_of(end) is None else None
        if is_no_value(end):
            continue
        if written is not None:
            found += [Edit(one.span, "true") for one in branches(written) if is_no_value(one)]
            continue
        added: tuple[Edit, ...] | Refusal = Refusal("")
        if isinstance(end, Mapping) and call_of(end) is None and not member.aliased:
            added = insertion.insert(writing.source, end, ((_DELETED, True),), writing.step)
        if isinstance(added, Refusal):
            ledger.by_hand(end.span, f"write {_DELETED}: true for the volume, which a template keeps otherwise")
        else:
            found += added
    return tuple(found)


def _left_out(member: Member, ledger: Ledger) -> tuple[Edit, ...]:
    """An empty text leaves a device out in a template (EC2 API, LaunchTemplateBlockDeviceMappingRequest)."""
    match member.value, call_of(member.value):
        case Scalar(span, content), None if str(content).lower() == "true" and not member.aliased:
            return (Edit(span, '""'),)
        case _ if is_no_value(member.value):
            return ()
        case _:
            ledger.by_hand(member.value.span, 'write NoDevice: "" where the device is to be left out, else nothing')
            return ()
