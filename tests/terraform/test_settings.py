"""Options among settings, in JSON, and in lists of objects: postures of Beanstalk, EMR and ``awscc``, and why.

At least half of the cases are ones that nothing is to be found in.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import linted, postures

V1, V2, OFF, OPEN = "v1-allowed", "v2-required", "imds-disabled", "unknown"
ENV, SAVED = "aws_elastic_beanstalk_environment.x", "aws_elastic_beanstalk_configuration_template.t"
EMR, CLUSTER = "aws_emr_security_configuration.s", "aws_emr_cluster.c"
AL2 = "64bit Amazon Linux 2 v3.3.13 running Python 3.8"
AL2023 = "64bit Amazon Linux 2023 v4.3.0 running Python 3.12"
NAMESPACE = "aws:autoscaling:launchconfiguration"


class Case(NamedTuple):
    name: str
    why: str
    text: str | dict[str, str]
    expected: dict[str, str]


def setting(value: str = '"true"', name: str = '"DisableIMDSv1"', namespace: str = f'"{NAMESPACE}"') -> str:
    return f"  setting {{\n    namespace = {namespace}\n    name = {name}\n    value = {value}\n  }}\n"


def environment(inside: str = "", platform: str = AL2) -> str:
    stack = f'  solution_stack_name = "{platform}"\n' if platform else ""
    return f'resource "aws_elastic_beanstalk_environment" "x" {{\n  name = "x"\n{stack}{inside}}}\n'


def saved(inside: str = "", platform: str = AL2) -> str:
    stack = f'  solution_stack_name = "{platform}"\n' if platform else ""
    return f'resource "aws_elastic_beanstalk_configuration_template" "t" {{\n  name = "t"\n{stack}{inside}}}\n'


def dynamic(elements: str, value: str = "setting.value.value", name: str = "setting.value.name") -> str:
    return (
        f'  dynamic "setting" {{\n    for_each = {elements}\n    content {{\n      namespace = "{NAMESPACE}"\n'
        f"      name = {name}\n      value = {value}\n    }}\n  }}\n"
    )


def stack(name: str, expected: str) -> Case:
    return Case(f"platform {name}", "the default of the platform counts", environment(platform=name), {ENV: expected})


def arn(name: str, expected: str) -> Case:
    text = environment(f'  platform_arn = "arn:aws:elasticbeanstalk:eu-west-1::platform/{name}"\n', platform="")
    return Case(f"arn {name}", "the default of the platform counts", text, {ENV: expected})


BEANSTALK = [
    Case("true", "it is disabled here", environment(setting()), {ENV: V2}),
    Case("boolean", "Terraform makes a text of it", environment(setting("true")), {ENV: V2}),
    Case("false", "it is left on here", environment(setting('"false"')), {ENV: V1}),
    Case("false-over-platform", "what is set counts first", environment(setting("false"), AL2023), {ENV: V1}),
    Case("null", "null is not written: the platform counts", environment(setting("null"), AL2023), {ENV: V2}),
    Case("other-case", "AWS does not say how True is read", environment(setting('"True"')), {ENV: OPEN}),
    Case("other-word", "no value that AWS documents", environment(setting('"yes"')), {ENV: OPEN}),
    Case("other-name", "another option", environment(setting('"true"', '"MonitoringInterval"')), {ENV: V1}),
    Case("name-in-another-case", "names are told apart by case", environment(setting('"true"', '"disableimdsv1"')), {ENV: V1}),
    Case("other-namespace", "no such option there", environment(setting(namespace='"aws:ec2:instances"')), {ENV: V1}),
    Case("resource-key", "a resource belongs to scheduled actions only", environment(setting().replace("value", 'resource = ""\n    value')), {ENV: V2}),
    Case("twice-alike", "both say the same", environment(setting() + setting()), {ENV: V2}),
    Case("twice-unlike", "which one counts is not documented", environment(setting() + setting('"false"')), {ENV: OPEN}),
    Case("variable", "its default decides", 'variable "v" {\n  default = "true"\n}\n' + environment(setting("var.v")), {ENV: V2}),
    Case("variable-false", "its default decides", 'variable "v" {\n  default = false\n}\n' + environment(setting("var.v")), {ENV: V1}),
    Case("variable-open", "no one decides", 'variable "v" {}\n' + environment(setting("var.v")), {ENV: OPEN}),
    Case("name-by-variable", "names are evaluated", 'variable "n" {\n  default = "DisableIMDSv1"\n}\n' + environment(setting(name="var.n")), {ENV: V2}),
    Case("name-open", "it may be ours", 'variable "n" {}\n' + environment(setting(name="var.n"), AL2023), {ENV: OPEN}),
    Case("name-open-elsewhere", "a namespace of its own", 'variable "n" {}\n' + environment(setting(name="var.n", namespace='"aws:ec2:vpc"'), AL2023), {ENV: V2}),
    Case("dynamic", "lists are gone through", environment(dynamic('[{ name = "MinSize", value = "1" }, { name = "DisableIMDSv1", value = "true" }]')), {ENV: V2}),
    Case("dynamic-local", "locals are followed", 'locals {\n  s = [{ name = "DisableIMDSv1", value = "false" }]\n}\n' + environment(dynamic("local.s"), AL2023), {ENV: V1}),
    Case("dynamic-map", "keys and values of maps", environment(dynamic('{ DisableIMDSv1 = "true" }', "setting.value", "setting.key")), {ENV: V2}),
    Case("dynamic-empty", "no settings: the platform counts", environment(dynamic("[]"), AL2023), {ENV: V2}),
    Case("dynamic-others", "none of them is ours", environment(dynamic('[{ name = "MinSize", value = "1" }]'), AL2023), {ENV: V2}),
    Case("dynamic-open", "what they are is not known", 'variable "s" {}\n' + environment(dynamic("var.s"), AL2023), {ENV: OPEN}),
    Case("dynamic-open-beside", "what is written out counts", 'variable "s" {}\n' + environment(setting() + dynamic("var.s")), {ENV: V2}),
    Case("dynamic-conditional", "without it the platform leaves IMDSv1 on", 'variable "on" {}\n' + environment(dynamic('var.on ? [{ name = "DisableIMDSv1", value = "true" }] : []')), {ENV: OPEN}),
    Case("dynamic-conditional-alike", "the platform says the same", 'variable "on" {}\n' + environment(dynamic('var.on ? [{ name = "DisableIMDSv1", value = "true" }] : []'), AL2023), {ENV: V2}),
    stack(AL2, V1),
    stack(AL2023, V2),
    stack("64bit Amazon Linux 2018.03 v2.12.14 running Docker 18.06.1-ce", V1),
    stack("64bit Windows Server 2019 v2.9.0 running IIS 10.0", V1),
    stack("64bit Windows Server Core 2019 v2.9.0 running IIS 10.0", V1),
    stack("64bit Windows Server 2012 R2 running IIS 8.5", V1),
    stack("64bit Windows Server 2022 v2.14.1 running IIS 10.0", V2),
    stack("64bit Windows Server Core 2025 v2.17.0 running IIS 10.0", V2),
    stack("64bit Debian jessie v2.9.1 running Go 1.4 (Preconfigured - Docker)", OPEN),
    arn("Python 3.8 running on 64bit Amazon Linux 2/3.3.9", V1),
    arn("Node.js 20 running on 64bit Amazon Linux 2023/6.1.0", V2),
    arn("my-platform/1.0.0", OPEN),
    Case("no-platform", "nothing says which one it is", environment(platform=""), {ENV: OPEN}),
    Case("platform-by-data", "read when Terraform plans", environment("  solution_stack_name = data.aws_elastic_beanstalk_solution_stack.s.name\n", ""), {ENV: OPEN}),
    Case("template-true", "the saved configuration says it", saved(setting()) + environment(f"  template_name = {SAVED}.name\n", ""), {SAVED: V2, ENV: V2}),
    Case("template-by-name", "found by its literal name", saved(setting()) + environment('  template_name = "t"\n', ""), {SAVED: V2, ENV: V2}),
    Case("template-weak", "the saved configuration leaves it on", saved() + environment(f"  template_name = {SAVED}.name\n", ""), {SAVED: V1, ENV: V1}),
    Case("template-of-platform", "its platform has it disabled", saved(platform=AL2023) + environment(f"  template_name = {SAVED}.name\n", ""), {SAVED: V2, ENV: V2}),
    Case("own-over-template", "what the environment sets wins", saved(setting('"false"')) + environment(f"  template_name = {SAVED}.name\n" + setting(), ""), {SAVED: V1, ENV: V2}),
    Case("own-false-over-template", "what the environment sets wins", saved(setting()) + environment(f"  template_name = {SAVED}.name\n" + setting('"false"'), ""), {SAVED: V2, ENV: V1}),
    Case("template-elsewhere", "it is not in this code", environment('  template_name = "other"\n', ""), {ENV: OPEN}),
    Case("template-of-environment", "it copies one that is not known", saved('  environment_id = "e-1"\n', ""), {SAVED: OPEN}),
    Case(
        "json-list",
        "JSON's list of blocks",
        {"main.tf.json": f'{{"resource": {{"aws_elastic_beanstalk_environment": {{"x": {{"solution_stack_name": "{AL2}", "setting": [{{"namespace": "aws:ec2:vpc", "name": "VPCId", "value": "v"}}, {{"namespace": "{NAMESPACE}", "name": "DisableIMDSv1", "value": "true"}}]}}}}}}}}'},
        {ENV: V2},
    ),
]  # fmt: skip

_CC = "awscc_elasticbeanstalk_environment.x"


def cc_environment(settings: str, platform: str = AL2) -> str:
    return (
        f'resource "awscc_elasticbeanstalk_environment" "x" {{\n  solution_stack_name = "{platform}"\n'
        f"  option_settings = {settings}\n}}\n"
    )


def cc_setting(value: str) -> str:
    return f'{{ namespace = "{NAMESPACE}", option_name = "DisableIMDSv1", value = {value} }}'


AWSCC_BEANSTALK = [
    Case("true", "it is disabled here", cc_environment(f"[{cc_setting('true')}]"), {_CC: V2}),
    Case("false", "it is left on here", cc_environment(f"[{cc_setting('false')}]", AL2023), {_CC: V1}),
    Case("empty", "the platform counts", cc_environment("[]", AL2023), {_CC: V2}),
    Case("null", "the platform counts", cc_environment("null"), {_CC: V1}),
    Case("local", "locals are followed", f"locals {{\n  s = [{cc_setting('true')}]\n}}\n" + cc_environment("local.s"), {_CC: V2}),
    Case("concat", "functions are evaluated", cc_environment(f"concat([], [{cc_setting('true')}])"), {_CC: V2}),
    Case("open", "what they are is not known", 'variable "s" {}\n' + cc_environment("var.s", AL2023), {_CC: OPEN}),
    Case("conditional", "without it the platform leaves IMDSv1 on", 'variable "on" {}\n' + cc_environment(f"var.on ? [{cc_setting('true')}] : []"), {_CC: OPEN}),
    Case("conditional-alike", "the platform says the same", 'variable "on" {}\n' + cc_environment(f"var.on ? [{cc_setting('true')}] : []", AL2023), {_CC: V2}),
    Case("conditional-of-several", "how many there are is open", 'variable "on" {}\n' + cc_environment(f"var.on ? [{cc_setting('true')}, {cc_setting('true')}] : []"), {_CC: OPEN}),
    Case("template", "the saved configuration says it", f'resource "awscc_elasticbeanstalk_configuration_template" "t" {{\n  option_settings = [{cc_setting("true")}]\n}}\nresource "awscc_elasticbeanstalk_environment" "x" {{\n  template_name = awscc_elasticbeanstalk_configuration_template.t.template_name\n}}\n', {_CC: V2, "awscc_elasticbeanstalk_configuration_template.t": V2}),
]  # fmt: skip


def security(configuration: str) -> str:
    return f'resource "aws_emr_security_configuration" "s" {{\n  configuration = {configuration}\n}}\n'


def cluster(inside: str = "", release: str = "emr-6.9.0") -> str:
    label = f'  release_label = "{release}"\n' if release else ""
    return f'resource "aws_emr_cluster" "c" {{\n{label}{inside}}}\n'


def imds(version: str) -> str:
    return f'"InstanceMetadataServiceConfiguration": {{"MinimumInstanceMetadataServiceVersion": {version}, "HttpPutResponseHopLimit": 1}}'


def heredoc(text: str, flush: bool = False) -> str:
    return f"<<{'-' if flush else ''}EOF\n{text}\nEOF"


USES = f"  security_configuration = {EMR}.name\n"
KEY = '"EncryptionConfiguration": {"AwsKmsKey": "${aws_kms_key.k["a"].arn}"}'

EMR_CASES = [
    Case("version-2", "asked for", security(f"jsonencode({{ {imds('2')} }})"), {EMR: V2}),
    Case("version-1", "left open", security(f"jsonencode({{ {imds('1')} }})"), {EMR: V1}),
    Case("version-as-text", "AWS documents a number", security(f"jsonencode({{ {imds(chr(34) + '2' + chr(34))} }})"), {EMR: OPEN}),
    Case("absent", "IMDSv1 unless it is set", security("jsonencode({ EncryptionConfiguration = {} })"), {EMR: V1}),
    Case("null", "as good as absent", security("jsonencode({ InstanceMetadataServiceConfiguration = null })"), {EMR: V1}),
    Case("unknown-key-beside", "what is unknown beside it does not matter", security(f"jsonencode({{ Key = data.x.y.arn, {imds('2')} }})"), {EMR: V2}),
    Case("unknown-key-alone", "what is unknown beside it does not matter", security("jsonencode({ Key = data.x.y.arn })"), {EMR: V1}),
    Case("local-object", "locals are followed", f"locals {{\n  s = {{ {imds('2')} }}\n}}\n" + security("jsonencode(local.s)"), {EMR: V2}),
    Case("merged", "functions are evaluated", security(f"jsonencode(merge({{}}, {{ {imds('2')} }}))"), {EMR: V2}),
    Case("local-text", "known text is read", f"locals {{\n  s = jsonencode({{ {imds('2')} }})\n}}\n" + security("local.s"), {EMR: V2}),
    Case("open", "no one decides", 'variable "s" {}\n' + security("var.s"), {EMR: OPEN}),
    Case("version-open", "no one decides", 'variable "v" {}\n' + security(f"jsonencode({{ {imds('var.v')} }})"), {EMR: OPEN}),
    Case("heredoc-2", "JSON in a heredoc", security(heredoc(f"{{{imds('2')}}}")), {EMR: V2}),
    Case("heredoc-1", "JSON in a heredoc", security(heredoc(f"{{{imds('1')}}}", flush=True)), {EMR: V1}),
    Case("heredoc-without", "IMDSv1 unless it is set", security(heredoc("{}")), {EMR: V1}),
    Case("heredoc-interpolated", "an interpolated text beside it", security(heredoc(f"{{{KEY}, {imds('2')}}}", flush=True)), {EMR: V2}),
    Case("heredoc-interpolated-without", "an interpolated text beside it", security(heredoc(f"{{{KEY}}}")), {EMR: V1}),
    Case("heredoc-variable", "the variable decides", 'variable "v" {\n  default = 2\n}\n' + security(heredoc(f"{{{imds('${var.v}')}}}")), {EMR: V2}),
    Case("heredoc-variable-open", "no one decides", 'variable "v" {}\n' + security(heredoc(f"{{{imds('${var.v}')}}}")), {EMR: OPEN}),
    Case("heredoc-key", "the key is interpolated", security(heredoc('{"${var.k}": {}}')), {EMR: OPEN}),
    Case("heredoc-directive", "known text is read", security(heredoc("%{ if true }{" + imds("2") + "}%{ endif }")), {EMR: V2}),
    Case("heredoc-no-json", "EMR refuses it", security(heredoc("{")), {EMR: OPEN}),
    Case("quoted", "a literal", security('"{\\"InstanceMetadataServiceConfiguration\\": {\\"MinimumInstanceMetadataServiceVersion\\": 2}}"'), {EMR: V2}),
    Case("file", "a file of the project", {"main.tf": security('file("s.json")'), "s.json": f"{{{imds('2')}}}"}, {EMR: V2}),
    Case("file-elsewhere", "a file that is not here", security('file("s.json")'), {EMR: OPEN}),
    Case("template-file", "templates are rendered", {"main.tf": security('templatefile("s.tpl", { v = 2 })'), "s.tpl": f"{{{imds('${v}')}}}"}, {EMR: V2}),
    Case("conditional", "either may come", 'variable "on" {}\n' + security(f'var.on ? jsonencode({{ {imds("2")} }}) : "{{}}"'), {EMR: OPEN}),
    Case("cluster", "as its security configuration", security(heredoc(f"{{{imds('2')}}}")) + cluster(USES), {EMR: V2, CLUSTER: V2}),
    Case("cluster-weak", "as its security configuration", security("jsonencode({})") + cluster(USES), {EMR: V1, CLUSTER: V1}),
    Case("cluster-by-name", "found by its literal name", security(f"jsonencode({{ {imds('2')} }})\n  name = \"n\"") + cluster('  security_configuration = "n"\n'), {EMR: V2, CLUSTER: V2}),
    Case("cluster-elsewhere", "it is not in this code", cluster('  security_configuration = "n"\n'), {CLUSTER: OPEN}),
    Case("cluster-without", "what its release does is not documented", cluster(), {CLUSTER: OPEN}),
    Case("cluster-old", "its release needs IMDSv1", cluster(release="emr-5.20.0"), {CLUSTER: V1}),
    Case("cluster-5.23.0", "its release needs IMDSv1", cluster(release="emr-5.23.0"), {CLUSTER: V1}),
    Case("cluster-5.23.1", "it does without", cluster(release="emr-5.23.1"), {CLUSTER: OPEN}),
    Case("cluster-5.31", "its release needs IMDSv1", cluster(release="emr-5.31.1"), {CLUSTER: V1}),
    Case("cluster-5.32", "it does without", cluster(release="emr-5.32.0"), {CLUSTER: OPEN}),
    Case("cluster-6.1", "its release needs IMDSv1", cluster(release="emr-6.1.0"), {CLUSTER: V1}),
    Case("cluster-6.10", "it does without", cluster(release="emr-6.10.0"), {CLUSTER: OPEN}),
    Case("a-template-of-that-name", "a launch template is no security configuration", 'resource "aws_launch_template" "n" {\n  name = "n"\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = "required"\n  }\n}\n' + cluster('  security_configuration = "n"\n'), {"aws_launch_template.n": V2, CLUSTER: OPEN}),
    Case("awscc", "the same JSON", f'resource "awscc_emr_security_configuration" "s" {{\n  security_configuration = jsonencode({{ {imds("2")} }})\n}}\n', {"awscc_emr_security_configuration.s": V2}),
    Case("awscc-weak", "the same JSON", f'resource "awscc_emr_security_configuration" "s" {{\n  security_configuration = jsonencode({{ {imds("1")} }})\n}}\n', {"awscc_emr_security_configuration.s": V1}),
]  # fmt: skip


@pytest.mark.parametrize("case", [*BEANSTALK, *EMR_CASES], ids=lambda case: case.name)
def test_posture(case: Case) -> None:
    files = {"main.tf": case.text} if isinstance(case.text, str) else case.text
    assert postures(files) == case.expected, case.why


@pytest.mark.parametrize("case", AWSCC_BEANSTALK, ids=lambda case: case.name)
def test_posture_of_awscc(case: Case) -> None:
    assert postures({"main.tf": str(case.text)}) == case.expected, case.why


MESSAGES = [
    (environment(), "aws_elastic_beanstalk_environment.x answers IMDSv1: DisableIMDSv1 is not set"),
    (environment(setting('"false"')), 'aws_elastic_beanstalk_environment.x answers IMDSv1: DisableIMDSv1 is "false"'),
    (
        environment(setting('"yes"')),
        'aws_elastic_beanstalk_environment.x will be refused: DisableIMDSv1 is "yes", not "true" or "false"',
    ),
    (
        security("jsonencode({})"),
        "aws_emr_security_configuration.s answers IMDSv1: InstanceMetadataServiceConfiguration is not set",
    ),
    (
        security(heredoc(f"{{{imds('1')}}}")),
        "aws_emr_security_configuration.s answers IMDSv1: MinimumInstanceMetadataServiceVersion is 1",
    ),
    (cluster(release="emr-5.20.0"), "aws_emr_cluster.c answers IMDSv1: it names no security configuration"),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_messages_call_things_by_their_names(text: str, message: str) -> None:
    assert message in [finding.message for finding in linted({"main.tf": text}).findings]


def test_what_reads_a_weak_security_configuration_is_named_where_that_is_repaired() -> None:
    (finding,) = linted({"main.tf": security("jsonencode({})") + cluster(USES)}).findings
    assert finding.consumers == (CLUSTER,)
    assert finding.fix is not None
    assert f"{CLUSTER} is replaced when its security configuration changes" in finding.fix.note


UNWRITTEN = [
    (security('"{}"'), '"MinimumInstanceMetadataServiceVersion": 2, "HttpPutResponseHopLimit": 1'),
    (security('file("s.json")'), 'add "InstanceMetadataServiceConfiguration"'),
    (cc_environment("concat([], [])"), 'option_name = "DisableIMDSv1", value = "true"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), UNWRITTEN)
def test_where_nothing_is_written_it_is_said_what_to_write(text: str, told: str) -> None:
    (finding,) = linted({"main.tf": text, "s.json": "{}"}, paths=("main.tf",)).findings
    assert finding.fix is None
    assert told in finding.fix_unavailable
