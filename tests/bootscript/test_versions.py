"""Which installed clients are too old for tokens; the versions are those of the EC2 User Guide."""

from __future__ import annotations

import pytest

from iac_imds_lint.bootscript import read, versions
from iac_imds_lint.script import Harm, Language, Script
from tests.bootscript.growth import Make, grows
from tests.bootscript.looking import part_of


def outdated(script: str, language: Language = Language.SHELL) -> list[tuple[str, str, str]]:
    calls = versions.outdated(part_of(script, language))
    assert {one.harm for one in calls} <= {Harm.TOO_OLD}
    return [(script[one.start : one.end], one.program, one.note) for one in calls]


CLI = "awscli 1.16.289 or newer"
BOTO3 = "boto3 1.12.6 or newer"
NODE = "aws-sdk 2.722.0 or newer"
CORE = "aws-sdk-core 3.79.0 or newer"
JAVA = "the AWS SDK for Java 1.11.678 or newer"
UTILS = "amazon-ec2-utils 1.1 or newer"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("pip", "pip install awscli==1.14.5", ("awscli==1.14.5", "awscli 1.14.5", CLI)),
        ("pip, the last that is too old", "pip3 install awscli==1.16.288", ("awscli==1.16.288", "awscli 1.16.288", CLI)),
        ("by python", "python3 -m pip install --user 'boto3==1.9.0'", ("boto3==1.9.0", "boto3 1.9.0", BOTO3)),
        ("botocore", "pip install botocore==1.13.24", ("botocore==1.13.24", "botocore 1.13.24", "botocore 1.13.25 or newer")),
        ("boto 2", "pip install boto==2.49.0", ("boto==2.49.0", "boto 2.49.0", BOTO3)),
        ("compatible", "pip install 'boto3~=1.9.0'", ("boto3~=1.9.0", "boto3 ~=1.9.0", BOTO3)),
        ("less than", 'pip install "boto3<1.12"', ("boto3<1.12", "boto3 <1.12", BOTO3)),
        ("less than the first that is not", 'pip install "boto3<1.12.6"', ("boto3<1.12.6", "boto3 <1.12.6", BOTO3)),
        ("from and to", 'pip install "boto3>=1.4,<1.10"', ("boto3>=1.4,<1.10", "boto3 >=1.4,<1.10", BOTO3)),
        ("any of 1.14", "pip install awscli==1.14.*", ("awscli==1.14.*", "awscli 1.14.*", CLI)),
        ("requirements in a heredoc", "cat > r.txt <<EOF\nflask==1.0\nboto3==1.9.1\nEOF", ("boto3==1.9.1", "boto3 1.9.1", BOTO3)),
        ("lines that go on", "pip install \\\n  flask \\\n  boto3==1.9.1 \\\n  requests", ("boto3==1.9.1", "boto3 1.9.1", BOTO3)),
        ("a version in a variable", "V=1.9.1\npip install boto3==$V --user", ("boto3==$V", "boto3 1.9.1", BOTO3)),
        ("a version in braces", "V=1.9.1\npip install boto3==${V}\n", ("boto3==${V}", "boto3 1.9.1", BOTO3)),
        ("apt", "apt-get install -y awscli=1.14.44-1ubuntu1", ("awscli=1.14.44", "awscli 1.14.44", CLI)),
        ("yum", "yum install -y aws-cli-1.14.8-1.amzn2", ("aws-cli-1.14.8", "awscli 1.14.8", CLI)),
        ("ec2-utils", "yum -y install ec2-utils-0.5", ("ec2-utils-0.5", "amazon-ec2-utils 0.5", UTILS)),
        ("cloud-utils", "apt install cloud-utils=0.31-7", ("cloud-utils=0.31", "cloud-utils 0.31", "cloud-utils 0.32 or newer")),
        ("ec2metadata of Ubuntu", "apt-get install -y cloud-guest-utils=0.30-0ubuntu5", ("cloud-guest-utils=0.30", "cloud-guest-utils 0.30", "cloud-guest-utils 0.32 or newer")),
        ("cloud-init", "apt-get install cloud-init=18.3-9", ("cloud-init=18.3", "cloud-init 18.3", "cloud-init 19.4 or newer")),
        ("npm", "npm install aws-sdk@2.5.0", ("aws-sdk@2.5.0", "aws-sdk 2.5.0", NODE)),
        ("npm, any of 2.5", "npm i -g aws-sdk@2.5", ("aws-sdk@2.5", "aws-sdk 2.5", NODE)),
        ("npm, patches of 2.5.0", "yarn add aws-sdk@~2.5.0", ("aws-sdk@~2.5.0", "aws-sdk ~2.5.0", NODE)),
        ("package.json in a heredoc", 'cat > package.json <<E\n{"dependencies": {"aws-sdk": "2.100.0"}}\nE', ('"aws-sdk": "2.100.0"', "aws-sdk 2.100.0", NODE)),
        ("gem", "gem install aws-sdk-core -v 3.78.0", ("aws-sdk-core -v 3.78.0", "aws-sdk-core 3.78.0", CORE)),
        ("gem, patches", "gem install aws-sdk-core --version '~> 3.1.0'", ("aws-sdk-core --version '~> 3.1.0", "aws-sdk-core ~> 3.1.0", CORE)),
        ("gem, the version first", "gem install -v 2.11.1 aws-sdk", ("-v 2.11.1 aws-sdk", "aws-sdk 2.11.1", "aws-sdk 3 or newer")),
        ("Go", "go get github.com/aws/aws-sdk-go@v1.20.0", ("github.com/aws/aws-sdk-go@v1.20.0", "aws-sdk-go 1.20.0", "aws-sdk-go 1.25.38 or newer")),
        ("PHP", "composer require aws/aws-sdk-php:3.100.0", ("aws/aws-sdk-php:3.100.0", "aws-sdk-php 3.100.0", "aws-sdk-php 3.147.7 or newer")),
        ("the bundle", "curl -O https://s3.amazonaws.com/aws-cli/awscli-bundle-1.16.188.zip", ("awscli-bundle-1.16.188.zip", "awscli 1.16.188", CLI)),
        ("a jar", "wget https://repo1.maven.org/maven2/com/amazonaws/aws-java-sdk-s3/1.11.375/aws-java-sdk-s3-1.11.375.jar", ("aws-java-sdk-s3-1.11.375.jar", "the AWS SDK for Java 1.11.375", JAVA)),
        ("a coordinate", "spark-submit --packages com.amazonaws:aws-java-sdk:1.7.4 x.py", ("com.amazonaws:aws-java-sdk:1.7.4", "the AWS SDK for Java 1.7.4", JAVA)),
        ("the old script", "wget http://s3.amazonaws.com/ec2metadata/ec2-metadata", ("http://s3.amazonaws.com/ec2metadata/ec2-metadata", "the ec2-metadata of s3.amazonaws.com/ec2metadata", UTILS)),
    ],
)  # fmt: skip
def test_what_is_too_old(why: str, script: str, expected: tuple[str, str, str]) -> None:
    assert outdated(script) == [expected], why


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("no version", "pip install awscli boto3"),
        ("the newest", "pip install --upgrade awscli"),
        ("the first that is not too old", "pip install awscli==1.16.289 boto3==1.12.6 botocore==1.13.25"),
        ("no upper bound", 'pip install "boto3>=1.9"'),
        ("an upper bound that is new enough", 'pip install "boto3>=1.9,<2"'),
        ("compatible with what is new enough", "pip install 'boto3~=1.9'"),
        ("less than one more than the first", 'pip install "boto3<1.12.7"'),
        ("any of 1", "pip install awscli==1.*"),
        ("not that one", "pip install 'boto3!=1.9.0'"),
        ("another package", "pip install boto3-stubs==1.9.0 aioboto3==1.9.0"),
        ("a version that is not known", "pip install boto3==$VERSION"),
        ("a comment", "# pip install awscli==1.14.5"),
        ("a comment behind", "pip install awscli # was awscli==1.14.5"),
        ("what is shown", 'echo "pip install awscli==1.14.5"'),
        ("version 2 of the CLI", "curl https://awscli.amazonaws.com/awscli-exe-linux-x86_64-2.0.30.zip"),
        ("the bundle without a version", "curl https://s3.amazonaws.com/aws-cli/awscli-bundle.zip"),
        ("npm, the newest of 2", "npm install aws-sdk@2 && npm install aws-sdk@^2.5.0 && npm install aws-sdk@latest"),
        ("npm, version 3", "npm install @aws-sdk/client-ec2@3.0.0"),
        ("gem, the newest of 3", "gem install aws-sdk -v '~> 3'"),
        ("gem, minors", "gem install aws-sdk-core -v '~> 3.1'"),
        ("gem of one service", "gem install aws-sdk-s3 -v 1.2.0"),
        ("Amazon's own cloud-init has tokens ported back", "yum install -y cloud-init-18.5-2.amzn2"),
        ("ec2-utils that knows tokens", "yum install -y amazon-ec2-utils-1.2"),
        ("ec2-metadata of the system", "ec2-metadata --instance-id"),
        ("no minimum is known", "yum install -y amazon-ssm-agent-2.3.68.0"),
        ("a newer jar", "wget https://repo1.maven.org/maven2/com/amazonaws/aws-java-sdk-core/1.11.900/aws-java-sdk-core-1.11.900.jar"),
        ("a word", "The aws-sdk@2.5.0 of before"),
        ("a newer Go SDK", "go get github.com/aws/aws-sdk-go@v1.44.0"),
        ("PHP, the newest of 3", "composer require aws/aws-sdk-php:^3.100"),
        ("a file of cloud-init", "systemctl restart cloud-init=18"),
    ],
)  # fmt: skip
def test_what_is_not_too_old(why: str, script: str) -> None:
    assert outdated(script) == [], why


TOOLS = "AWS Tools for PowerShell 4.0.1.0 or newer"


@pytest.mark.parametrize(
    ("why", "script", "expected"),
    [
        ("one version", "Install-Module -Name AWSPowerShell -RequiredVersion 3.3.553.0 -Force", ["AWS Tools for PowerShell 3.3.553.0"]),
        ("at most", "Install-Module AWSPowerShell.NetCore -MaximumVersion 4.0.0.0", ["AWS Tools for PowerShell 4.0.0.0"]),
        ("the version first", "Install-Module -RequiredVersion 3.3.1.0 -Name AWSPowerShell", ["AWS Tools for PowerShell 3.3.1.0"]),
        ("a module of it", "Install-Module AWS.Tools.Common -RequiredVersion 4.0.0.0", ["AWS Tools for PowerShell 4.0.0.0"]),
        ("the installer of the CLI", "iwr https://s3.amazonaws.com/aws-cli/AWSCLI64PY3-1.16.100.msi -OutFile a.msi", ["awscli 1.16.100"]),
        ("new enough", "Install-Module AWSPowerShell -RequiredVersion 4.0.1.0", []),
        ("at least", "Install-Module AWSPowerShell -MinimumVersion 3.3.0.0", []),
        ("no version", "Install-Module AWSPowerShell -Force", []),
        ("a comment", "# Install-Module AWSPowerShell -RequiredVersion 3.3.553.0", []),
        ("what is shown", "Write-Host 'Install-Module AWSPowerShell -RequiredVersion 3.3.553.0'", []),
        ("another module", "Install-Module Pester -RequiredVersion 3.4.0 # AWSPowerShell", []),
        ("version 2 of the CLI", "iwr https://awscli.amazonaws.com/AWSCLIV2-2.0.30.msi", []),
    ],
)  # fmt: skip
def test_what_is_too_old_in_powershell(why: str, script: str, expected: list[str]) -> None:
    assert [one[1] for one in outdated(script, Language.POWERSHELL)] == expected, why


def test_what_an_inner_script_installs_is_told_once() -> None:
    script = Script(
        part_of("powershell -c 'pip install awscli==1.14.5'", Language.POWERSHELL).text,
        "user_data",
        Language.POWERSHELL,
    )
    assert [(one.call.program, one.span.start) for one in read(script).found] == [("awscli 1.14.5", 27)]


@pytest.mark.parametrize(
    ("why", "make", "size"),
    [
        ("one long line", lambda n: "pip install awscli " * n, 1_000),
        ("many lines", lambda n: "pip install awscli==1.14.5\n" * n, 300),
        ("many variables", lambda n: "A=1\n" * n + "pip install boto3==$A " * n, 500),
        ("lines that go on", lambda n: "boto3 \\\n" * n, 2_000),
        ("many options", lambda n: "gem install aws-sdk" + " -x" * n, 5_000),
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(why: str, make: Make, size: int) -> None:
    assert not grows(outdated, make, size), why
