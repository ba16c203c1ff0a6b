"""What an instance of a template runs when it boots: its user data, and what cfn-init runs of its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from functools import cached_property

from iac_imds_lint.catalog import Dialect, Entry, entries
from iac_imds_lint.cloudformation.boot_texts import INIT, Files, Texts, told
from iac_imds_lint.cloudformation.evaluate import Scope
from iac_imds_lint.cloudformation.places import Place, Reached, each
from iac_imds_lint.cloudformation.template import call_of, type_of
from iac_imds_lint.documents.node import Mapping, Member
from iac_imds_lint.script import Script, Unseen
from iac_imds_lint.value import Unknown


class Boot:
    """The boot scripts of one template's resources."""

    def __init__(self, scope: Scope, members: Names[str, Member], files: Files) -> None:
        self._scope = scope
        self._members = members
        self._texts = Texts(scope, files)
        self._user_data: dict[str, tuple[Script | Unseen, ...]] = {}
        self._inits: dict[str, tuple[Script | Unseen, ...]] = {}

    def scripts(self, member: Member, entry: Entry) -> tuple[Script | Unseen, ...]:
        """Every script that a resource may run, with its places.

        ``cfn-init`` takes the metadata of whichever resource its caller names; where none names the resource, its own
        count as run.
        """
        own = self._of_user_data(member, entry)
        if not self._with_init:
            return own
        named = self._callers.get(member.key, ())
        is_left = member.key in self._with_init and member.key not in self._called
        return (*own, *(one for key in (*named, *([member.key] if is_left else ())) for one in self._of_init(key, own)))

    @cached_property
    def _with_init(self) -> frozenset[str]:
        """The resources whose metadata have something for ``cfn-init``."""
        return frozenset(key for key, member in self._members.items() if _has_init(member))

    @cached_property
    def _callers(self) -> dict[str, tuple[str, ...]]:
        """The resources that call ``cfn-init`` in their user data, and those for whose metadata they do."""
        from iac_imds_lint.cloudformation import cfn_init

        rows = entries(Dialect.CLOUDFORMATION)
        found = {}
        for key, member in self._members.items():
            entry = rows.get(type_of(member))
            if entry is not None and entry.scripts:
                names = (name for text in self._contents(member, entry) for name in cfn_init.called_for(text))
                found[key] = tuple(name for name in dict.fromkeys(names) if name in self._with_init)
        return found

    @cached_property
    def _called(self) -> frozenset[str]:
        """The resources whose metadata the user data of some resource have ``cfn-init`` take."""
        return frozenset(name for names in self._callers.values() for name in names)

    def _contents(self, member: Member, entry: Entry) -> list[str]:
        scripts = self._of_user_data(member, entry)
        return [script.text.content for script in scripts if isinstance(script, Script)]

    def _of_user_data(self, member: Member, entry: Entry) -> tuple[Script | Unseen, ...]:
        if member.key not in self._user_data:
            self._user_data[member.key] = tuple(self._read_user_data(member, entry)) if entry.scripts else ()
        return self._user_data[member.key]

    def _read_user_data(self, member: Member, entry: Entry) -> Iterator[Script | Unseen]:
        properties = self._scope.member(self._whole(member), "Properties")
        for path in entry.scripts:
            for reached in self._scope.at(properties, path):
                for one in each(reached):
                    yield from self._script(one, member)

    def _whole(self, member: Member) -> Reached:
        return self._scope.settle(self._scope.start(member))

    def _script(self, reached: Reached, member: Member) -> Iterator[Script | Unseen]:
        """User data: what stands under ``Fn::Base64``, or what should be base64 already."""
        match reached:
            case Place(node) if (call := call_of(node)) and call.function == "Fn::Base64":
                argument = reached._replace(node=call.argument)
                for text in self._texts.of(self._scope.settle(argument)):
                    yield from told(text, "UserData")
            case Place():
                for text in self._texts.of(reached):
                    yield from told(text, "UserData")
            case Unknown(reason, origins):
                yield Unseen(origins[-1].span if origins else member.key_span, reason)
            case _:
                pass

    def _of_init(self, key: str, user_data: tuple[Script | Unseen, ...]) -> tuple[Script | Unseen, ...]:
        """What ``cfn-init`` runs of a resource's metadata; the same for all who call it for that one."""
        from iac_imds_lint.cloudformation import cfn_init

        if key not in self._inits:
            init = self._scope.member(self._scope.member(self._whole(self._members[key]), "Metadata"), INIT)
            windows = any(cfn_init.is_of_windows(one.text.content) for one in user_data if isinstance(one, Script))
            self._inits[key] = tuple(cfn_init.scripts(self._scope, self._texts, init, windows=windows))
        return self._inits[key]


def _has_init(member: Member) -> bool:
    metadata = member.value.get("Metadata") if isinstance(member.value, Mapping) else None
    return isinstance(metadata, Mapping) and metadata.get(INIT) is not None
