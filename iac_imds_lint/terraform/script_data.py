"""Data sources, and resources beside them, that render scripts or read them.

Sources: the documentation of the Terraform providers hashicorp/cloudinit (config), hashicorp/template (file,
cloudinit_config) and hashicorp/local (file). What ``gzip`` and ``base64_encode`` say is of how the result is sent: the
parts are what runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from iac_imds_lint.script import Language, Script, Unseen
from iac_imds_lint.terraform import script_calls, script_encodings
from iac_imds_lint.terraform.alternatives import Alternative, Encoding, Found
from iac_imds_lint.terraform.boot import scripts_of
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.expansion import Instance
from iac_imds_lint.terraform.resources import iterator_name
from iac_imds_lint.terraform.script_names import in_block, suffix
from iac_imds_lint.terraform.script_text import Bound, Key, Reader, Where, key_of
from iac_imds_lint.terraform.steps import spread
from iac_imds_lint.terraform.syntax import Attribute, Block, Body
from iac_imds_lint.value import Known, Unknown, known_text

_TEMPLATES = frozenset({"data.template_file", "template_file"})
_CONFIGS = frozenset(
    {"data.cloudinit_config", "data.template_cloudinit_config", "cloudinit_config", "template_cloudinit_config"}
)
_FILES = frozenset({"data.local_file", "data.local_sensitive_file", "local_file", "local_sensitive_file"})
TYPES = _TEMPLATES | _CONFIGS | _FILES
# The attributes of a file that are what it holds.
_CONTENTS = ("content", "sensitive_content", "content_base64")
_MOST_INSTANCES = 16
_MOST_PARTS = 50


def read(reader: Reader, type: str, name: str, keys: Sequence[Key | None], where: Where) -> Found | None:
    """The texts that an attribute of one of TYPES may be; None where only the value tells."""
    label, scope = type.removeprefix("data."), where.scope
    block = scope.module.data(label, name) if label != type else scope.module.resource(type, name)
    if block is None or not keys:
        return None
    *index, attribute = keys
    found: Found = []
    for instance in _instances(scope.expansion(block).instances(), index):
        read_it = partial(_read, reader, type, block, str(attribute), in_block(block.body, scope, instance.bindings))
        found += reader.once(f"{type}.{name}{instance.suffix}", (scope, attribute), block.head, read_it)
    return found or None


def _read(reader: Reader, type: str, block: Block, attribute: str, inside: Where) -> Found:
    if type in _CONFIGS and attribute == "rendered":
        return _config(reader, f"{type}.{block.labels[1]}", block, inside)
    if type in _TEMPLATES and attribute == "rendered":
        return _template(reader, block.body, inside) or []
    if type in _FILES and attribute in _CONTENTS:
        return _file(reader, block.body, attribute, inside) or []
    return []


def _instances(instances: Sequence[Instance], index: Sequence[Key | None]) -> Sequence[Instance]:
    """The one that is asked for; all of them, where it is not known which."""
    named = [one for one in instances if index and index[0] is not None and one.suffix == suffix(index[0])]
    return named or instances[:_MOST_INSTANCES]


# Templates and files


def _template(reader: Reader, body: Body, where: Where) -> Found | None:
    template, named = body.attribute("template"), body.attribute("filename")
    inside = _variables(body, where)
    if template is None:
        return None if named is None else script_calls.rendered_file(reader, named.read(), inside, where)
    return script_calls.rendered(reader, template.read(), inside, where)


def _variables(body: Body, where: Where) -> Where:
    attribute = body.attribute("vars")
    if attribute is not None:
        return script_calls.given(attribute.read(), where)
    written = [one for block in body.blocks("vars") for one in block.body.items() if isinstance(one, Attribute)]
    values = {one.name: evaluate(one.read(), where.frame) for one in written}
    return Where(Frame(where.scope, values, isolated=True), {one.name: Bound(one.read(), where, ()) for one in written})


def _file(reader: Reader, body: Body, attribute: str, where: Where) -> Found | None:
    """What a file holds that is read, or written by the configuration."""
    written = next((one for one in map(body.attribute, _CONTENTS) if one is not None), None)
    source = body.attribute("source") or body.attribute("filename")
    if written is not None:
        found = reader.alternatives(written.read(), where)
        found = [script_encodings.decoded(one) for one in found] if written.name == "content_base64" else found
    elif source is not None:
        found = script_calls.files(source.read(), where)
    else:
        return None
    encoding = Encoding.BASE64 if attribute == "content_base64" else Encoding.NONE
    return [one if one.text is None else one._replace(encoding=encoding) for one in found]


# Several parts in one


def _config(reader: Reader, name: str, block: Block, where: Where) -> Found:
    """All parts of a configuration of cloud-init's, as one alternative."""
    parts: list[Script | Unseen] = []
    number = 0
    for part in block.body.blocks("part"):
        for body, inside in _generated(part, where):
            number += 1
            parts += _part(reader, f"part {number} of {name}", body, inside)
    return [Alternative(block.head, None, parts=tuple(parts))]


def _part(reader: Reader, what: str, body: Body, where: Where) -> Iterator[Script | Unseen]:
    content = body.attribute("content")
    if content is None:
        return
    kind = body.attribute("content_type")
    said = known_text(evaluate(kind.read(), where.frame)) if kind else None
    media = (said or "").partition(";")[0].strip().lower()
    yield from (
        _typed(one, media) for one in scripts_of(reader.alternatives(content.read(), where), what, content.span)
    )


def _typed(one: Script | Unseen, media: str) -> Script | Unseen:
    """A part as it is said to be; text/plain leaves it to the beginning, as the interpreter of a script does."""
    if isinstance(one, Unseen) or media in ("", "text/plain"):
        return one
    is_shell = media == "text/x-shellscript" and not one.text.content.startswith("#!")
    return one._replace(content_type=media, language=Language.SHELL if is_shell else one.language)


def _generated(block: Block, where: Where) -> Iterator[tuple[Body, Where]]:
    """The bodies that a block stands for: its own, or the content of a dynamic one for each element."""
    if not block.dynamic:
        yield block.body, where
        return
    each, contents = block.body.attribute("for_each"), block.body.blocks("content")
    if each is None or not contents:
        return
    name, collection = iterator_name(block), each.read()
    elements = spread(evaluate(collection, where.frame))
    if isinstance(elements, Unknown) or len(elements) > _MOST_PARTS:
        why = elements if isinstance(elements, Unknown) else Unknown("there are too many elements")
        yield contents[0].body, where.binding({name: Known({"key": why, "value": why})}, {})
        return
    for key, value in elements:
        known = key_of(key)
        bound = {} if known is None else {name: Bound(collection, where, (known,), "value")}
        yield contents[0].body, where.binding({name: Known({"key": key, "value": value})}, bound)
