"""Which requests a statement of a policy matches, as far as keys of IMDS decide that.

Sources: IAM User Guide, "Condition operators" (an absent key matches nothing, so that a negated operator holds;
``IfExists`` holds where the key is absent; all entries have to hold, and one of an entry's values), "Multivalued
context keys" (``ForAllValues`` holds for an absent key, ``ForAnyValue`` does not); Service Authorization Reference,
"Amazon EC2" (which keys a request has for which resource).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from iac_imds_lint.statements import Entry, Patterns, Statement, Word

# What a request says for a key: a text, or None where the request does not have the key. A key that is not in the
# mapping may have any value, or none.
Request: TypeAlias = "Mapping[str, str | None]"

TOKENS = "ec2:MetadataHttpTokens"
ENDPOINT = "ec2:MetadataHttpEndpoint"
HOP_LIMIT = "ec2:MetadataHttpPutResponseHopLimit"
MODIFIED_TOKENS = "ec2:Attribute/HttpTokens"
MODIFIED_ENDPOINT = "ec2:Attribute/HttpEndpoint"
MODIFIED_HOP_LIMIT = "ec2:Attribute/HttpPutResponseHopLimit"
ROLE_DELIVERY = "ec2:RoleDelivery"
# The keys of requests that these decide; compared in lower case, as IAM does.
_BY_NAME = {
    key.lower(): key
    for key in (
        TOKENS,
        ENDPOINT,
        HOP_LIMIT,
        MODIFIED_TOKENS,
        MODIFIED_ENDPOINT,
        MODIFIED_HOP_LIMIT,
        ROLE_DELIVERY,
        "ec2:Attribute",
    )
}
_NUMERIC = (HOP_LIMIT, MODIFIED_HOP_LIMIT, ROLE_DELIVERY)
# In any partition: China's and GovCloud's have names of their own.
INSTANCES = "arn:*:ec2:*:*:instance/*"
# What a fix writes in place of a literal in a policy.
WRITTEN = frozenset({"required", "optional", "StringNotEquals", "StringNotEqualsIfExists", INSTANCES})
# What is written where one of the keys is meant: the Service Authorization Reference has no key of such a name.
_MISSPELT = {
    "ec2:httptokens": TOKENS,
    "ec2:metadatahttptoken": TOKENS,
    "ec2:metadatatokens": TOKENS,
    "ec2:metadatahttptokensrequired": TOKENS,
    "ec2:metadataoptionshttptokens": TOKENS,
    "ec2:metadataoptions.httptokens": TOKENS,
    "ec2:metadataoptions/httptokens": TOKENS,
    "ec2:instancemetadatahttptokens": TOKENS,
    "aws:metadatahttptokens": TOKENS,
    "ec2:attribute/httptoken": MODIFIED_TOKENS,
    "ec2:attributes/httptokens": MODIFIED_TOKENS,
    "ec2:attribute/metadatahttptokens": MODIFIED_TOKENS,
    "ec2:attributehttptokens": MODIFIED_TOKENS,
    "aws:roledelivery": ROLE_DELIVERY,
    "ec2:roledeliver": ROLE_DELIVERY,
    "ec2:roledeliveryversion": ROLE_DELIVERY,
}
_EVERYBODY = frozenset({"*", "**", "arn:*", "arn:aws:*"})
# The part of an ARN that says what type a resource is of.
_TYPE = re.compile(r"arn:[^:]*:([^:]*):[^:]*:[^:]*:([^/*?]+)/")


def known_key(key: Word) -> str | None:
    """The key of ours that a word is, as AWS spells it; None for any other."""
    return _BY_NAME.get((key.text or "").lower())


def meant_key(key: Word) -> str | None:
    """The key of ours that a word is a wrong name of; None for any other."""
    return _MISSPELT.get((key.text or "").lower())


class Operator(NamedTuple):
    """A condition operator in its parts; ``base`` is in lower case and without ``not``."""

    base: str
    negated: bool = False
    if_exists: bool = False
    quantifier: str = ""


@lru_cache(maxsize=256)
def operator(text: str) -> Operator:
    """The operator that a text names."""
    quantifier, _, name = text.lower().rpartition(":")
    base = name.removesuffix("ifexists")
    plain = base.replace("not", "", 1) if base.startswith(("stringnot", "numericnot", "arnnot", "datenot")) else base
    return Operator(plain, plain != base, base != name, quantifier)


def matches(statement: Statement, request: Request) -> bool | None:
    """Whether the entries of a statement hold for a request; None where that is not known."""
    found = [holds(entry, request) for entry in statement.entries]
    if False in found:
        return False
    return True if statement.whole and None not in found else None


def holds(entry: Entry, request: Request) -> bool | None:
    """Whether an entry holds for a request; None where that is not known."""
    if entry.operator.text is None or entry.key.text is None:
        return None
    if meant_key(entry.key):
        return _compared(entry, None)
    key = known_key(entry.key)
    if key is None:
        return False if everybody(entry) else None
    return _compared(entry, request[key]) if key in request else None


def everybody(entry: Entry) -> Word | None:
    """The pattern by which an entry holds for nobody, as all are among those that it leaves out, if there is one."""
    found = operator(entry.operator.text or "")
    named = (entry.key.text or "").lower() == "aws:principalarn"
    likened = found.negated and not found.quantifier and found.base in ("stringlike", "arnlike", "arnequals")
    patterns = entry.values if named and likened else ()
    return next((value for value in patterns if value.text in _EVERYBODY), None)


def _compared(entry: Entry, given: str | None) -> bool | None:
    found = operator(entry.operator.text or "")
    if found.base == "null":
        return _is_null(entry.values, given)
    if given is None:
        return _without(found)
    compare = _comparison(found.base, known_key(entry.key) in _NUMERIC)
    if compare is None:
        return None
    matched = _any(compare(value.text, given) for value in entry.values)
    if matched is None or not entry.values:
        return None
    return matched is not found.negated


def _is_null(values: tuple[Word, ...], given: str | None) -> bool | None:
    texts = {(value.text or "").lower() for value in values}
    return (given is None) is (texts == {"true"}) if texts in ({"true"}, {"false"}) else None


def _without(found: Operator) -> bool | None:
    """Whether an operator holds for a key that is absent."""
    if found.quantifier:
        return None if found.if_exists else found.quantifier == "forallvalues"
    return found.negated or found.if_exists


def _any(found: Iterable[bool | None]) -> bool | None:
    several = list(found)
    return True if True in several else None if None in several else False


_Comparison: TypeAlias = "Callable[[str | None, str], bool | None]"


def _comparison(base: str, is_number: bool) -> _Comparison | None:
    """How an operator compares a value of the policy with one of a request.

    How a number is compared as a text is documented nowhere: only that texts which differ do not match is certain.
    """
    if base in ("stringequals", "stringequalsignorecase", "stringlike"):
        textual = _TEXTUAL[base]
        return (lambda value, given: False if textual(value, given) is False else None) if is_number else textual
    return _NUMERICAL.get(base) if is_number else None


def is_open(text: str | None) -> bool:
    """Whether a text is not known here, or has a policy variable in it; the data source writes those with ``&``."""
    return text is None or "${" in text or "&{" in text


def _literally(value: str | None, given: str) -> bool | None:
    return None if is_open(value) else value == given


def _regardless(value: str | None, given: str) -> bool | None:
    return None if is_open(value) else str(value).lower() == given.lower()


def _like(value: str | None, given: str) -> bool | None:
    return None if is_open(value) else is_like(str(value), given)


_TEXTUAL: dict[str, _Comparison] = {
    "stringequals": _literally,
    "stringequalsignorecase": _regardless,
    "stringlike": _like,
}


def _numerically(compare: Callable[[float, float], bool]) -> _Comparison:
    def compared(value: str | None, given: str) -> bool | None:
        try:
            return None if value is None else compare(float(given), float(value))
        except ValueError:
            return None

    return compared


_NUMERICAL: dict[str, _Comparison] = {
    "numericequals": _numerically(lambda given, value: given == value),
    "numericlessthan": _numerically(lambda given, value: given < value),
    "numericlessthanequals": _numerically(lambda given, value: given <= value),
    "numericgreaterthan": _numerically(lambda given, value: given > value),
    "numericgreaterthanequals": _numerically(lambda given, value: given >= value),
}


def is_like(pattern: str, text: str) -> bool:
    """Whether a text is one of those that a pattern with ``*`` and ``?`` stands for."""
    at, star, resumed, number = 0, -1, 0, 0
    while at < len(text):
        if number < len(pattern) and pattern[number] == "*":
            star, resumed, number = number, at, number + 1
        elif number < len(pattern) and pattern[number] in ("?", text[at]):
            at, number = at + 1, number + 1
        elif star >= 0:
            resumed += 1
            at, number = resumed, star + 1
        else:
            return False
    return not pattern[number:].strip("*")


def concerns(statement: Statement, action: str) -> bool | None:
    """Whether a statement is about an action, such as "ec2:RunInstances"; None where that is not known."""
    found = statement.actions
    if found is None:
        return None
    named = _any(None if is_open(one.text) else is_like(str(one.text).lower(), action.lower()) for one in found.words)
    return None if named is None else named is not found.negated


def reaches_instances(statement: Statement) -> bool | None:
    """Whether a statement's resources may be instances: False where none of them ever is."""
    found = statement.resources
    if found is None or found.negated or not found.words:
        return None
    return None if any(is_open(one.text) for one in found.words) else any(map(_may_be_instance, found.words))


def _may_be_instance(resource: Word) -> bool:
    text = resource.text or ""
    named = _TYPE.match(text)
    if named is not None and "*" not in named[1] and "?" not in named[1]:
        return named[1] == "ec2" and named[2] == "instance"
    return True


def everything(patterns: Patterns | None) -> Word | None:
    """The pattern that stands for resources of every type, if there is one."""
    for one in patterns.words if patterns is not None and not patterns.negated else ():
        if one.text == "*" or re.fullmatch(r"arn:(?:\*|aws[\w-]*):ec2:[^:]*:[^:]*:\*(?:/\*)?", one.text or ""):
            return one
    return None
