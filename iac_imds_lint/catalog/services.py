"""What services that launch instances of their own do, whatever the language in which they are asked to.

Each constant says where it was read; the rows of every dialect are built of them.
"""

from __future__ import annotations

from iac_imds_lint.catalog.schema import Fact, Gate, Hops, Kind, Option, OptionKey, Role, Silence

NAME_A_TEMPLATE = "it has no IMDS options of its own: name a launch template that requires tokens"

# EKS User Guide, "Upgrade from Amazon Linux 2 to Amazon Linux 2023": nodes of AL2023 without a launch template require
# IMDSv2, with a hop limit of 1. What others get is not documented, and EKS's own template may overrule the account.
EKS_KINDS = (Kind("AL2023", Silence.REQUIRED),)
# Batch User Guide, "Compute resource memory/AMI": Fargate runs no instances, an unmanaged environment those of others.
BATCH_KINDS = (Kind("FARGATE", Silence.NO_CAPACITY), Kind(None, Silence.NO_CAPACITY))

# EC2 API, FleetLaunchTemplateOverridesRequest: MetadataOptions are supported for fleets of type instant only; what a
# fleet of another type does with them is not said. CreateFleet: maintain is the default type.
INSTANT_ONLY = Gate(Fact.FLEET, "instant", "EC2 supports these for fleets of type instant only")
FLEET_DISRUPTION = "a fleet's overrides cannot be changed: another fleet takes its place"

# EC2 Image Builder API, InstanceMetadataOptions: builds of container images need two hops where tokens are required.
CONTAINER_BUILDS = Hops(2, "builds of container images need a hop limit of 2 once tokens are required")

# Elastic Beanstalk command-options-general: DisableIMDSv1 is "true" or "false" as an option value; without it platforms
# of AL2023 and of Windows Server 2022 and later have true, those of AL2, of Windows Server 2019 and earlier false.
DISABLE_V1 = OptionKey(Option.TOKENS, "DisableIMDSv1", ("true", "false"), "true")
BEANSTALK_NAMESPACE = "aws:autoscaling:launchconfiguration"
BEANSTALK_KINDS = (
    Kind(r".*\bAmazon Linux 20(?:2[3-9]|[3-9]\d)\b", Silence.REQUIRED, "Amazon Linux 2023 and later"),
    Kind(r".*\bAmazon Linux (?:2|201\d\.\d\d)(?= |/|$)", Silence.OPTIONAL, "Amazon Linux 2 and earlier"),
    Kind(r".*\bWindows Server (?:Core )?20(?:2[2-9]|[3-9]\d)\b", Silence.REQUIRED, "Windows Server 2022 and later"),
    Kind(r".*\bWindows Server (?:Core )?20[01]\d\b", Silence.OPTIONAL, "Windows Server 2019 and earlier"),
)
BEANSTALK_SOURCE = (
    "Elastic Beanstalk command-options-general (DisableIMDSv1; the default depends on the platform) and "
    "using-features.managing.ec2 (a change replaces all instances)"
)
BEANSTALK_DISRUPTION = "Elastic Beanstalk replaces its instances, and its launch configuration by a launch template"
SAVED_DISRUPTION = "environments that run take it over only when the configuration template is applied to them again"
SAVED_ROLES = (Role.CONFIGURATION_TEMPLATE,)

# EMR Management Guide, emr-create-security-configuration and the instance metadata service: both members are required
# where the object is written; releases before 5.32 and 6.2 do not start with version 2, but 5.23.1 and 5.27.1 do.
EMR_IMDS = (
    OptionKey(Option.TOKENS, "MinimumInstanceMetadataServiceVersion", ("1", "2"), "2", number=True),
    OptionKey(Option.HOP_LIMIT, "HttpPutResponseHopLimit", range(1, 65), "1", number=True),
)
EMR_SOURCE = (
    "EMR Management Guide, instance metadata service (InstanceMetadataServiceConfiguration; IMDSv1 unless it is set)"
)
EMR_DISRUPTION = (
    "a security configuration cannot be changed: another takes its place, and EMR releases before 5.32 and 6.2 (but "
    "5.23.1 and 5.27.1) do not start with it"
)
EMR_CLUSTER_SOURCE = (
    "EMR Management Guide, instance metadata service (IMDSv1 if the release requires it: those that do not start "
    "without; what others do is not documented)"
)
EMR_RELEASES = (
    Kind(
        r"emr-(?:[1-4]\.|5\.(?:\d|1\d|2[0-2]|2[4-6]|2[89]|3[01])\.|5\.23\.0|5\.27\.0|6\.[01]\.)",
        Silence.OPTIONAL,
        "releases before 5.32 and 6.2, but 5.23.1 and 5.27.1",
    ),
)
NAME_A_SECURITY_CONFIGURATION = (
    "name a security configuration that sets MinimumInstanceMetadataServiceVersion to 2, which releases from 5.32 and "
    "6.2 on, 5.23.1 and 5.27.1 start with"
)
