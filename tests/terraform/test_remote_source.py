"""Module sources: what is a registry's address, what a repository, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.catalog import modules
from iac_imds_lint.terraform.remote_source import RemoteSource, parse, row_of

REGISTRY = RemoteSource("registry.terraform.io", "terraform-aws-modules", "eks", "aws")
GITHUB = RemoteSource("github.com", "terraform-aws-modules", "terraform-aws-eks")
GROUP = "modules/eks-managed-node-group"

SOURCES = [
    ("terraform-aws-modules/eks/aws", REGISTRY),
    ("registry.terraform.io/terraform-aws-modules/eks/aws", REGISTRY),
    ("Registry.Terraform.IO/terraform-aws-modules/eks/aws", REGISTRY),
    ("registry.opentofu.org/terraform-aws-modules/eks/aws", REGISTRY._replace(host="registry.opentofu.org")),
    (f"terraform-aws-modules/eks/aws//{GROUP}", REGISTRY._replace(submodule=GROUP)),
    (f"terraform-aws-modules/eks/aws//{GROUP}/", REGISTRY._replace(submodule=GROUP)),
    (f"terraform-aws-modules/eks/aws//./modules/x/../{GROUP.partition('/')[2]}", REGISTRY._replace(submodule=GROUP)),
    ("app.terraform.io/acme/eks/aws", RemoteSource("app.terraform.io", "acme", "eks", "aws")),
    ("localterraform.com/acme/eks/aws", RemoteSource("localterraform.com", "acme", "eks", "aws")),
    ("tf.example.com:8443/acme/eks/aws", RemoteSource("tf.example.com:8443", "acme", "eks", "aws")),
    ("github.com/terraform-aws-modules/terraform-aws-eks", GITHUB),
    ("github.com/terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    ("github.com/terraform-aws-modules/terraform-aws-eks?ref=v18.0.0", GITHUB._replace(ref="v18.0.0")),
    (
        f"github.com/terraform-aws-modules/terraform-aws-eks//{GROUP}?ref=v18.0.0",
        GITHUB._replace(ref="v18.0.0", submodule=GROUP),
    ),
    ("git::https://github.com/terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    ("git::https://github.com/terraform-aws-modules/terraform-aws-eks.git?ref=main", GITHUB._replace(ref="main")),
    (
        f"git::https://github.com/terraform-aws-modules/terraform-aws-eks.git//{GROUP}?depth=1&ref=v18.0.0",
        GITHUB._replace(ref="v18.0.0", submodule=GROUP),
    ),
    ("git::https://user:secret@github.com/terraform-aws-modules/terraform-aws-eks", GITHUB),
    ("git::ssh://git@github.com/terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    ("git::ssh://git@github.com:22/terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    ("git::git@github.com:terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    ("git@github.com:terraform-aws-modules/terraform-aws-eks.git", GITHUB),
    (
        f"git@github.com:terraform-aws-modules/terraform-aws-eks.git//{GROUP}?ref=v18.0.0",
        GITHUB._replace(ref="v18.0.0", submodule=GROUP),
    ),
    ("git::https://gitlab.com/a/b/c.git?ref=1.0.0", RemoteSource("gitlab.com", "a/b", "c", ref="1.0.0")),
]

NEITHER = [
    ("", "nothing is written"),
    ("./modules/x", "a local path"),
    ("../x", "a local path"),
    ("../../a/b/c", "a local path"),
    ("/srv/modules/x", "an absolute path"),
    ("C:\\modules\\x", "a path of Windows"),
    ("terraform-aws-modules/eks", "an address has three parts"),
    ("a/b/c/d", "the first of four is a host, which has a dot"),
    ("terraform-aws-modules/eks/aws?ref=v18.0.0", "a registry takes no query: the version is an argument"),
    ("terraform-aws-modules/eks/AWS", "a provider is in small letters"),
    ("-a/b/aws", "a name begins with a letter or digit"),
    ("github.com/terraform-aws-modules", "no repository is named"),
    ("github.com/a/b/c", "Terraform wants // before a directory"),
    ("https://github.com/terraform-aws-modules/terraform-aws-eks", "Terraform fetches an archive from there"),
    ("https://example.com/eks.zip", "an archive"),
    ("s3::https://s3.amazonaws.com/bucket/eks.zip", "a bucket"),
    ("gcs::https://www.googleapis.com/storage/v1/modules/eks.zip", "a bucket"),
    ("hg::http://example.com/eks.hg", "Mercurial"),
    ("bitbucket.org/acme/eks", "it may be Git or Mercurial"),
    ("git::file:///srv/eks.git", "a path, not a host"),
    ("git::", "nothing is written"),
    ("${var.source}", "not a literal"),
]


@pytest.mark.parametrize(("source", "expected"), SOURCES, ids=[source for source, _ in SOURCES])
def test_parse(source: str, expected: RemoteSource) -> None:
    assert parse(source) == expected


@pytest.mark.parametrize(("source", "why"), NEITHER, ids=[source or "empty" for source, _ in NEITHER])
def test_neither(source: str, why: str) -> None:
    assert parse(source) is None, why


@pytest.mark.parametrize(
    ("ref", "version", "why"),
    [
        ("v5.7.0", "5.7.0", "a tag"),
        ("5.7.0", "5.7.0", "a tag"),
        ("tags/0.25.1", "0.25.1", "how tags were once written for cloudposse's modules"),
        ("refs/tags/v5.7.0", "5.7.0", "a tag in full"),
        ("v2.0.0-next.1", "2.0.0-next.1", "a pre-release"),
        ("", "", "the default branch"),
        ("main", "", "a branch"),
        ("v5", "", "a tag that moves"),
        ("v5.7", "", "a tag that may move"),
        ("5.7.0-", "", "no version"),
        ("release/5.7.0", "", "a branch"),
        ("0123456789abcdef0123456789abcdef01234567", "", "a commit"),
    ],
)
def test_version(ref: str, version: str, why: str) -> None:
    assert GITHUB._replace(ref=ref).version == version, why


def test_a_registry_and_a_repository_lead_to_one_row() -> None:
    row = row_of(REGISTRY)
    assert row is not None
    assert row.source == "terraform-aws-modules/eks/aws"
    assert row_of(GITHUB) is row
    assert row_of(GITHUB._replace(namespace="Terraform-AWS-Modules")) is row
    assert row_of(REGISTRY._replace(host="registry.opentofu.org")) is row


def test_a_submodule_has_a_row_of_its_own() -> None:
    row = row_of(REGISTRY._replace(submodule=GROUP))
    assert row is not None
    assert row.submodule == GROUP
    assert row_of(REGISTRY._replace(submodule="modules/karpenter")) is None


def test_a_private_registry_has_no_row() -> None:
    assert row_of(REGISTRY._replace(host="app.terraform.io")) is None


@pytest.mark.parametrize("row", modules(), ids=lambda row: f"{row.source}//{row.submodule}")
def test_every_row_is_reached(row) -> None:
    below = f"//{row.submodule}" if row.submodule else ""
    addresses = (*(name + below for name in (row.source, *row.aliases)), *(f"{name}{below}?ref=v1" for name in row.git))
    for source in addresses:
        parsed = parse(source)
        assert parsed is not None
        assert row_of(parsed) is row


@given(st.text(alphabet="abg./:@?=&-_ ~\\é0", max_size=30) | st.text(max_size=30))
def test_any_text_is_read(source: str) -> None:
    found = parse(source)
    assert found is None or (found.namespace and found.name)
