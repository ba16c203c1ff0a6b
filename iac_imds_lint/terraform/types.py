"""Terraform's collection types: what a ``Known`` holds where Terraform tells a list from a tuple, a map from an object.

A plain tuple is a tuple and a plain mapping an object, as ``[...]`` and ``{...}`` make them.
"""

from __future__ import annotations

from iac_imds_lint.value import Value


class List(tuple[Value, ...]):
    """``list(T)``: elements of one type."""

    __slots__ = ()


class Set(tuple[Value, ...]):
    """``set(T)``: each element once, in the order in which Terraform goes through them."""

    __slots__ = ()


class Map(dict[str, Value]):
    """``map(T)``: values of one type, in the order of the keys."""

    __slots__ = ()
