"""CloudFormation templates as real ones are written."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmark_dice import WORDS, many


def template(dice: random.Random, judged: bool) -> str:
    """A template, with instances where it is to be of interest."""
    resources = [dice.choice(_PLAIN)(dice, f"Part{at}") for at in range(many(dice, 11))]
    if judged:
        resources += [_ec2(dice, f"Server{at}") for at in range(1 + many(dice, 1))]
    return f"""\
AWSTemplateFormatVersion: "2010-09-09"
Description: The {dice.choice(WORDS)}

Parameters:
  Environment:
    Type: String
    Default: dev
    AllowedValues: [dev, stage, prod]
  Tokens:
    Type: String
    Default: required
  ImageId:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64

Conditions:
  IsProduction: !Equals [!Ref Environment, prod]

Resources:
{"".join(resources)}"""


def _bucket_resource(dice: random.Random, name: str) -> str:
    return f"""\
  {name}Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub "${{Environment}}-{name.lower()}-${{AWS::AccountId}}"
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
      LifecycleConfiguration:
        Rules:
          - Id: expire
            Status: Enabled
            ExpirationInDays: {dice.randrange(7, 400)}
"""


def _role_resource(dice: random.Random, name: str) -> str:
    return f"""\
  {name}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: {dice.choice(("lambda", "ecs-tasks", "events"))}.amazonaws.com}}
            Action: sts:AssumeRole
      Tags:
        - Key: Environment
          Value: !If [IsProduction, production, !Ref Environment]
"""


def _ec2(dice: random.Random, name: str) -> str:
    tokens = dice.choices(
        ("", "required", "optional", "!Ref Tokens", "!If [IsProduction, required, optional]"), (5, 2, 1, 1, 1)
    )
    options = f"      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: {tokens[0]}\n"
    return f"""\
  {name}:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref ImageId
      InstanceType: {dice.choice(("t3.micro", "m6i.large"))}
{options if tokens[0] else ""}\
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash -xe
          cfn-signal -e $? --stack ${{AWS::StackName}} --resource {name}
"""


_PLAIN: tuple[Callable[[random.Random, str], str], ...] = (_bucket_resource, _role_resource)
