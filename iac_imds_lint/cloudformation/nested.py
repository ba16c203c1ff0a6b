"""What a resource says of the stack that it nests: where the template is, and which values its parameters get.

``TemplateURL`` of ``AWS::CloudFormation::Stack`` and ``Location`` of ``AWS::Serverless::Application`` take a path,
relative to the template, of a local file that ``aws cloudformation package`` uploads; ``TemplateURL`` of
``AWS::CloudFormation::StackSet`` takes one that ``sam package`` does. The CDK names its file in the metadata.
Sources: AWS CLI Command Reference, "cloudformation package"; AWS SAM CLI, its RESOURCES_WITH_LOCAL_PATHS; AWS CDK,
``aws:asset:path`` of cx-api's metadata.
"""

from __future__ import annotations

from iac_imds_lint.cloudformation import metadata
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Place, Reached
from iac_imds_lint.cloudformation.template import type_of
from iac_imds_lint.documents.node import Member, Sequence
from iac_imds_lint.value import ABSENT, Absent, Known, Unknown, Value, known_text

STACK_SET = "AWS::CloudFormation::StackSet"

# The types that nest a stack, each with the property that says where its template is.
LOCATIONS = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    STACK_SET: "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

_OVERRIDES = ("StackInstancesGroup", "*", "ParameterOverrides", "*", "ParameterKey")


def location(scope: Scope, member: Member) -> Value:
    """Where the template of a nested stack is, relative to the template that nests it, or by a URL."""
    asset = metadata.asset(member)
    if asset:
        return Known(asset)
    found = scope.value(_property(scope, member, LOCATIONS[type_of(member)]))
    if isinstance(found, Absent) and not isinstance(_property(scope, member, "TemplateBody"), Absent):
        return Unknown("the text in its TemplateBody")
    return found


def passed(scope: Scope, member: Member, name: str) -> Value:
    """The value that a nested stack gives to the parameter of a name; Absent where it gives none."""
    parameters = _property(scope, member, "Parameters")
    what = f"parameter {name} of stack {member.key}"
    if type_of(member) == STACK_SET:
        return _of_set(scope, member, parameters, name, what)
    return scope.value(scope.member(_called(parameters, what), name))


def _of_set(scope: Scope, member: Member, parameters: Reached, name: str, what: str) -> Value:
    """The value that a stack set gives to a parameter, unless its instances have values of their own."""
    overrides = scope.at(scope.member(scope.start(member), "Properties"), _OVERRIDES)
    if any(known_text(scope.value(key)) == name for key in overrides):
        return Unknown(f"instances of the stack set {member.key} have values of their own for {name}")
    match parameters:
        case Absent():
            return ABSENT
        case Place(Sequence()):
            items = (item for item in scope.items(parameters) if _names(scope, item, name))
            found = next(items, None)
            return ABSENT if found is None else scope.value(scope.member(_called(found, what), "ParameterValue"))
        case _:
            return Unknown(f"which Parameters the stack set {member.key} has is not decided")


def _names(scope: Scope, item: Reached, name: str) -> bool:
    return known_text(scope.value(scope.member(item, "ParameterKey"))) == name


def _called(reached: Reached, what: str) -> Reached:
    return reached._replace(what=what) if isinstance(reached, Place) else reached


def _property(scope: Scope, member: Member, key: str) -> Reached:
    return scope.member(scope.member(scope.start(member), "Properties"), key)
