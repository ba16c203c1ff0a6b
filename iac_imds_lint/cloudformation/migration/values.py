"""What the values of a launch configuration are: names or ARNs, IDs or names, and what may be no value at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.cloudformation.migration.guards import guarded
from iac_imds_lint.cloudformation.migration.ledger import Ledger
from iac_imds_lint.cloudformation.migration.mentions import Index
from iac_imds_lint.cloudformation.template import Call, call_of, is_no_value, type_of
from iac_imds_lint.documents.node import Mapping, Node, Scalar, Sequence
from iac_imds_lint.source import Span

NAME, ARN = "Name", "Arn"

# Parameter types whose values are IDs of security groups, or names (CloudFormation User Guide, "CloudFormation-supplied
# parameter types").
_ID_TYPE = re.compile(r"(?:List<)?AWS::EC2::SecurityGroup::Id>*|AWS::SSM::Parameter::Value<.*SecurityGroup::Id>+")
_NAME_TYPE = re.compile(r".*AWS::EC2::SecurityGroup::GroupName>*")


def branches(node: Node) -> Iterator[Node]:
    """What ``Fn::If`` chooses from, at its ends; the node itself where it is no ``Fn::If``."""
    match call_of(node):
        case Call("Fn::If", Sequence(_, (_, then, otherwise))):
            yield from branches(then)
            yield from branches(otherwise)
        case _:
            yield node


def is_shared(node: Node) -> bool:
    """Whether a branch of ``Fn::If`` in it is shared through an alias."""
    match call_of(node):
        case Call("Fn::If", Sequence(_, (_, then, otherwise), _, aliased)):
            return bool(aliased) or is_shared(then) or is_shared(otherwise)
        case _:
            return False


def may_be_nothing(node: Node) -> bool:
    """Whether it is ``AWS::NoValue`` in some case."""
    return any(map(is_no_value, branches(node)))


class Meanings:
    """What the values in one template mean, as far as the template says."""

    def __init__(self, found: Index, ledger: Ledger) -> None:
        self._parameters = found.parameters
        self._resources = found.declared
        self._conditions = found.conditions
        self._ledger = ledger

    def profile(self, node: Node) -> str:
        """The key of an instance profile that one end of a value takes: ``Name`` or ``Arn``."""
        match node, call_of(node):
            case Scalar(_, content), None:
                return ARN if str(content).startswith("arn:") else NAME
            case _, Call("Ref", Scalar(_, str(name), _)) if name in self._resources:
                return NAME
            case _, Call("Ref", Scalar(_, str(name), _)):
                return self._by_name(name, f"the parameter {name}", self._default(name))
            case _, Call("Fn::GetAtt", argument):
                return self._attribute(argument)
            case _, Call(function, argument):
                text = _text_in(argument)
                if text.startswith("arn:"):
                    return ARN
                return self._by_name(text, function, "")
            case _:
                return NAME

    def _attribute(self, argument: Node) -> str:
        match argument:
            case Scalar(_, str(text), _):
                owner, _, attribute = text.partition(".")
            case Sequence(_, (Scalar(_, str(owner), _), Scalar(_, str(attribute), _))):
                pass
            case _:
                return self._by_name("", "Fn::GetAtt", "")
        member = self._resources.get(owner)
        if member is not None and type_of(member) == "AWS::IAM::InstanceProfile":
            return ARN if attribute == "Arn" else NAME
        return self._by_name(attribute, f"{owner}.{attribute}", "")

    def _by_name(self, name: str, what: str, default: str) -> str:
        """What a value that is not known is taken for, by what it is called."""
        if default:
            return ARN if default.startswith("arn:") else NAME
        is_arn = name.lower().endswith("arn")
        self._ledger.note(f"{what} is taken to give the instance profile's {'ARN' if is_arn else 'name'}")
        return ARN if is_arn else NAME

    def _default(self, parameter: str) -> str:
        declared = self._parameters.get(parameter)
        default = declared.get("Default") if isinstance(declared, Mapping) else None
        return default.content if isinstance(default, Scalar) and isinstance(default.content, str) else ""

    def may_be_empty(self, node: Node) -> str:
        """The parameter that may be an empty text, where the value is one; else empty."""
        match call_of(node):
            case Call("Ref", Scalar(_, str(name), _)):
                declared = self._parameters.get(name)
                default = declared.get("Default") if isinstance(declared, Mapping) else None
                return name if isinstance(default, Scalar) and default.content == "" else ""
            case _:
                return ""

    def guarded(self, value: Node) -> frozenset[Span]:
        """The ends of a value that a condition leaves out where they would be empty."""
        return frozenset(guarded(value, self._conditions))

    def groups(self, node: Node) -> tuple[Node, ...]:
        """Look through what is given for security groups, which have to be IDs. What is returned are references that
        give a name, and have an ID as well.
        """
        if isinstance(node, Sequence):
            return tuple(found for item in node.items for found in self.groups(item))
        match call_of(node):
            case Call("Fn::If"):
                return tuple(found for end in branches(node) if end is not node for found in self.groups(end))
            case Call("Ref", Scalar(span, str(name), _)):
                return (node,) if self._reference(name, span) else ()
            case Call("Fn::GetAtt", argument):
                self._group_attribute(argument)
            case Call(function):
                self._ledger.note(f"{function} is taken to give IDs of security groups, not names")
            case None if isinstance(node, Scalar):
                self._literal(node)
            case _:
                self._ledger.by_hand(node.span, "write IDs of security groups: a launch template takes no names here")
        return ()

    def _reference(self, name: str, span: Span) -> bool:
        """Whether a reference is to a group of the template's that it gives the name of."""
        if name == "AWS::NoValue":
            return False
        member = self._resources.get(name)
        if member is not None:
            properties = member.value.get("Properties") if isinstance(member.value, Mapping) else None
            outside = not isinstance(properties, Mapping) or properties.get("VpcId") is None
            return type_of(member) == "AWS::EC2::SecurityGroup" and outside
        declared = self._parameters.get(name)
        kind = declared.get("Type") if isinstance(declared, Mapping) else None
        given = str(kind.content) if isinstance(kind, Scalar) else ""
        if _NAME_TYPE.fullmatch(given):
            self._ledger.by_hand(span, f"give IDs of security groups: {name} takes names, which go with no VPC's")
        elif not _ID_TYPE.fullmatch(given):
            self._ledger.note(f"{name} is taken to give IDs of security groups, not names")
        return False

    def _group_attribute(self, argument: Node) -> None:
        text = _text_in(argument)
        if not text.lower().rstrip("s").endswith(("groupid", "defaultsecuritygroup", "id")):
            self._ledger.note(f"{text} is taken to give IDs of security groups, not names")

    def _literal(self, node: Scalar) -> None:
        if not str(node.content).startswith(("sg-", "{{resolve:")) and "${" not in str(node.content):
            self._ledger.by_hand(node.span, f"write the ID of the security group {node.content}: a name does not do")


def _text_in(node: Node) -> str:
    """The text that a function's argument begins with, or ends with in a list of names."""
    match node:
        case Scalar(_, content):
            return str(content)
        case Sequence(_, (Scalar(_, ""), Sequence(_, (first, *_)))):
            return _text_in(first)
        case Sequence(_, (Scalar(_, str(text), _), Mapping())):
            return text
        case Sequence(_, items) if items and all(isinstance(item, Scalar) for item in items):
            return ".".join(str(item.content) for item in items if isinstance(item, Scalar))
        case _:
            return ""
