"""The variables of a module: what one call of it gives, converted to their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iac_imds_lint.source import Problem
from iac_imds_lint.terraform import snippets, types
from iac_imds_lint.terraform.contents import called_so, is_null
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.syntax import Attribute, Block, Expression, Literal
from iac_imds_lint.value import Branches, Known, Unknown, Value

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scope import Scope


class Variable:
    """One variable of a module, as one call of it gives it."""

    def __init__(self, name: str, declaration: Block, scope: Scope) -> None:
        self._name = name
        self._declaration = declaration.body
        self._head = declaration.head
        self._scope = scope
        self._type = self._constraint()

    def value(self) -> Value:
        """What is given, else the default, converted to the type; else what the code says that it can only be."""
        given = self._scope.argument(self._name, self._head, self._type)
        if given is None or (is_null(given) and self._flag("nullable") is False):
            given = self._default()
        if given is None:
            return self._open()
        from iac_imds_lint.terraform import conversion

        return conversion.converted(given, self._type) if self._type is not None else given

    def is_secret(self) -> bool:
        """Whether Terraform never shows its value, or it must be taken that it does not."""
        return any(self._flag(name) is not False for name in ("sensitive", "ephemeral"))

    def _flag(self, name: str) -> bool | None:
        """A meta-argument that is true or false; None where that is not known."""
        attribute = self._declaration.attribute(name)
        if attribute is None:
            return name == "nullable"
        found = self._scope.attribute(attribute)
        return found.content if isinstance(found, Known) and isinstance(found.content, bool) else None

    def _constraint(self) -> types.Type | None:
        attribute = self._declaration.attribute("type")
        if attribute is None:
            return None
        written = attribute.read()
        if isinstance(written, Literal) and isinstance(written.content, str):
            parsed = snippets.expression_at(written.span, written.content)  # the JSON syntax writes types as strings
            written = written if isinstance(parsed, Problem) else parsed
        return types.constraint(written, self._optional)

    def _optional(self, default: Expression, name: str) -> Value:
        """The default of a member of the type."""
        what = f"the optional() default of {name} in the type of var.{self._name}"
        return called_so(evaluate(default, Frame(self._scope)), what)

    def _default(self) -> Value | None:
        attribute = self._declaration.attribute("default")
        if attribute is None:
            return None
        return called_so(self._scope.attribute(attribute), f"the default of var.{self._name}")

    def _open(self) -> Value:
        """A variable that nobody gives a value: one of those that its validation admits, if those are few."""
        from iac_imds_lint.terraform import domains

        name = self._scope.named(f"var.{self._name}")
        conditions = [condition.read() for condition in self._conditions()]
        null = self._may_be_null()
        told = self._scope
        admitted = domains.admitted(
            self._name, conditions, self._type, lambda read: evaluate(read, Frame(told)), null=null
        )
        if admitted is None:
            return Unknown(f"var.{self._name} has no default and no value is given for it")
        what = f"what the validation of var.{self._name} admits"
        if len(admitted) == 1:
            return called_so(admitted[0], what)
        choices = ((f"{name} is {domains.spelt(value)}", called_so(value, what)) for value in admitted)
        return Branches(name, tuple(choices))

    def _may_be_null(self) -> bool:
        """Whether null is worth a thought: where the code does not ask for it, Terraform refuses it as a condition."""
        return self._flag("nullable") is not False and self._scope.module.compares_with_null(self._name)

    def _conditions(self) -> Iterator[Attribute]:
        for block in self._declaration.blocks("validation"):
            condition = block.body.attribute("condition")
            if condition is not None:
                yield condition
