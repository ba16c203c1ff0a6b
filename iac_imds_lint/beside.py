"""What is judged because a named file has a say in it that declares no resource itself: variables of a module, a
variable file, a parameter file, a script. A byte search, nothing is parsed.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iac_imds_lint import scanning
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.scanning import Scanned, is_native
from iac_imds_lint.sources import Sources

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scan import Seen

# What Terraform reads by itself (Terraform language, "Variable Definitions (.tfvars) Files").
_AUTOMATIC = ("terraform.tfvars", "terraform.tfvars.json", ".auto.tfvars", ".auto.tfvars.json")
_VARIABLE_FILES = (".tfvars", ".tfvars.json")
# A call of a function that reads files, and the name of the file where that is written out.
_READS = re.compile(rb'\b(?:templatefile|file\w*)\s*\(\s*(?:"(?:[^"\n]*/)?([\w.-]+)"\s*[,)])?')


class Beside(NamedTuple):
    """The Terraform files, and the templates, to be judged beside the named ones, and files that may call their
    modules; ``reading`` are those that may read a named file.
    """

    seen: tuple[Seen, ...] = ()
    templates: tuple[str, ...] = ()
    calling: tuple[Seen, ...] = ()
    reading: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of what another run has to be given, to say the same."""
        calling = (seen.path for seen in self.calling if seen.calls)
        return (*calling, *(seen.path for seen in self.seen), *self.reading, *self.templates)


def beside(paths: Sequence[str], scanned: Scanned, callers: Sequence[str], sources: Sources, inputs: Inputs) -> Beside:
    """What to judge of the ``callers``, which are the other files of the project, for the files at ``paths``."""
    if not callers:
        return Beside()
    values = [path for path in paths if path.endswith(_VARIABLE_FILES)]
    read = {os.path.basename(path).encode() for path in unread(paths, scanned)}
    parts = [path for path in paths if is_native(path) or path.endswith(_AUTOMATIC)]
    native = list(filter(is_native, callers))
    calling = scanning.scan(native if parts or values or read else (), sources).seen
    directories = set(map(os.path.dirname, parts))
    if not set(inputs.variable_files).isdisjoint(values):
        directories |= {seen.directory for seen in calling}
    reading = tuple(path for path in native if read and _may_read(read, sources.data(path)))
    directories |= _leading(reading, calling)
    given = not set(inputs.parameter_files).isdisjoint(paths)
    templates = [path for path in callers if given and not is_native(path)]
    judged = tuple(seen for seen in calling if seen.directory in directories)
    return Beside(judged, scanning.scan(templates, sources).templates, calling, reading)


def unread(paths: Iterable[str], scanned: Scanned) -> list[str]:
    """The paths of what is neither Terraform nor a template nor a plan, and may be read by one: scripts, fragments."""
    ours = {*scanned.templates, *scanned.plans}
    return [path for path in paths if not (is_native(path) or path in ours or path.endswith(_VARIABLE_FILES))]


def _leading(paths: Collection[str], calling: Sequence[Seen]) -> set[str]:
    """The directories of these files, and those of all modules from which calls lead there."""
    if not paths:
        return set()
    from iac_imds_lint.terraform import load

    return load.leading(set(map(os.path.dirname, paths)), calling)


def _may_read(names: Collection[bytes], data: object) -> bool:
    """Whether a file of one of these names is read, or one whose name is not written out."""
    return isinstance(data, bytes) and any(name in names or not name for name in _READS.findall(data))
