"""What the names of a template stand for: its parameters, its resources, and what those return."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Names
from typing import TypeAlias

from iac_imds_lint.cloudformation.parameters import Parameter, parameter
from iac_imds_lint.cloudformation.template import Parsed, transforms, type_of
from iac_imds_lint.source import Span
from iac_imds_lint.value import Handle, Origin, Unknown, Value

# AWS SAM Developer Guide, "Generated CloudFormation resources for AWS SAM".
_SAM = "AWS::Serverless-2016-10-31"
# Those that make no resources of their own (AWS CloudFormation Template Reference, "Transform reference").
_MAKING_NONE = ("AWS::LanguageExtensions", "AWS::Include")

Given: TypeAlias = "Names[str, Value]"
Output: TypeAlias = "Callable[[str, str], Value | None]"


class Declarations:
    """The parameters and resources of one template, and what has been given for the parameters.

    ``output`` gives the value of an output of a stack that the template nests; None where the stack is not read.
    """

    def __init__(self, parsed: Parsed, given: Given, prefix: str, output: Output | None) -> None:
        self._prefix = prefix
        self._given = given
        self._output = output
        self._parameters = {member.key: parameter(member) for member in parsed.section("Parameters")}
        self._resources = {member.key: member for member in parsed.resources()}
        self._references: dict[str, Value] = {}
        self._unless = _unless(parsed)
        self._parsed = parsed

    def has_resource(self, name: str) -> bool:
        """Whether a name is a resource's."""
        return name in self._resources

    def reference(self, name: str) -> Value:
        """What ``Ref`` of a name gives, whatever the conditions come to."""
        if name not in self._references:
            self._references[name] = self._reference(name)
        return self._references[name]

    def concealed(self, name: str, value: Value) -> Value:
        """A value that a name is taken to have, not to be shown where the name is that of a parameter with NoEcho."""
        declared = self._parameters.get(name)
        return declared.concealed(value) if isinstance(declared, Parameter) and declared.hidden else value

    def attribute(self, name: str, attribute: str) -> Value:
        """What ``Fn::GetAtt`` of a resource gives."""
        stack, _, output = attribute.partition(".")
        value = self._output(name, output) if stack == "Outputs" and self._output else None
        if value is not None:
            return value
        if name not in self._resources:
            return self._missing(f"{name or 'what Fn::GetAtt names'} is no resource of this template")
        kind, handle = type_of(self._resources[name]), Handle(self._prefix + name, attribute)
        if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
            return Unknown(f"{name}.{attribute} is what the custom resource {name} ({kind}) returns", handle=handle)
        return Unknown(f"{name}.{attribute} is known after deployment only", handle=handle)

    def _reference(self, name: str) -> Value:
        match self._parameters.get(name):
            case Parameter(member, _, None) if name not in self._given and (place := self._parsed.misses(member)):
                return self._unread(f"the default of parameter {name} cannot be read", place)
            case Parameter() as declared:
                return declared.value(self._given.get(name))
            case Unknown() as broken:
                return broken
            case None if name in self._resources:
                return Unknown(f"{name} is known after deployment only", handle=Handle(self._prefix + name, "Ref"))
            case None if name.startswith("AWS::"):
                return Unknown(f"{name} is known at deployment only")
            case None:
                return self._missing(f"{name} is no parameter or resource of this template")

    def _unread(self, told: str, place: Span) -> Unknown:
        return Unknown(told, (Origin(place, "what cannot be read"),))

    def _missing(self, told: str) -> Unknown:
        if self._parsed.left_out:
            return self._unread(told, self._parsed.left_out[0])
        return Unknown(told + self._unless, invalid=not self._unless)


def _unless(parsed: Parsed) -> str:
    """Who else may make what a template does not declare; empty where nobody."""
    makers = [name for name in transforms(parsed.root) if name not in _MAKING_NONE]
    if not makers:
        return ""
    return f", unless {'the SAM transform' if makers[0] == _SAM else f'the transform {makers[0]}'} makes it"
