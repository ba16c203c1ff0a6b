"""What data sources look up of images that AWS publishes: the parameter's path, or the name.

Sources: the provider's documentation of the data sources ``aws_ssm_parameter`` and ``aws_ami``; all filters of the
latter hold at once (EC2 API, DescribeImages).
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.catalog.images import OWNERS, public_image
from iac_imds_lint.terraform.evaluate import Bindings, Frame, evaluate
from iac_imds_lint.terraform.scope import Scope
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Template
from iac_imds_lint.value import Known, known_text


def published(block: Block, scope: Scope, bindings: Bindings) -> str:
    """The public path or name by which a data source finds an image that has a row; empty where it finds no such."""
    named = _by_path(block.body, Frame(scope, bindings))
    if block.labels[0] == "aws_ami":
        named = _by_name(block.body, Frame(scope, bindings))
    return named if public_image(named) is not None else ""


def _by_path(body: Body, frame: Frame) -> str:
    attribute = body.attribute("name")
    return _spelt(attribute, frame) if attribute else ""


def _spelt(attribute: Attribute, frame: Frame) -> str:
    """A text, with an asterisk for each of its parts that is not known: a path may name a release."""
    written = attribute.read()
    parts = written.parts if isinstance(written, Template) else (written,)
    told = [known_text(evaluate(part, frame)) for part in parts]
    return "".join("*" if text is None else text for text in told)


def _by_name(body: Body, frame: Frame) -> str:
    """The first name of those that are looked for, where each is one of Amazon's that has a row."""
    filters = list(_filters(body, frame))
    owners = [_texts(body.attribute("owners"), frame)]
    owners += [texts for name, texts in filters if name in ("owner-alias", "owner-id")]
    if not any(texts and all(text in OWNERS for text in texts) for texts in owners):
        return ""
    regex = body.attribute("name_regex")
    wanted = [texts for name, texts in filters if name == "name"]
    wanted += [(_spelt(regex, frame).removeprefix("^"),)] if regex and _spelt(regex, frame).startswith("^") else []
    return next((texts[0] for texts in wanted if texts and all(map(public_image, texts))), "")


def _filters(body: Body, frame: Frame) -> Iterator[tuple[str, tuple[str, ...]]]:
    for block in body.blocks("filter"):
        name = block.body.attribute("name")
        if not block.dynamic and name is not None:
            yield _spelt(name, frame), _texts(block.body.attribute("values"), frame)


def _texts(attribute: Attribute | None, frame: Frame) -> tuple[str, ...]:
    """A list's texts; none where one of them, or the list, is not known."""
    value = frame.scope.attribute(attribute, frame.bindings) if attribute else None
    items = value.content if isinstance(value, Known) and isinstance(value.content, tuple) else ()
    texts = [known_text(item) for item in items]
    return tuple(text for text in texts if text is not None) if None not in texts else ()
