"""The parameters of a template: what is given for them, their defaults, and what they allow.

AWS CloudFormation User Guide, "CloudFormation template Parameters syntax".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Names
from math import inf, nan
from typing import NamedTuple

from iac_imds_lint.cloudformation import dynamic, parameter_files
from iac_imds_lint.cloudformation.parameter_files import Written
from iac_imds_lint.cloudformation.template import SHARED, Parsed, call_of
from iac_imds_lint.documents.node import Mapping, Member, Node, Scalar, Sequence
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.limits import Limits, Range
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.value import (
    MOST_CHOICES,
    Absent,
    Branches,
    Content,
    Known,
    Origin,
    Unknown,
    Value,
    known_text,
    possibilities,
    text_of,
)

_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE)


def given_parameters(parsed: Parsed, inputs: Inputs, sources: Sources) -> dict[str, Value]:
    """What the user gives for the parameters that a template declares: the command line before files, later files
    before earlier ones. A value from a file is a literal there.
    """
    declared = {member.key: member for member in parsed.section("Parameters")}
    given: dict[str, Value] = {}
    for path in inputs.parameter_files:
        for name, written in _values(sources.read(path)).items():
            if name in declared:
                given[name] = Known(
                    written.text, (Origin(written.span, f"parameter {name} in {path}", written.literal),)
                )
    for name, text in inputs.parameters.items():
        if name in declared:
            given[name] = Known(text, (Origin(declared[name].key_span, f"parameter {name}, given by --parameter"),))
    return given


def _values(source: SourceFile | Problem | None) -> Names[str, Written]:
    """The values of a parameter file; none where it cannot be read, which the command tells before anything else."""
    values = parameter_files.read(source) if isinstance(source, SourceFile) else None
    return {} if values is None or isinstance(values, Problem) else values


class Parameter(NamedTuple):
    """A parameter as it is declared."""

    member: Member
    kind: str
    default: Node | None
    allowed: tuple[Scalar, ...]
    hidden: bool
    limits: Limits

    @property
    def name(self) -> str:
        """Its name in the template."""
        return self.member.key

    def value(self, given: Value | None) -> Value:
        """What ``Ref`` gives: what is given, else the default, else one of what it allows."""
        if self.kind.startswith("AWS::SSM::Parameter::Value"):
            stored = _mapped(self._put_in(given), self._stored)
            leaves = {leaf for _, leaf in possibilities(stored)}
            return leaves.pop() if len(leaves) == 1 else stored
        value = self._put_in(given)
        return _mapped(value, self.concealed) if self.hidden else value

    def _put_in(self, given: Value | None) -> Value:
        """What is given, else the default, else one of what it allows."""
        if given is not None and not isinstance(given, Absent):
            return _mapped(_mapped(_mapped(given, self._permitted), self._typed), self._limited)
        return self._by_default()

    def _stored(self, path: Value) -> Value:
        """What the parameter store holds at a path: not known, but for which of the images of AWS's it is."""
        reason = f"parameter {self.name} is read from the Systems Manager parameter store at deployment"
        return Unknown(reason, handle=dynamic.image_at(known_text(path) or "", f"parameter {self.name}"))

    def _by_default(self) -> Value:
        default = self.default
        if default is None or (isinstance(default, Scalar) and default.content is None):
            return self._open()
        shared = self.member.aliased or _member_aliased(self.member.value, "Default")
        what, fixed = f"the default of parameter {self.name}", SHARED if shared else ""
        way = Origin(default.span, what, literal=not shared, fixed=fixed)
        if not isinstance(default, Scalar):
            return Unknown(f"the default of parameter {self.name} is no text", (way,), invalid=True)
        if isinstance(self._permitted(Known(default.content)), Unknown):
            return self._open()  # CloudFormation refuses the default, so that one of the others has to be given
        return self._limited(self._typed(Known(default.content, (way,))))

    def _limited(self, value: Value) -> Value:
        """The value, whose literal may become only what the parameter admits."""
        if not isinstance(value, Known) or not value.origins or self.limits == Limits(self.limits.owner):
            return value
        *way, last = value.origins
        return value._replace(origins=(*way, last._replace(limits=(*last.limits, self.limits))))

    def _open(self) -> Value:
        """What it may be where nothing is given and there is no default."""
        if not self.allowed or self._is_list():
            return Unknown(f"parameter {self.name} has no default")
        if len(self.allowed) > MOST_CHOICES:
            return Unknown(f"parameter {self.name} has no default and more than {MOST_CHOICES} allowed values")
        only = "the only" if len(self.allowed) == 1 else "an"
        what = f"{only} allowed value of parameter {self.name}"
        values = [self._typed(Known(item.content, (Origin(item.span, what),))) for item in self.allowed]
        if len(values) == 1:
            return values[0]
        shown = [f"allowed value {n}" if self.hidden else text_of(i.content) for n, i in enumerate(self.allowed, 1)]
        labels = [f"{self.name} is {text}" for text in shown]
        return Branches(f"parameter {self.name}", tuple(dict(zip(labels, values, strict=True)).items()))

    def _permitted(self, value: Value) -> Value:
        """The value, unless the parameter does not allow it."""
        text = known_text(value)
        if text is None or not self.allowed or self._is_list() or any(_is_one(text, i.content) for i in self.allowed):
            return value
        shown = "the value that is given" if self.hidden else f'"{text}"'
        return Unknown(f"parameter {self.name} does not allow {shown}", value.origins, invalid=True)

    def _typed(self, value: Value) -> Value:
        """The value as ``Ref`` gives it: numbers as such, lists in their items, all else as text."""
        text = known_text(value)
        if text is None or not isinstance(value, Known):
            return value
        if (unread := dynamic.unread(text, value.origins)) is not None:
            told = f"parameter {self.name} is a dynamic reference, resolved at deployment only"
            return Unknown(told, value.origins) if self.hidden else unread
        if self._is_list():
            items = tuple(step._replace(literal=False) for step in value.origins)
            return Known(tuple(Known(part.strip(), items) for part in text.split(",")), items)
        if self.kind == "Number":
            number = _number(text.strip())
            if number is None:
                return Unknown(f"parameter {self.name} is a Number, and its value is none", value.origins, invalid=True)
            return value._replace(content=number)
        if isinstance(value.content, float) and value.content.is_integer():
            told = (
                f"parameter {self.name} is the number {value.content}, of which no document says how it becomes a text"
            )
            return Unknown(told, value.origins)
        return value._replace(content=text)

    def concealed(self, value: Value) -> Value:
        """A value that must not be shown (``NoEcho``)."""
        origin = Origin(self.member.key_span, f"parameter {self.name}, which has NoEcho", sensitive=True)
        if isinstance(value, Known) and isinstance(value.content, tuple):
            return Known(tuple(self.concealed(item) for item in value.content), (origin,))
        return value._replace(origins=(origin,)) if isinstance(value, Known) else value

    def _is_list(self) -> bool:
        return self.kind == "CommaDelimitedList" or self.kind.startswith("List<")


def parameter(member: Member) -> Parameter | Unknown:
    """A member of ``Parameters``, read."""
    declared = member.value
    if not isinstance(declared, Mapping) or call_of(declared) is not None:
        return Unknown(f"parameter {member.key} is not declared as a mapping", invalid=True)
    allowed = declared.get("AllowedValues")
    items = allowed.items if isinstance(allowed, Sequence) else ()
    scalars = tuple(item for item in items if isinstance(item, Scalar))
    return Parameter(
        member,
        _text(declared.get("Type")),
        declared.get("Default"),
        scalars if len(scalars) == len(items) else (),
        _text(declared.get("NoEcho")).lower() == "true",
        _limits(member.key, declared),
    )


def _limits(name: str, declared: Mapping) -> Limits:
    allowed = declared.get("AllowedValues")
    items = allowed.items if isinstance(allowed, Sequence) else ()
    return Limits(
        f"parameter {name}",
        None if allowed is None else tuple(_text(item) for item in items),
        _text(declared.get("AllowedPattern")),
        Range(_bound(declared, "MinLength", -inf), _bound(declared, "MaxLength", inf)),
        Range(_bound(declared, "MinValue", -inf), _bound(declared, "MaxValue", inf))
        if _text(declared.get("Type")) == "Number"
        else None,
    )


def _is_one(text: str, allowed: Content) -> bool:
    """Whether a text is an allowed value; one with an empty fraction may be written with it or without."""
    if isinstance(allowed, float) and allowed.is_integer():
        return bool(_NUMBER.fullmatch(text)) and float(text) == allowed
    return text == text_of(allowed)


def _bound(declared: Mapping, key: str, otherwise: float) -> float:
    """A bound that a parameter sets; not a number where it sets one that is none."""
    written = declared.get(key)
    text = _text(written)
    return otherwise if written is None else float(text) if _NUMBER.fullmatch(text) else nan


def _number(text: str) -> int | float | str | None:
    """A number; the text where the number would be written in another way, for ``Ref`` gives what was written."""
    if not _NUMBER.fullmatch(text):
        return None
    number = int(text) if _WHOLE.fullmatch(text) else float(text)
    return number if text_of(number) == text else text


def _member_aliased(declared: Node, key: str) -> bool:
    members = declared.members if isinstance(declared, Mapping) else ()
    return any(member.aliased for member in members if member.key == key)


def _text(node: Node | None) -> str:
    return text_of(node.content) or "" if isinstance(node, Scalar) else ""


def _mapped(value: Value, change: Callable[[Value], Value]) -> Value:
    """Each thing that a value may be, changed."""
    if isinstance(value, Branches):
        return value._replace(choices=tuple((label, _mapped(choice, change)) for label, choice in value.choices))
    return change(value)
