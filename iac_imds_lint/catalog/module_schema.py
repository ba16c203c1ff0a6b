"""The shape of a row for a module of a registry: what a call of it decides about IMDS, by the module's version."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from iac_imds_lint.catalog.schema import Control


class Effect(Enum):
    """What an argument that is no IMDS option does to the IMDS options of a launch."""

    NOTHING_LAUNCHED = "nothing is launched"
    TEMPLATE_ELSEWHERE = "a launch template from outside the module decides, or the service's own"
    INERT = "the options are written where nothing reads them"


class Sent(NamedTuple):
    """The options that a module sends to EC2, in EC2's own words; an option that is "" or 0 is not sent."""

    tokens: str = ""
    endpoint: str = ""
    hop_limit: int = 0


class Switch(NamedTuple):
    """An argument that decides whether a launch's options count: at ``value`` they do not, for ``effect``'s reason.

    ``value`` is the text of a scalar; ``*`` is any value that is neither null nor empty. The path is that of the
    argument, and a ``*`` in it is the same element of the group as in the path of the options. ``defaults`` are
    arguments that are consulted, in order, where it is not written, and ``silent`` says that the switch is at ``value``
    where none of them is.
    """

    path: tuple[str, ...]
    value: str
    effect: Effect
    silent: bool = False
    defaults: tuple[tuple[str, ...], ...] = ()


class Launch(NamedTuple):
    """One kind of capacity that a module launches, and the arguments of the call that decide its options.

    ``control`` is None where no argument does. Else the last step of its path is an object whose members are the keys,
    or, for ``flat``, the keys are arguments (or members of a group) of their own; where there are no keys, its path is
    that of groups for which no argument decides. A path through ``*`` launches nothing where there is no element.
    ``defaults`` are consulted, in order, for what ``control`` leaves out: a whole object, or for ``flat`` each key.

    What is sent: ``silence`` where the argument is not written, ``null`` where it is null, ``empty`` where it is ``{}``
    and ``partial`` gives what each member is that an object leaves out, ``member_null`` what each is that is null.
    For ``flat``, ``silence`` and ``null`` give what each key is. None says that Terraform refuses the call.
    """

    what: str
    control: Control | None
    silence: Sent
    null: Sent | None = Sent()
    empty: Sent | None = Sent()
    partial: Sent | None = Sent()
    member_null: Sent | None = Sent()
    flat: bool = False
    defaults: tuple[Control, ...] = ()
    switches: tuple[Switch, ...] = ()

    @property
    def changes_in_place(self) -> bool:
        """Whether it is an instance, whose options change in place; else a template or configuration has another
        version then.
        """
        return self.what in ("the instance", "the instances", "the controllers")


class Era(NamedTuple):
    """The versions of a module from ``since`` (the first has "") up to where the next era begins."""

    since: str
    launches: tuple[Launch, ...]


class ModuleRow(NamedTuple):
    """One module, or submodule (``modules/x``), of a registry.

    ``source`` is ``namespace/name/provider``, ``aliases`` other such addresses of the same module, ``git`` the
    repositories that it can be had from, as ``host/owner/name``; that is the source of what is in no registry.
    ``eras`` are in order of versions and the last one is open. ``newest`` is the newest version that was read.
    ``read_at`` is where the row was read: tags and files. ``arrivals`` are arguments that Terraform refuses before a
    version, with that version: the arguments of the options need not be among them.
    """

    source: str
    git: tuple[str, ...]
    eras: tuple[Era, ...]
    newest: str
    read_at: str
    submodule: str = ""
    aliases: tuple[str, ...] = ()
    arrivals: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The address as a call writes it, with the submodule."""
        return f"{self.source}//{self.submodule}" if self.submodule else self.source

    @property
    def docs(self) -> str:
        """The page of the module in the public registry, or of its repository."""
        if "." in self.source.partition("/")[0]:
            return f"https://{self.source}"
        page = f"https://registry.terraform.io/modules/{self.source}/latest"
        return f"{page}/{self.submodule.replace('modules/', 'submodules/')}" if self.submodule else page
