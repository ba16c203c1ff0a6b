"""User data of Windows: tags that EC2Config, EC2Launch and EC2Launch v2 look for, and the tasks of EC2Launch v2.

Sources: EC2 User Guide, "Run commands when you launch an EC2 instance with user data input" (tags and YAML) and "Task
definitions for EC2Launch v2 startup tasks" (executeScript, executeProgram, writeFile).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint.bootscript.formats import held
from iac_imds_lint.bootscript.formats.beginnings import Read
from iac_imds_lint.bootscript.formats.held import Held
from iac_imds_lint.bootscript.formats.shebang import of_name
from iac_imds_lint.script import Language, Part, Unseen
from iac_imds_lint.texts import Text

_TAG = re.compile(r"<(/?)(powershell|script)>", re.IGNORECASE)
_LANGUAGES = {"powershell": Language.POWERSHELL, "script": Language.BATCH, "batch": Language.BATCH}


def of_tags(text: Text, what: str) -> Iterator[Part]:
    """What stands between tags. One that is not closed is meant to reach to the end."""
    opened: tuple[str, int] | None = None
    for tag in _TAG.finditer(text.content):
        name = tag[2].lower()
        if not tag[1] and opened is None:
            opened = name, tag.end()
        elif tag[1] and opened and opened[0] == name:
            yield _tagged(text, name, opened[1], tag.start(), what)
            opened = None
    if opened:
        yield _tagged(text, *opened, len(text.content), what)


def of_tasks(text: Text, what: str) -> Iterator[Read]:
    """The scripts of EC2Launch v2's tasks."""
    for document in held.yaml(text, f"the EC2Launch configuration of {what}"):
        if isinstance(document, Unseen):
            yield document
            continue
        tasks = document.get("tasks")
        for number, task in enumerate(tasks.items() if tasks else (), 1):
            inputs = task.get("inputs")
            for one in (inputs, *inputs.items()) if inputs else ():
                yield from _task(task.plain("task").lower(), one, f"task {number} of {what}")


def _tagged(text: Text, name: str, start: int, end: int, what: str) -> Part:
    return Part(text.part(start, end), _LANGUAGES[name], f"<{name}> of {what}")


def _task(task: str, one: Held, what: str) -> Iterator[Read]:
    content = one.get("content")
    script = content.scalar() if content else None
    if script is None:
        return
    if task == "executescript":
        language = _LANGUAGES.get(one.plain("type").lower(), Language.POWERSHELL)
        yield Part(script, language, what)
    elif task == "writefile" and (named := of_name(one.plain("destination"))):
        yield Part(script, named, f"{one.plain('destination')} in {what}")
