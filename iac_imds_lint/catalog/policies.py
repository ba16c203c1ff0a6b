"""Resource types that hold IAM policies, or policies of an organization, and where.

Sources: hashicorp/terraform-provider-aws ``website/docs``; hashicorp/terraform-provider-awscc ``docs/resources``;
CloudFormation's resource type schemas.
"""

from __future__ import annotations

from iac_imds_lint.catalog.schema import Dialect, Entry, Role, Silence

_AWS = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/"
_AWSCC = "https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/"
_CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-"
# A data source that writes a policy by blocks.
DOCUMENT = "aws_iam_policy_document"


def _aws(name: str, *paths: tuple[str, ...]) -> Entry:
    page = f"{_AWS}resources/{name.removeprefix('aws_')}"
    source = f"website/docs/r/{name.removeprefix('aws_')}.html.markdown"
    return _row(Dialect.TERRAFORM, name, source, page, paths)


def _awscc(name: str, *paths: tuple[str, ...]) -> Entry:
    page = name.removeprefix("awscc_")
    source = f"terraform-provider-awscc docs/resources/{page}.md"
    return _row(Dialect.TERRAFORM, name, source, _AWSCC + page, paths, "attribute")


def _cloudformation(name: str, *paths: tuple[str, ...]) -> Entry:
    page = name.removeprefix("AWS::").replace("::", "-").lower()
    return _row(Dialect.CLOUDFORMATION, name, "resource type schema", f"{_CLOUDFORMATION}{page}.html", paths)


def _row(
    dialect: Dialect, name: str, source: str, docs: str, paths: tuple[tuple[str, ...], ...], nested: str = "block"
) -> Entry:
    return Entry(
        dialect,
        name,
        Role.ACCESS_POLICY,
        None,
        source,
        docs,
        silence=Silence.NO_CAPACITY,
        nested=nested,
        policies=paths,
    )


_INLINE = ("Policies", "*", "PolicyDocument")

TERRAFORM = (
    _aws("aws_iam_policy", ("policy",)),
    _aws("aws_iam_role_policy", ("policy",)),
    _aws("aws_iam_user_policy", ("policy",)),
    _aws("aws_iam_group_policy", ("policy",)),
    _aws("aws_iam_role", ("inline_policy", "policy")),
    _aws("aws_ssoadmin_permission_set_inline_policy", ("inline_policy",)),
    _aws("aws_organizations_policy", ("content",)),
    _row(
        Dialect.TERRAFORM,
        DOCUMENT,
        "website/docs/d/iam_policy_document.html.markdown",
        f"{_AWS}data-sources/iam_policy_document",
        (("statement",),),
    ),
    _awscc("awscc_iam_managed_policy", ("policy_document",)),
    _awscc("awscc_iam_role_policy", ("policy_document",)),
    _awscc("awscc_iam_user_policy", ("policy_document",)),
    _awscc("awscc_iam_group_policy", ("policy_document",)),
    _awscc("awscc_iam_role", ("policies", "*", "policy_document")),
    _awscc("awscc_organizations_policy", ("content",)),
    _awscc("awscc_sso_permission_set", ("inline_policy",)),
)
CLOUDFORMATION = (
    _cloudformation("AWS::IAM::Policy", ("PolicyDocument",)),
    _cloudformation("AWS::IAM::ManagedPolicy", ("PolicyDocument",)),
    _cloudformation("AWS::IAM::RolePolicy", ("PolicyDocument",)),
    _cloudformation("AWS::IAM::UserPolicy", ("PolicyDocument",)),
    _cloudformation("AWS::IAM::GroupPolicy", ("PolicyDocument",)),
    _cloudformation("AWS::IAM::Role", _INLINE),
    _cloudformation("AWS::IAM::User", _INLINE),
    _cloudformation("AWS::IAM::Group", _INLINE),
    _cloudformation("AWS::SSO::PermissionSet", ("InlinePolicy",)),
    _cloudformation("AWS::Organizations::Policy", ("Content",)),
)
