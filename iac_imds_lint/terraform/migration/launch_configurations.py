"""Launch configurations made into launch templates, with all that launches from them or refers to them."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator

from iac_imds_lint.edit import Refusal, Renamed, Step
from iac_imds_lint.finding import Migrated, Migration
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.configuration import Module, is_configuration
from iac_imds_lint.terraform.migration import body, consumers, ignoring, json_consumers, json_resource, leftovers
from iac_imds_lint.terraform.migration.changes import Changes, Job, joined
from iac_imds_lint.terraform.migration.mapping import NEW, OLD
from iac_imds_lint.terraform.migration.references import Address, files

_ADDRESS = re.compile(rf"(?:^|\.){OLD}\.([\w-]+)(?=\[|$)")

# The provider of the Cloud Control API, whose resources are those of CloudFormation.
_OTHERWISE = (
    "its arguments are those of CloudFormation: write an awscc_ec2_launch_template, with these in launch_template_data,"
    " and launch_template in place of launch_configuration_name"
)


def migrate(sources: Sources, migration: Migration) -> Migrated | Refusal:
    """The edits that make a template of a configuration, and what they leave to do; or why there are none."""
    job = _job(sources, migration)
    if isinstance(job, Refusal):
        return job
    source = sources.read(job.resource.body.path)
    if not isinstance(source, SourceFile):
        return Refusal(f"{job.resource.body.path} cannot be read")
    own = json_resource.migrated(job, source) if source.path.endswith(".json") else body.migrated(job, source)
    if isinstance(own, Refusal):
        return own
    done = joined((own, *_elsewhere(job)))
    address = (source.path, str(job.old), str(job.new))
    return Migrated(done.edits, tuple(sorted(done.by_hand)), done.notes, (Renamed(*address),))


def _job(sources: Sources, migration: Migration) -> Job | Refusal:
    resource = migration.resources[0]
    found = _ADDRESS.search(resource.address)
    if resource.entry.type != OLD or found is None:
        return Refusal(_OTHERWISE)
    directory = os.path.dirname(resource.body.path)
    for name in filter(is_configuration, sources.names(directory)):
        path = os.path.join(directory, name)
        if isinstance(sources.read(path), Problem):
            return Refusal(f"{path} has to be readable first: it may refer to {OLD}.{found[1]}")
    module = sources.once(_module, directory)
    return Job(sources, migration, module, Address(OLD, found[1]), Address(NEW, _free(module, found[1])))


def _module(sources: Sources, directory: str) -> Module:
    """The module in a directory, with all of its files read."""
    module = Module(sources, directory)
    list(module.whole())
    return module


def _free(module: Module, name: str) -> str:
    """A name that no launch template of the module has."""
    tried, number = name, 1
    while module.resource(NEW, tried) is not None:
        tried = f"{name}_launch_configuration" + (f"_{number}" if number > 1 else "")
        number += 1
    return tried


def _elsewhere(job: Job) -> Iterator[Changes]:
    """What refers to the configuration, and what else declares it."""
    texts = list(files(job.sources, job.module.directory))
    for source in texts:
        yield _referring(job, source)
        yield Changes(by_hand=tuple(_declared_again(job, source)))
    for old, new in dict(consumers.data_sources(job, texts)).items():
        for source in texts:
            yield consumers.of_data(source, old, new)
    yield Changes(by_hand=(*consumers.unwritten(job, texts), *consumers.ignoring_it(job, texts)))
    yield Changes(notes=tuple(ignoring.unguarded(job.module, job.old)))


def _referring(job: Job, source: SourceFile) -> Changes:
    return json_consumers.consumed(job, source) if source.path.endswith(".json") else consumers.rewritten(job, source)


def _declared_again(job: Job, source: SourceFile) -> Iterator[Step]:
    """Files that override the resource, or stand in place of the one that it is in."""
    if job.old.name not in source.text:
        return
    for block in job.module.parsed(source).blocks("resource", (job.old.type, job.old.name).__eq__):
        if block.span != job.resource.body:
            yield Step(block.head, leftovers.DECLARED_AGAIN)
