"""What an instance runs when it boots, read out of the expression that is its user data."""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.terraform.places import Arguments, Place
from iac_imds_lint.value import Known, Unknown, possibilities


def scripts(arguments: Arguments, place: Place, name: str) -> Iterator[Script | Unseen]:
    """Every script that an argument for user data may be; with its places, as far as it is written out."""
    for _, value in possibilities(arguments.at(place, name)):
        span = place.span(name)
        match value:
            case Known(str() as text):
                yield Script(texts.made(text, span), name)
            case Unknown(reason):
                yield Unseen(span, reason)
            case _:
                pass
