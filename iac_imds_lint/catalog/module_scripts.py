"""The arguments by which modules of the registry take what their instances run when they boot.

Source: variables.tf of each module, in the versions that its row in the registry was read at.
"""

from __future__ import annotations

from typing import NamedTuple


class Taken(NamedTuple):
    """An argument that takes a script; ``*`` passes the elements of a list or map. In a group it is a member of each.

    ``is_fragment`` says that the module puts it into the middle of a script of its own, which the shell runs.
    """

    path: tuple[str, ...]
    is_fragment: bool = False


def _whole(*names: str) -> tuple[Taken, ...]:
    return tuple(Taken((name,)) for name in names)


def _fragments(*names: str) -> tuple[Taken, ...]:
    return tuple(Taken((name,), is_fragment=True) for name in names)


_USER_DATA = _whole("user_data", "user_data_base64")
_NODE_GROUP = (
    *_fragments("pre_bootstrap_user_data", "post_bootstrap_user_data"),
    Taken(("cloudinit_pre_nodeadm", "*", "content")),
    Taken(("cloudinit_post_nodeadm", "*", "content")),
)
# Before version 18 there were groups of workers, as lists and as maps.
_WORKERS = tuple(
    Taken((*group, name), is_fragment=True)
    for group in (("worker_groups", "*"), ("worker_groups_launch_template", "*"), ("workers_group_defaults",))
    for name in ("pre_userdata", "additional_userdata")
)
_JOINING = _fragments("before_cluster_joining_userdata", "after_cluster_joining_userdata")
_JOINING_LISTS = tuple(Taken((*one.path, "*"), is_fragment=True) for one in _JOINING)
_RUNNER = (*_whole("userdata_content"), *_fragments("userdata_pre_install", "userdata_post_install"))
_GITLAB = (
    *_fragments("userdata_pre_install", "userdata_post_install"),
    Taken(("runner_install", "pre_install_script"), is_fragment=True),
    Taken(("runner_install", "post_install_script"), is_fragment=True),
    *_whole("runners_userdata"),
    Taken(("runner_worker_docker_machine_instance", "start_script")),
    Taken(("runner_worker_docker_autoscaler_instance", "start_script")),
)
_CLUSTER = _whole("user_data")

TAKEN: dict[str, tuple[Taken, ...]] = {
    "terraform-aws-modules/ec2-instance/aws": _USER_DATA,
    "terraform-aws-modules/autoscaling/aws": _USER_DATA,
    "terraform-aws-modules/eks/aws": (*_NODE_GROUP, *_WORKERS),
    "terraform-aws-modules/eks/aws//modules/eks-managed-node-group": _NODE_GROUP,
    "terraform-aws-modules/eks/aws//modules/self-managed-node-group": _NODE_GROUP,
    "cloudposse/ec2-instance/aws": _USER_DATA,
    "cloudposse/ec2-instance-group/aws": _USER_DATA,
    "cloudposse/ec2-autoscale-group/aws": _USER_DATA,
    "cloudposse/ec2-bastion-server/aws": (*_USER_DATA, Taken(("user_data", "*"), is_fragment=True)),
    "cloudposse/eks-workers/aws": _JOINING,
    "cloudposse/eks-node-group/aws": (
        *_JOINING,
        *_JOINING_LISTS,
        *_whole("userdata_override_base64"),
        Taken(("userdata_override_base64", "*")),
    ),
    "github-aws-runners/github-runner/aws": _RUNNER,
    "github-aws-runners/github-runner/aws//modules/multi-runner": tuple(
        one._replace(path=("runner_config", *one.path)) for one in _RUNNER
    ),
    "cattle-ops/gitlab-runner/aws": _GITLAB,
    "Guimove/bastion/aws": _fragments("extra_user_data_content"),
    "int128/nat-instance/aws": _fragments("extra_user_data"),
    "umotif-public/bastion/aws": _fragments("userdata_file_content"),
    "infrablocks/ecs-cluster/aws": _whole("cluster_instance_user_data_template"),
    "hashicorp/consul/aws//modules/consul-cluster": _CLUSTER,
    "hashicorp/vault/aws//modules/vault-cluster": _CLUSTER,
    "hashicorp/nomad/aws//modules/nomad-cluster": _CLUSTER,
}
