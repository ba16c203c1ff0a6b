"""The shape of a catalog row: what a resource type's IMDS options are called and what silence means for it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Dialect(Enum):
    """The languages that resources are written in."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"


class Option(Enum):
    """The IMDS options, by EC2's own names (EC2 API, InstanceMetadataOptionsRequest)."""

    TOKENS = "http_tokens"
    ENDPOINT = "http_endpoint"
    HOP_LIMIT = "http_put_response_hop_limit"
    IPV6 = "http_protocol_ipv6"
    TAGS = "instance_metadata_tags"


class Role(Enum):
    """What a resource type is to IMDS."""

    CAPACITY = "capacity"
    LAUNCH_TEMPLATE = "launch template"
    LAUNCH_CONFIGURATION = "launch configuration"
    CONFIGURATION_TEMPLATE = "configuration template"
    SECURITY_CONFIGURATION = "security configuration"
    SPOT_REQUEST = "spot instance request"
    SPOT_FLEET = "spot fleet"
    ACCOUNT_DEFAULT = "account default"
    IMAGE = "machine image"
    CONSUMER = "launch template consumer"
    DECLARATIVE_POLICY = "declarative policy"
    MODULE = "module call"
    ACCESS_POLICY = "access policy"


class Fact(Enum):
    """What else a resource says that bears on IMDS or on what becomes of it, whatever its type calls it."""

    FOLLOWS_LATEST = "whether a template's default version is always its latest"
    DEFAULT_VERSION = "the template's version that is the default"
    KIND = "what decides what silence means: an AMI type, a kind of capacity, a kind of policy"
    CONTENT = "the text of a policy"
    FLEET = "the type of a fleet"
    USER_DATA = "the boot script"
    PROFILE = "the instance profile"
    GROUPS = "the security groups"
    PRICE = "the price that is offered for spot instances"
    TENANCY = "the tenancy of the host"
    MONITORED = "whether there is detailed monitoring"
    NAME_PREFIX = "what its name begins with"


class Silence(Enum):
    """What the service does when neither the resource nor a launch template says anything about tokens."""

    EC2_DEFAULT = "account default, then AMI, then optional"
    OPTIONAL = "optional"
    UNDOCUMENTED = "undocumented"
    REQUIRED = "required"
    PICKED_AMI = "account default, then an AMI of the service's choice"
    BY_KIND = "its platform's default"
    NOT_POSSIBLE = "a template or configuration has to be named"
    NO_CAPACITY = "it launches nothing"


class Kind(NamedTuple):
    """What silence means where a resource's ``Fact.KIND`` begins with what ``pattern`` matches (a regular expression).

    None stands for a kind that is not written. ``name`` is what documents call it, if not as the pattern is spelt.
    """

    pattern: str | None
    silence: Silence
    name: str = ""


class OptionKey(NamedTuple):
    """One option as one resource type spells it.

    ``allowed`` are the values that the service accepts (a range for numbers). For tokens, ``secure`` is the value that
    requires IMDSv2; for the endpoint, the value that turns IMDS on, which has to be written beside it; for a hop limit,
    one that has to be written beside it where there is none. ``number`` says that the service documents a number, in
    places where a text is not converted to one.
    """

    option: Option
    key: str
    allowed: tuple[str, ...] | range
    secure: str = ""
    number: bool = False

    @property
    def bare(self) -> bool:
        """Whether its values are numbers or booleans, which HCL and JSON write without quotes."""
        return self.number or isinstance(self.allowed, range) or set(self.allowed) == {"true", "false"}

    def literal(self, value: str) -> str:
        """A value as HCL and JSON write it."""
        return value if self.bare else f'"{value}"'

    def typed(self, value: str) -> str | int:
        """A value as it is to be written: what is bare is a number or a boolean."""
        if not self.bare:
            return value
        return value == "true" if value in ("true", "false") else int(value)

    def turns_off(self, value: str | None) -> bool:
        """Whether a value of the endpoint turns IMDS off."""
        return value == "disabled" or (self.bare and value == "false")


class Listed(NamedTuple):
    """Settings in a list, each an element with a name and a value: how these are called there, and what stands beside.

    A setting is one of ours where its name is that of the option, and ``beside`` holds.
    """

    name: str
    value: str
    beside: tuple[tuple[str, str], ...] = ()


class Control(NamedTuple):
    """Where a resource type keeps its options: the path of containers, and the keys in the last of them.

    A ``*`` in the path stands for each element of a list. ``listed`` says that what the path leads to are settings, of
    which one is the option for tokens. ``document`` says that the first step of the path holds JSON, in which the
    others lead on.
    """

    path: tuple[str, ...]
    keys: tuple[OptionKey, ...]
    listed: Listed | None = None
    document: bool = False

    @property
    def name(self) -> str:
        """What messages call the place of the options."""
        if self.listed is not None:
            return self.keys[0].key
        return self.path[-1] if self.path else ""

    def key(self, option: Option) -> OptionKey | None:
        """How ``option`` is spelt here, or None where the type has no such option."""
        return next((key for key in self.keys if key.option is option), None)


class TemplateKeys(NamedTuple):
    """Where a resource type names a launch template (or configuration): path of the container, keys in it.

    A ``*`` in the path stands for each element of a list. ``roles`` are those of what it may name. ``unread`` says why
    nothing follows from what is named, where that is so.
    """

    path: tuple[str, ...]
    id: str = ""
    name: str = ""
    version: str = ""
    roles: tuple[Role, ...] = (Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION)
    unread: str = ""


class Gate(NamedTuple):
    """What a resource has to say elsewhere for its options to count: ``fact`` is ``value``; ``effect`` is why."""

    fact: Fact
    value: str
    effect: str


class Hops(NamedTuple):
    """The least hop limit that some use of a type needs once tokens are required, and a clause that says which."""

    least: int
    needed: str


class Defect(NamedTuple):
    """What releases of the provider from ``since`` on, and before ``mended``, do to options without another one.

    ``refused`` says that the API refuses what they send; else they drop the options without a word. ``effect`` says it
    in a clause.
    """

    since: str
    mended: str
    without: Option
    effect: str
    source: str
    refused: bool = False


class Entry(NamedTuple):
    """One resource type.

    ``undecided`` is the reason why its posture cannot be decided yet, where that is so. ``nested`` tells HCL's two
    spellings apart: a block (aws) or an attribute that holds an object (awscc). ``inline`` is the path of launch
    specifications that have no IMDS option, for a type that may use a launch template instead. ``name_key`` is where
    a launch template keeps the name that others may call it by and ``image_key`` where a resource names its machine
    image. ``unfixable`` says why no edit of this resource would help, ``disruption`` what applying one does beyond an
    update in place, and ``collision`` what is in its way where ``name_key`` is written. ``renewal`` says what a new
    version of its launch template does to what is running, if only where one of ``renewal_keys`` is written and not
    false; ``resolves_latest`` that it does so as well where the version is ``$Latest``, which stays as it is written.
    ``facts`` are other paths to read, ``kinds`` what silence means for some kinds of the type, ``defects`` what some
    releases of the provider do to it, ``gate`` what has to hold for its options to count, ``hops`` the hop limit that
    some of what it launches needs, ``scripts`` the paths of what it runs when it boots, ``policies`` those of policies.
    ``source`` is where the row was read. ``kind`` is what users call that which
    decides what silence means, ``names`` that which ``templates`` lead to. A fact that has several paths is at the
    first of them that is written.
    """

    dialect: Dialect
    type: str
    role: Role
    control: Control | None
    source: str
    docs: str
    silence: Silence = Silence.EC2_DEFAULT
    templates: tuple[TemplateKeys, ...] = ()
    nested: str = "block"
    inline: tuple[str, ...] = ()
    name_key: tuple[str, ...] = ()
    image_key: tuple[str, ...] = ()
    undecided: str = ""
    unfixable: str = ""
    disruption: str = ""
    collision: str = ""
    renewal: str = ""
    renewal_keys: tuple[tuple[str, ...], ...] = ()
    resolves_latest: bool = False
    facts: tuple[tuple[Fact, tuple[str, ...]], ...] = ()
    kinds: tuple[Kind, ...] = ()
    kind: str = "kind of AMI"
    names: str = "launch template"
    defects: tuple[Defect, ...] = ()
    gate: Gate | None = None
    hops: Hops | None = None
    scripts: tuple[tuple[str, ...], ...] = ()
    policies: tuple[tuple[str, ...], ...] = ()
