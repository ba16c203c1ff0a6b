"""What the names of a template stand for: its parameters, its resources, and what those return."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Names
from typing import TypeAlias

from iac_imds_lint.cloudformation.parameters import Parameter, parameter
from iac_imds_lint.cloudformation.template import Parsed, type_of
from iac_imds_lint.value import Handle, Unknown, Value

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

    def has_resource(self, name: str) -> bool:
        """Whether a name is a resource's."""
        return name in self._resources

    def reference(self, name: str) -> Value:
        """What ``Ref`` of a name gives, whatever the conditions come to."""
        if name not in self._references:
            self._references[name] = self._reference(name)
        return self._references[name]

    def attribute(self, name: str, attribute: str) -> Value:
        """What ``Fn::GetAtt`` of a resource gives."""
        stack, _, output = attribute.partition(".")
        value = self._output(name, output) if stack == "Outputs" and self._output else None
        if value is not None:
            return value
        if name not in self._resources:
            return Unknown(f"{name or 'what Fn::GetAtt names'} is no resource of this template", invalid=True)
        kind, handle = type_of(self._resources[name]), Handle(self._prefix + name, attribute)
        if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
            return Unknown(f"{name}.{attribute} is what the custom resource {name} ({kind}) returns", handle=handle)
        return Unknown(f"{name}.{attribute} is known after deployment only", handle=handle)

    def _reference(self, name: str) -> Value:
        match self._parameters.get(name):
            case Parameter() as declared:
                return declared.value(self._given.get(name))
            case Unknown() as broken:
                return broken
            case None if name in self._resources:
                return Unknown(f"{name} is known after deployment only", handle=Handle(self._prefix + name, "Ref"))
            case None if name.startswith("AWS::"):
                return Unknown(f"{name} is known at deployment only")
            case None:
                return Unknown(f"{name} is no parameter or resource of this template", invalid=True)
