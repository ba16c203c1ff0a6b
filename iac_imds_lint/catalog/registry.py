"""Modules of the Terraform registry that launch EC2 instances: what their arguments decide, and what their silence is.

Each row was read in the module's repository, in every tag from its first to ``newest``: ``variables.tf`` and the file
that has the launch template or instance, from which ``silence`` and the rest follow by Terraform's own rules:

- ``lookup(map, key, default)`` and ``try(map.key, default)`` give a null member as null, ``optional(type, default)``
  gives the default for it;
- ``length(null)``, a null condition, and a member that a map lacks are refused;
- a null argument is the variable's default only where the variable says ``nullable = false``.
"""

from __future__ import annotations

from iac_imds_lint.catalog.aws import ENDPOINT, HOP_LIMIT, TOKENS
from iac_imds_lint.catalog.module_schema import Effect, Era, Launch, ModuleRow, Sent, Switch
from iac_imds_lint.catalog.schema import Control, Option, OptionKey

_KEYS = (ENDPOINT, TOKENS, HOP_LIMIT)
_BOOLEAN = ("true", "false")
_OBJECT = Control(("metadata_options",), _KEYS)

_NOTHING = Sent()
_OPTIONAL = Sent("optional", "enabled", 1)
_REQUIRED = Sent("required", "enabled", 1)
_REQUIRED_2 = Sent("required", "enabled", 2)


def _off(*path: str) -> Switch:
    """An argument that is true unless it is written otherwise, and launches nothing where it is false."""
    return Switch(path, "false", Effect.NOTHING_LAUNCHED)


def _elsewhere(*path: str, value: str = "false", silent: bool = False, default: str = "") -> Switch:
    """An argument with which another template decides; ``default`` is the group of defaults that has it too."""
    defaults = ((default, path[-1]),) if default else ()
    return Switch(path, value, Effect.TEMPLATE_ELSEWHERE, silent, defaults)


def _inert(argument: str) -> Switch:
    return Switch((argument,), "true", Effect.INERT)


def _no_argument(what: str, silence: Sent = _NOTHING, *switches: Switch) -> Launch:
    """No argument decides: what the module sends is all there is."""
    return Launch(what, None, silence, switches=switches)


def _ungoverned(group: str, *switches: Switch) -> Launch:
    """Groups for which no argument decides, and for which the module sends nothing."""
    return Launch(group, Control((group, "*"), ()), _NOTHING, switches=switches)


def _flags(*, hop_limit: bool = True) -> Control:
    """Cloud Posse's arguments: two booleans and a number."""
    keys = (
        OptionKey(Option.ENDPOINT, "metadata_http_endpoint_enabled", _BOOLEAN, "true"),
        OptionKey(Option.TOKENS, "metadata_http_tokens_required", _BOOLEAN, "true"),
        HOP_LIMIT._replace(key="metadata_http_put_response_hop_limit"),
    )
    return Control((), keys if hop_limit else keys[:2])


def _flagged(what: str, silence: Sent, *switches: Switch) -> Launch:
    """A launch that Cloud Posse's booleans decide; a null condition is refused."""
    return Launch(what, _flags(hop_limit=silence.hop_limit > 0), silence, null=None, flat=True, switches=switches)


def _replaced(what: str, control: Control, silence: Sent, *switches: Switch, null: Sent | None = _NOTHING) -> Launch:
    """A ``map(string)`` that replaces its default as a whole: what it leaves out is not sent."""
    return Launch(what, control, silence, null=null, switches=switches)


def _typed(what: str, control: Control, silence: Sent, *switches: Switch, null: Sent | None = _NOTHING) -> Launch:
    """An object whose members have defaults of their own: what it leaves out, or has as null, is as in silence."""
    return Launch(what, control, silence, null, silence, silence, silence, switches=switches)


def _whole(what: str, control: Control, silence: Sent, *switches: Switch, null: Sent | None = None) -> Launch:
    """An object that has to be given with all its members."""
    return Launch(what, control, silence, null=null, empty=None, partial=None, switches=switches)


_INSTANCE = "the instance"
_GROUP = "the Auto Scaling group"
_ENABLED = _off("enabled")
_CREATE = _off("create")

# terraform-aws-modules/ec2-instance

_SPOT = _inert("create_spot_instance")  # aws_spot_instance_request sends no metadata options
_UNTIL_5 = Launch(_INSTANCE, _OBJECT, _OPTIONAL, _NOTHING, _OPTIONAL, _OPTIONAL, switches=(_CREATE, _SPOT))

_EC2_INSTANCE = ModuleRow(
    "terraform-aws-modules/ec2-instance/aws",
    ("github.com/terraform-aws-modules/terraform-aws-ec2-instance",),
    (
        Era("", (_no_argument(_INSTANCE),)),
        Era("2.16.0", (Launch(_INSTANCE, _OBJECT, _NOTHING, None, _NOTHING, _OPTIONAL),)),
        Era("3.0.0", (_UNTIL_5._replace(switches=(_CREATE,)),)),
        Era("3.1.0", (_UNTIL_5,)),
        Era("5.0.0", (_UNTIL_5._replace(null=None, empty=_NOTHING),)),
        Era("5.8.0", (Launch(_INSTANCE, _OBJECT, _REQUIRED, None, _NOTHING, _REQUIRED, switches=(_CREATE, _SPOT)),)),
        Era("6.0.0", (_typed(_INSTANCE, _OBJECT, _REQUIRED, _CREATE, _SPOT),)),
    ),
    "6.4.0",
    "variables.tf, main.tf of v1.0.0 to v6.4.0; changes at v2.16.0, v3.0.0, v3.1.0, v5.0.0, v5.8.0, v6.0.0",
)

# terraform-aws-modules/autoscaling

_NO_GROUP = _off("create_asg")
_TEMPLATE = _elsewhere("create_launch_template")

_AUTOSCALING = ModuleRow(
    "terraform-aws-modules/autoscaling/aws",
    ("github.com/terraform-aws-modules/terraform-aws-autoscaling",),
    (
        Era("", (_no_argument(_GROUP, _NOTHING, _elsewhere("existing_launch_configuration", value="*")),)),
        Era("2.0.0", (_no_argument(_GROUP, _NOTHING, _NO_GROUP, _elsewhere("create_lc")),)),
        Era(
            "4.0.0",
            (
                _replaced("the launch template", _OBJECT, _NOTHING, _NO_GROUP, _elsewhere("create_lt", silent=True)),
                _replaced(
                    "the launch configuration", _OBJECT, _NOTHING, _NO_GROUP, _elsewhere("create_lc", silent=True)
                ),
            ),
        ),
        Era("5.1.0", (_replaced(_GROUP, _OBJECT, _NOTHING, _CREATE, _TEMPLATE),)),
        Era("6.0.0", (_replaced(_GROUP, _OBJECT, _NOTHING, _CREATE, _TEMPLATE, null=None),)),
        Era("9.0.0", (_typed(_GROUP, _OBJECT, _REQUIRED, _CREATE, _TEMPLATE),)),
    ),
    "9.2.1",
    "variables.tf, main.tf of v1.0.0 to v9.2.1; changes at v2.0.0, v4.0.0, v5.1.0, v6.0.0, v9.0.0",
)

# terraform-aws-modules/eks

_EKS = "terraform-aws-modules/eks/aws"
_EKS_GIT = ("github.com/terraform-aws-modules/terraform-aws-eks",)
_OLD_KEYS = tuple(key._replace(key=f"metadata_{key.key}") for key in _KEYS)
_OLD_DEFAULTS = Control(("workers_group_defaults",), _OLD_KEYS)
_OLD_SILENCE = Sent("optional", "enabled")
_CREATE_EKS = _off("create_eks")
_BY_CONFIGURATION, _BY_TEMPLATE = "worker_groups", "worker_groups_launch_template"
_MANAGED, _SELF_MANAGED = "eks_managed_node_groups", "self_managed_node_groups"


def _workers(group: str) -> Launch:
    """Worker groups until 17: each key of the element, else of the defaults of the call, else of the module."""
    control = Control((group, "*"), _OLD_KEYS)
    return Launch(group, control, _OLD_SILENCE, flat=True, defaults=(_OLD_DEFAULTS,), switches=(_CREATE_EKS,))


_OWN_TEMPLATE = (
    _CREATE_EKS,
    Switch(
        ("node_groups", "*", "launch_template_id"),
        "*",
        Effect.TEMPLATE_ELSEWHERE,
        defaults=(("node_groups_defaults", "launch_template_id"), ("workers_group_defaults", "launch_template_id")),
    ),
    _elsewhere("node_groups", "*", "create_launch_template", silent=True, default="node_groups_defaults"),
)
_NODE_GROUPS = Launch(
    "node_groups",
    Control(("node_groups", "*"), _OLD_KEYS),
    _OLD_SILENCE,
    flat=True,
    defaults=(Control(("node_groups_defaults",), _OLD_KEYS), _OLD_DEFAULTS),
    switches=_OWN_TEMPLATE,
)


def _groups(group: str, *, custom: bool, null: Sent | None) -> Launch:
    """Groups of 18 to 20: the whole object of the element, else of the defaults, else of the module."""
    defaults = f"{group.removesuffix('s')}_defaults"
    switches = [_CREATE, _off(group, "*", "create")]
    if group == _MANAGED:
        argument, value = ("use_custom_launch_template", "false") if custom else ("launch_template_name", "")
        switches.append(_elsewhere(group, "*", argument, value=value, default=defaults))
    switches.append(_elsewhere(group, "*", "create_launch_template", default=defaults))
    launch = _replaced(group, Control((group, "*", *_OBJECT.path), _KEYS), _REQUIRED_2, *switches, null=null)
    return launch._replace(defaults=(Control((defaults, *_OBJECT.path), _KEYS),))


def _typed_groups(group: str) -> Launch:
    """Groups since 21, which have no defaults; the submodule takes a null for its own default."""
    switches = [_CREATE, _off(group, "*", "create")]
    if group == _MANAGED:
        switches.append(_elsewhere(group, "*", "use_custom_launch_template"))
    switches.append(_elsewhere(group, "*", "create_launch_template"))
    control = Control((group, "*", *_OBJECT.path), _KEYS)
    return _typed(group, control, _REQUIRED, *switches, null=_REQUIRED)


_EKS_ROOT = ModuleRow(
    _EKS,
    _EKS_GIT,
    (
        Era("", (_no_argument("the worker groups"),)),
        Era("5.0.0", tuple(map(_ungoverned, (_BY_CONFIGURATION, _BY_TEMPLATE, f"{_BY_TEMPLATE}_mixed")))),
        Era("6.0.0", tuple(map(_ungoverned, (_BY_CONFIGURATION, _BY_TEMPLATE)))),
        Era(
            "8.0.0",
            (
                _ungoverned(_BY_CONFIGURATION, _CREATE_EKS),
                _ungoverned(_BY_TEMPLATE, _CREATE_EKS),
                _ungoverned("node_groups", *_OWN_TEMPLATE),
            ),
        ),
        Era(
            "12.2.0",
            (
                _ungoverned(_BY_CONFIGURATION, _CREATE_EKS),
                _workers(_BY_TEMPLATE),
                _ungoverned("node_groups", *_OWN_TEMPLATE),
            ),
        ),
        Era(
            "15.2.0",
            (_workers(_BY_CONFIGURATION), _workers(_BY_TEMPLATE), _ungoverned("node_groups", *_OWN_TEMPLATE)),
        ),
        Era("17.18.0", (_workers(_BY_CONFIGURATION), _workers(_BY_TEMPLATE), _NODE_GROUPS)),
        Era("18.0.0", tuple(_groups(group, custom=False, null=_NOTHING) for group in (_MANAGED, _SELF_MANAGED))),
        Era("18.26.2", tuple(_groups(group, custom=False, null=None) for group in (_MANAGED, _SELF_MANAGED))),
        Era("19.0.0", tuple(_groups(group, custom=True, null=None) for group in (_MANAGED, _SELF_MANAGED))),
        Era("21.0.0", tuple(map(_typed_groups, (_MANAGED, _SELF_MANAGED)))),
    ),
    "21.19.0",
    "variables.tf, local(s).tf, workers.tf, workers_launch_template.tf, node_groups.tf, modules/*/{main,variables}.tf "
    "and modules/node_groups/{locals,launch_template,node_groups}.tf of v0.1.0 to v21.19.0; changes at v5.0.0, v6.0.0, "
    "v8.0.0, v12.2.0, v15.2.0, v17.18.0, v18.0.0, v18.26.2, v19.0.0, v21.0.0",
    arrivals=((_MANAGED, "18.0.0"), (_SELF_MANAGED, "18.0.0")),
)


_MANAGED_GROUP, _SELF_MANAGED_GROUP = "modules/eks-managed-node-group", "modules/self-managed-node-group"
# In 18 the managed node group uses a template only where a name of it is given.
_NAMED = (_CREATE, _elsewhere("launch_template_name", value="", silent=True), _TEMPLATE)
_FLAGGED = (_CREATE, _elsewhere("use_custom_launch_template"), _TEMPLATE)


def _node_group(name: str, *eras: Era) -> ModuleRow:
    read_at = f"{name}/variables.tf, main.tf of v18.0.0 to v21.19.0; changes at " + ", ".join(
        f"v{era.since}" for era in eras[1:]
    )
    return ModuleRow(_EKS, _EKS_GIT, (Era("", ()), *eras), "21.19.0", read_at, name)


_EKS_NODE_GROUPS = (
    _node_group(
        _MANAGED_GROUP,
        Era("18.0.0", (_replaced("the node group", _OBJECT, _REQUIRED_2, *_NAMED),)),
        Era("18.26.2", (_replaced("the node group", _OBJECT, _REQUIRED_2, *_NAMED, null=None),)),
        Era("19.0.0", (_replaced("the node group", _OBJECT, _REQUIRED_2, *_FLAGGED, null=None),)),
        Era("21.0.0", (_typed("the node group", _OBJECT, _REQUIRED, *_FLAGGED, null=_REQUIRED),)),
    ),
    _node_group(
        _SELF_MANAGED_GROUP,
        Era("18.0.0", (_replaced(_GROUP, _OBJECT, _REQUIRED_2, _CREATE, _TEMPLATE),)),
        Era("18.26.2", (_replaced(_GROUP, _OBJECT, _REQUIRED_2, _CREATE, _TEMPLATE, null=None),)),
        Era("21.0.0", (_typed(_GROUP, _OBJECT, _REQUIRED, _CREATE, _TEMPLATE, null=_REQUIRED),)),
    ),
)

# Cloud Posse


def _cloudposse(name: str, newest: str, read_at: str, *eras: Era) -> ModuleRow:
    git = f"github.com/cloudposse/terraform-aws-{name}"
    return ModuleRow(f"cloudposse/{name}/aws", (git,), eras, newest, f"main.tf, variables.tf of {read_at}")


_CLOUDPOSSE_NODES = "the node group"
_NODE_TEMPLATE = _elsewhere("launch_template_name", value="*")
_NODE_TEMPLATE_ID = _elsewhere("launch_template_id", value="*")
_NODE_STRINGS = Launch(
    _CLOUDPOSSE_NODES,
    Control((), tuple(key._replace(key=f"metadata_{key.key}") for key in _KEYS)),
    Sent("optional", "enabled", 2),
    flat=True,
    switches=(_ENABLED, _NODE_TEMPLATE),
)
_NODE_FLAGS = _flagged(_CLOUDPOSSE_NODES, _REQUIRED_2, _ENABLED, _NODE_TEMPLATE_ID)

_CLOUDPOSSE = (
    _cloudposse(
        "ec2-instance",
        "2.0.0",
        "0.1.0 to v2.0.0; changes at 0.28.0, 0.30.4",
        Era("", (_no_argument(_INSTANCE, _NOTHING, _ENABLED, _off("instance_enabled")),)),
        Era("0.28.0", (_flagged(_INSTANCE, Sent("required", "enabled"), _ENABLED),)),
        Era("0.30.4", (_flagged(_INSTANCE, _REQUIRED_2, _ENABLED),)),
    ),
    _cloudposse(
        "ec2-autoscale-group",
        "0.43.1",
        "0.1.0 to v0.43.1; changes at 0.21.0, 0.23.0",
        Era("", (_no_argument(_GROUP, _NOTHING, _ENABLED),)),
        Era(
            "0.21.0",
            (
                Launch(
                    _GROUP,
                    Control((), (TOKENS._replace(key="metadata_http_tokens"),)),
                    _OPTIONAL,
                    null=None,
                    flat=True,
                    switches=(_ENABLED,),
                ),
            ),
        ),
        Era("0.23.0", (_flagged(_GROUP, _REQUIRED_2, _ENABLED),)),
    ),
    _cloudposse(
        "eks-workers",
        "1.3.0",
        "0.1.0 to 1.3.0, and the ec2-autoscale-group that each of them calls; changes at 0.17.8, 0.18.0",
        Era("", (_no_argument(_GROUP, _NOTHING, _ENABLED),)),
        Era("0.17.8", (_no_argument(_GROUP, _OPTIONAL, _ENABLED),)),
        Era("0.18.0", (_flagged(_GROUP, _REQUIRED_2, _ENABLED),)),
    ),
    _cloudposse(
        "eks-node-group",
        "3.4.0",
        "0.1.0 to v3.4.0, and launch-template.tf; changes at 0.9.0, 0.11.0, 0.20.0, 0.25.0, 1.0.0 (as 0.20.0), 2.0.0 "
        "(as 0.25.0), 3.0.0 (nullable = false)",
        Era("", (_no_argument(_CLOUDPOSSE_NODES, _NOTHING, _ENABLED),)),
        Era("0.9.0", (_no_argument(_CLOUDPOSSE_NODES, _NOTHING, _ENABLED, _NODE_TEMPLATE_ID),)),
        Era("0.11.0", (_no_argument(_CLOUDPOSSE_NODES, Sent("", "enabled", 2), _ENABLED, _NODE_TEMPLATE),)),
        Era("0.20.0", (_NODE_STRINGS,)),
        Era("0.25.0", (_NODE_FLAGS,)),
        Era("1.0.0", (_NODE_STRINGS,)),
        Era("2.0.0", (_NODE_FLAGS,)),
        Era("3.0.0", (_NODE_FLAGS._replace(null=_REQUIRED_2),)),
    ),
    _cloudposse(
        "ec2-bastion-server",
        "0.31.1",
        "0.1.0 to v0.31.1; changes at 0.6.0, 0.20.0",
        Era("", (_no_argument(_INSTANCE, _NOTHING, _ENABLED),)),
        Era("0.6.0", (_flagged(_INSTANCE, _OPTIONAL, _ENABLED),)),
        Era("0.20.0", (_flagged(_INSTANCE, _REQUIRED, _ENABLED),)),
    ),
    _cloudposse(
        "ec2-instance-group",
        "1.0.0",
        "0.1.0 to 1.0.0; change at 0.9.0",
        Era("", (_no_argument("the instances", _NOTHING, _off("instance_enabled")),)),
        Era("0.9.0", (_flagged("the instances", Sent("required", "enabled"), _off("instance_enabled")),)),
    ),
)

# Runners

_RUNNERS = "the runners"
_RUNNER_GIT = (
    "github.com/github-aws-runners/terraform-aws-github-runner",
    "github.com/philips-labs/terraform-aws-github-runner",
)
_RUNNER = Control(("runner_metadata_options",), _KEYS)
_MULTI_RUNNER = Control(("multi_runner_config", "*", "runner_config", "runner_metadata_options"), _KEYS)

_GITHUB_RUNNER = ModuleRow(
    "github-aws-runners/github-runner/aws",
    _RUNNER_GIT,
    (
        Era("", (_no_argument(_RUNNERS),)),
        Era("0.21.1", (_no_argument(_RUNNERS, _REQUIRED),)),
        Era("0.23.1", (_whole(_RUNNERS, _RUNNER, _OPTIONAL, null=_NOTHING),)),
        Era("4.6.0", (_whole(_RUNNERS, _RUNNER, _REQUIRED, null=_NOTHING),)),
    ),
    "7.11.0",
    "main.tf, variables.tf, modules/runners/{main,variables}.tf of v0.0.0-beta to v7.11.0; changes at v0.21.1, "
    "v0.23.1, v4.6.0",
    aliases=("philips-labs/github-runner/aws",),
)
_GITHUB_MULTI_RUNNER = ModuleRow(
    "github-aws-runners/github-runner/aws",
    _RUNNER_GIT,
    (
        Era("", ()),
        Era("2.0.0-next.1", (_whole(_RUNNERS, _MULTI_RUNNER, _OPTIONAL, null=_OPTIONAL),)),
        Era("4.6.0", (_whole(_RUNNERS, _MULTI_RUNNER, _REQUIRED, null=_REQUIRED),)),
    ),
    "7.11.0",
    "modules/multi-runner/{runners,variables}.tf, modules/runners/main.tf of v2.0.0-next.1 to v7.11.0; change at "
    "v4.6.0",
    submodule="modules/multi-runner",
    aliases=("philips-labs/github-runner/aws",),
)

_AGENT, _WORKERS = "the runner manager", "the workers of docker+machine"
_WORKER_KEYS = (TOKENS, HOP_LIMIT)
_WORKER_SILENCE = Sent("required", "", 2)


def _manager(argument: str) -> Launch:
    return _whole(_AGENT, Control((argument,), _KEYS), _REQUIRED_2)


def _docker_machine(argument: str) -> Launch:
    return _whole(_WORKERS, Control((argument,), _WORKER_KEYS), _WORKER_SILENCE)


_GITLAB_RUNNER = ModuleRow(
    "cattle-ops/gitlab-runner/aws",
    ("github.com/cattle-ops/terraform-aws-gitlab-runner", "github.com/npalm/terraform-aws-gitlab-runner"),
    (
        Era("", (_no_argument(_AGENT), _no_argument(_WORKERS))),
        Era(
            "4.27.0",
            (
                Launch(
                    _AGENT,
                    Control(
                        (),
                        tuple(key._replace(key=f"runner_instance_metadata_options_{key.key}") for key in _KEYS[:2]),
                    ),
                    Sent("optional", "enabled"),
                    flat=True,
                ),
                _no_argument(_WORKERS),
            ),
        ),
        Era(
            "5.0.0",
            (_manager("runner_instance_metadata_options"), _docker_machine("docker_machine_instance_metadata_options")),
        ),
        Era(
            "7.0.0",
            (_manager("runner_metadata_options"), _docker_machine("runner_worker_docker_machine_ec2_metadata_options")),
        ),
        Era(
            "7.11.0",
            (
                _manager("runner_metadata_options"),
                _docker_machine("runner_worker_docker_machine_ec2_metadata_options"),
                _typed(
                    "the workers of docker-autoscaler",
                    Control(("runner_worker_docker_autoscaler_instance",), _WORKER_KEYS),
                    _WORKER_SILENCE,
                    null=None,
                ),
            ),
        ),
    ),
    "9.5.2",
    "main.tf, variables.tf, locals.tf, docker_autoscaler.tf, docker_machine_fleet.tf of 0.0.1 to 9.5.2; changes at "
    "4.27.0, 5.0.0, 7.0.0, 7.11.0",
    aliases=("npalm/gitlab-runner/aws",),
)

# Bastions, NAT instances and clusters

_BASTION_FLAGS = Control(
    (),
    (
        OptionKey(Option.ENDPOINT, "http_endpoint", _BOOLEAN, "true"),
        OptionKey(Option.TOKENS, "use_imds_v2", _BOOLEAN, "true"),
        HOP_LIMIT,
    ),
)


def _without_argument(source: str, repository: str, newest: str, read_at: str, submodule: str = "") -> ModuleRow:
    """A module with no argument for IMDS in any version that was read, which sends nothing."""
    eras = (Era("", (_no_argument(_GROUP),)),)
    return ModuleRow(source, (f"github.com/{repository}",), eras, newest, read_at, submodule)


_OTHERS = (
    ModuleRow(
        "Guimove/bastion/aws",
        ("github.com/Guimove/terraform-aws-bastion",),
        (
            Era("", (_no_argument(_GROUP),)),
            Era("3.0.3", (Launch(_GROUP, _BASTION_FLAGS, _OPTIONAL, null=None, flat=True),)),
        ),
        "3.0.6",
        "main.tf, variables.tf of v1.0.1 to v3.0.6; change at v3.0.3",
    ),
    ModuleRow(
        "int128/nat-instance/aws",
        ("github.com/int128/terraform-aws-nat-instance",),
        (
            Era("", (_no_argument(_GROUP, _NOTHING, _ENABLED),)),
            Era("2.1.0", (_no_argument(_GROUP, Sent("required", "enabled"), _ENABLED),)),
        ),
        "2.1.0",
        "main.tf, variables.tf of v0.1.0 to v2.1.0; change at v2.1.0",
    ),
    ModuleRow(
        "RaJiska/fck-nat/aws",
        ("github.com/RaJiska/terraform-aws-fck-nat",),
        (
            Era("", (_no_argument(_INSTANCE),)),
            Era("1.3.0", (_no_argument(_INSTANCE, Sent("required", "enabled")),)),
        ),
        "1.4.0",
        "ec2.tf of v1.0.0 to v1.4.0; change at v1.3.0",
    ),
    ModuleRow(
        "infrablocks/ecs-cluster/aws",
        ("github.com/infrablocks/terraform-aws-ecs-cluster",),
        (
            Era("", (_no_argument(_GROUP),)),
            Era(
                "6.1.0-rc.6",
                (
                    _replaced(
                        _GROUP,
                        Control(("cluster_instance_metadata_options",), _KEYS),
                        _NOTHING,
                        _off("include_cluster_instances"),
                    ),
                ),
            ),
        ),
        "6.1.0",
        "asg.tf, variables.tf of 0.1.0 to 6.1.0; change at 6.1.0-rc.6",
    ),
    _without_argument(
        "umotif-public/bastion/aws", "umotif-public/terraform-aws-bastion", "2.8.0", "main.tf of 1.0.0 to 2.8.0"
    ),
    _without_argument(
        "trussworks/ecs-cluster/aws", "trussworks/terraform-aws-ecs-cluster", "3.0.2", "main.tf of v1.0.0 to v3.0.2"
    ),
    *(
        _without_argument(
            f"hashicorp/{name}/aws",
            f"hashicorp/terraform-aws-{name}",
            newest,
            f"main.tf, modules/{name}-cluster/main.tf of v0.0.1 to v{newest}",
            submodule,
        )
        for name, newest in (("consul", "0.11.0"), ("vault", "0.17.0"), ("nomad", "0.10.0"))
        for submodule in ("", f"modules/{name}-cluster")
    ),
)

# Modules of repositories, in no registry

_BLUEPRINT_TEMPLATE = _elsewhere("managed_node_groups", "*", "create_launch_template", silent=True)


def _blueprint(managed: Sent, self_managed: Sent, *, decided: bool = False) -> tuple[Launch, ...]:
    """Node groups of EKS Blueprints, for which members of each element decide, or nothing does."""
    launches = []
    for group, silence in (("managed_node_groups", managed), ("self_managed_node_groups", self_managed)):
        switches = [_CREATE_EKS, *((_BLUEPRINT_TEMPLATE,) if group == _BLUEPRINT_TEMPLATE.path[0] else ())]
        if decided:
            switches.append(Switch((group, "*", "enable_metadata_options"), "false", Effect.INERT))
        control = Control((group, "*"), _KEYS if decided else ())
        launches.append(Launch(group, control, silence, flat=decided, switches=tuple(switches)))
    return tuple(launches)


_BLUEPRINTS = ModuleRow(
    "github.com/aws-ia/terraform-aws-eks-blueprints",
    (),
    (
        Era("", (_no_argument("the node groups"),)),
        Era("3.0.0", _blueprint(_OPTIONAL, _OPTIONAL)),
        Era("3.2.2", _blueprint(Sent("optional", "enabled", 2), _OPTIONAL)),
        Era("3.4.0", _blueprint(_REQUIRED_2, _REQUIRED)),
        Era("3.5.0", _blueprint(_REQUIRED_2, _REQUIRED_2)),
        Era("4.2.0", _blueprint(_REQUIRED_2, _REQUIRED_2, decided=True)),
        Era("5.0.0", ()),
    ),
    "5.0.0",
    "locals.tf, eks-worker.tf, modules/{launch-templates,aws-eks-managed-node-groups,aws-eks-self-managed-node-groups} "
    "of v1.0.0 to v5.0.0; changes at v3.0.0, v3.2.2, v3.4.0, v3.5.0, v4.2.0, v5.0.0",
)


def _typhoon(system: str, submodule: str) -> ModuleRow:
    """A cluster's controllers say nothing, its workers ask for optional tokens; no argument decides."""
    before = () if submodule else (_no_argument("the controllers"),)
    return ModuleRow(
        "github.com/poseidon/typhoon",
        (),
        (
            Era("", (*before, _no_argument("the workers"))),
            Era("1.29.1", (*before, _no_argument("the workers", Sent("optional")))),
        ),
        "1.36.1",
        f"aws/{system}/kubernetes/controllers.tf, workers/workers.tf of v1.10.0 to v1.36.1; change at v1.29.1",
        f"aws/{system}/kubernetes{submodule}",
    )


_TYPHOON = tuple(
    _typhoon(system, submodule) for system in ("flatcar-linux", "fedora-coreos") for submodule in ("", "/workers")
)

ROWS: tuple[ModuleRow, ...] = (
    _EC2_INSTANCE,
    _AUTOSCALING,
    _EKS_ROOT,
    *_EKS_NODE_GROUPS,
    *_CLOUDPOSSE,
    _GITHUB_RUNNER,
    _GITHUB_MULTI_RUNNER,
    _GITLAB_RUNNER,
    *_OTHERS,
    _BLUEPRINTS,
    *_TYPHOON,
)
