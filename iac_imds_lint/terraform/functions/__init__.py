"""Terraform's functions of values. What they do with null and unknown arguments is what Terraform does.

Source: Terraform language, Functions; checked against the console of Terraform 1.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iac_imds_lint.terraform.contents import TOO_LARGE, oversized
from iac_imds_lint.terraform.functions import (
    arithmetic,
    choosing,
    collections,
    encoding,
    formatting,
    networks,
    paths,
    regular,
    strings,
)
from iac_imds_lint.terraform.functions.signature import Computing, Function, Passing
from iac_imds_lint.terraform.types import STRINGS, Collection, Simple
from iac_imds_lint.value import Unknown, Value, distributed

_S, _N, _ANY = Simple.STRING, Simple.NUMBER, Simple.ANY

_FUNCTIONS: Mapping[str, Function] = {
    # Choosing and converting.
    "try": Passing(choosing.first_valid, 1, lenient=True),
    "can": Passing(choosing.can, 1, 1, lenient=True),
    "coalesce": Passing(choosing.coalesce, 1),
    "coalescelist": Passing(collections.coalescelist, 1),
    "tostring": Passing(choosing.conversion(_S), 1, 1),
    "tonumber": Passing(choosing.conversion(_N), 1, 1),
    "tobool": Passing(choosing.conversion(Simple.BOOL), 1, 1),
    "tolist": Passing(choosing.collection("list"), 1, 1),
    "toset": Passing(choosing.collection("set"), 1, 1),
    "tomap": Passing(choosing.collection("map"), 1, 1),
    "sensitive": Passing(choosing.sensitive, 1, 1),
    "nonsensitive": Passing(choosing.nonsensitive, 1, 1),
    "issensitive": Passing(choosing.issensitive, 1, 1),
    "alltrue": Passing(choosing.alltrue, 1, 1),
    "anytrue": Passing(choosing.anytrue, 1, 1),
    # Collections.
    "lookup": Passing(collections.lookup, 2, 3),
    "merge": Passing(collections.merge, 0),
    "keys": Passing(collections.keys, 1, 1),
    "values": Passing(collections.values, 1, 1),
    "zipmap": Passing(collections.zipmap, 2, 2),
    "length": Passing(collections.length, 1, 1),
    "element": Passing(collections.element, 2, 2),
    "one": Passing(collections.one, 1, 1),
    "contains": Passing(collections.contains, 2, 2),
    "index": Passing(collections.index, 2, 2),
    "concat": Passing(collections.concat, 1),
    "flatten": Passing(collections.flatten, 1, 1),
    "slice": Passing(collections.slice_of, 3, 3),
    "reverse": Passing(collections.reverse, 1, 1),
    "distinct": Passing(collections.distinct, 1, 1),
    "chunklist": Passing(collections.chunklist, 2, 2),
    "matchkeys": Passing(collections.matchkeys, 3, 3),
    "setunion": Passing(collections.setunion, 1),
    "setintersection": Passing(collections.setintersection, 1),
    "setsubtract": Passing(collections.setsubtract, 2, 2),
    "setproduct": Passing(collections.setproduct, 2),
    "transpose": Computing((Collection("map", STRINGS),), collections.transpose),
    # Strings.
    "join": Passing(strings.join, 2),
    "lower": Computing((_S,), strings.lower),
    "upper": Computing((_S,), strings.upper),
    "title": Computing((_S,), strings.title),
    "split": Computing((_S, _S), strings.split),
    "replace": Computing((_S, _S, _S), regular.replace),
    "regex": Computing((_S, _S), regular.regex),
    "regexall": Computing((_S, _S), regular.regexall),
    "format": Computing((_S,), formatting.formatted, rest=_ANY, nullable=True),
    "formatlist": Computing((_S,), formatting.formatlist, rest=_ANY, nullable=True),
    "trimspace": Computing((_S,), strings.trimspace),
    "trim": Computing((_S, _S), strings.trim),
    "trimprefix": Computing((_S, _S), str.removeprefix),
    "trimsuffix": Computing((_S, _S), str.removesuffix),
    "chomp": Computing((_S,), strings.chomp),
    "indent": Computing((_N, _S), strings.indent),
    "startswith": Computing((_S, _S), str.startswith),
    "endswith": Computing((_S, _S), str.endswith),
    "strcontains": Computing((_S, _S), str.__contains__),
    "substr": Computing((_S, _N, _N), strings.substr),
    "strrev": Computing((_S,), strings.strrev),
    "sort": Computing((STRINGS,), strings.sort),
    "compact": Computing((STRINGS,), strings.compact),
    # Numbers.
    "abs": Computing((_N,), arithmetic.absolute),
    "ceil": Computing((_N,), arithmetic.ceil),
    "floor": Computing((_N,), arithmetic.floor),
    "signum": Computing((_N,), arithmetic.signum),
    "max": Computing((_N,), arithmetic.greatest, rest=_N),
    "min": Computing((_N,), arithmetic.least, rest=_N),
    "sum": Computing((Collection("list", _N),), arithmetic.total),
    "range": Computing((_N, _N, _N), arithmetic.counted, optional=2),
    "pow": Computing((_N, _N), arithmetic.power),
    "log": Computing((_N, _N), arithmetic.logarithm),
    "parseint": Computing((_ANY, _N), arithmetic.parseint),
    # Encoding.
    "jsondecode": Computing((_S,), encoding.jsondecode),
    "yamldecode": Computing((_S,), encoding.yamldecode),
    "csvdecode": Computing((_S,), encoding.csvdecode),
    "base64encode": Computing((_S,), encoding.base64encode),
    "base64decode": Computing((_S,), encoding.base64decode),
    "textencodebase64": Computing((_S, _S), encoding.textencodebase64),
    "textdecodebase64": Computing((_S, _S), encoding.textdecodebase64),
    "urlencode": Computing((_S,), encoding.urlencode),
    "md5": Computing((_S,), encoding.digest("md5")),
    "sha1": Computing((_S,), encoding.digest("sha1")),
    "sha256": Computing((_S,), encoding.digest("sha256")),
    "sha512": Computing((_S,), encoding.digest("sha512")),
    "base64sha256": Computing((_S,), encoding.base64digest("sha256")),
    "base64sha512": Computing((_S,), encoding.base64digest("sha512")),
    "uuidv5": Computing((_S, _S), encoding.uuidv5),
    "jsonencode": Computing((_ANY,), encoding.jsonencode, nullable=True),
    "yamlencode": Computing((_ANY,), encoding.yamlencode, nullable=True),
    # Networks and names of files.
    "cidrsubnet": Computing((_S, _N, _N), networks.cidrsubnet),
    "cidrsubnets": Computing((_S,), networks.cidrsubnets, rest=_N),
    "cidrhost": Computing((_S, _N), networks.cidrhost),
    "cidrnetmask": Computing((_S,), networks.cidrnetmask),
    "dirname": Computing((_S,), paths.dirname),
    "basename": Computing((_S,), paths.basename),
    "abspath": Computing((_S,), paths.abspath),
    "pathexpand": Computing((_S,), paths.pathexpand),
}

NAMES = frozenset(_FUNCTIONS)


def call(name: str, arguments: Sequence[Value]) -> Value:
    """The value of a call of a function; the name may start with ``core::``."""
    plain = name.removeprefix("core::")
    function = _FUNCTIONS.get(plain)
    if function is None:
        return Unknown(f"the function {name}() is not evaluated")
    if oversized(arguments):
        return TOO_LARGE
    return distributed(arguments, lambda chosen: function(plain, chosen))
