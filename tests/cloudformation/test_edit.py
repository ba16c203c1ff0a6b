"""How options are written into templates: exact texts before and after, and refusals with their reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint.catalog import Option
from iac_imds_lint.cloudformation import edit, proof
from iac_imds_lint.cloudformation.load import Template
from iac_imds_lint.edit import Edit, Refusal, apply
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import Known, known_text, possibilities
from tests.cloudformation.reading import ENDPOINT, HOP_LIMIT, TOKENS, instance, load, sources_of

WANTED = {ENDPOINT: "enabled", TOKENS: "required"}


def first(source: SourceFile) -> Resource:
    loaded = load(source)
    assert isinstance(loaded, Template), loaded
    return loaded.resources[0]


def secure(resource: Resource) -> dict[Option, str]:
    control = resource.entry.control
    assert control is not None
    return {key.option: key.secure for key in control.keys if key.secure}


def written(text: str, wanted: Mapping[Option, str] | None = None) -> str | Refusal:
    """The text after writing to its first resource; checks that it is proven and that writing again does nothing."""
    source = SourceFile("t", text)
    resource = first(source)
    wanted = secure(resource) if wanted is None else wanted
    edits = edit.write(sources_of(source), resource, wanted)
    if isinstance(edits, Refusal):
        return edits
    after = apply(source, edits)
    assert proof.unproven(source, after) == ""
    again = first(after)
    for option, value in wanted.items():
        assert {known_text(end) for _, end in possibilities(again.option(option))} == {value}
    assert edit.write(sources_of(after), again, wanted) == ()
    return after.text


# In each: the lines that are there, and "+" before those that writing adds, "-" before those that it takes away.
CASES = {
    "a container after the last property": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       ImageId: ami-1 # the base
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
     # about what follows
   B: {Type: AWS::S3::Bucket}
""",
    "the indentation of the neighbours, sequences under keys": """
 Resources:
     Web:
         Type: AWS::EC2::Instance
         Properties:
             SecurityGroupIds:
             - a
             - b
+            MetadataOptions:
+                HttpEndpoint: enabled
+                HttpTokens: required

             # last
""",
    "before user data where that is last": """
 Resources:
   Web:
     Properties:
       ImageId: ami-1
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
       # what it runs
       UserData: !Base64 |
         echo é

     Type: AWS::EC2::Instance
""",
    "after a block of text": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       UserData: |
         a
           b
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required


""",
    "below the comments that are indented deeper, they belong to what is above": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       Tags:
         - Key: a
           Value: b # why

           # - Key: c
               #   Value: d
        # one column deeper
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
       # KeyName: k
     # about what follows
   B: {Type: AWS::S3::Bucket}
""",
    "below a comment that is deeper, before user data with its own": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       NetworkInterfaces:
         - DeviceIndex: 0
           # SubnetId: s
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
       # what it runs
       UserData: IyEvYmluL3No
""",
    "below a comment that is deeper, after a block of text": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       UserData: |
           # text
         # no text: it has fewer blanks than the text
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
     DependsOn: B
   B: {Type: AWS::S3::Bucket}
""",
    "below a comment that is deeper, after text that keeps its last lines": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       UserData: |+
           # text

         # no text: it has fewer blanks than the text
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
     DependsOn: B
   B: {Type: AWS::S3::Bucket}
""",
    "an option stays below the comments about it": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
         HttpPutResponseHopLimit: 2 # for containers

+        HttpEndpoint: enabled
         # the agent
         # is old
-        HttpTokens: optional
+        HttpTokens: required
""",
    "an option in braces stays below the comments about it": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties: {
       MetadataOptions: {
+        HttpEndpoint: enabled,
         # the agent is old
-        HttpTokens: optional
+        HttpTokens: required
       }
     }
""",
    "a line of text that looks like a comment is none": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
         HttpProtocolIpv6: "a
         # b"
+        HttpEndpoint: enabled
-        HttpTokens: optional
+        HttpTokens: required
""",
    "each branch of the properties": """
 Conditions:
   C: !Equals [!Ref AWS::Region, a]
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties: !If
       - C
       - ImageId: a
+        MetadataOptions:
+          HttpEndpoint: enabled
+          HttpTokens: required
       - Fn::If:
           - C
           - ImageId: b
             MetadataOptions:
-              HttpTokens: optional
+              HttpEndpoint: enabled
+              HttpTokens: required
           - ImageId: c
+            MetadataOptions:
+              HttpEndpoint: enabled
+              HttpTokens: required
""",
    "branches of the properties of which one sets nothing": """
 Conditions: {C: !Equals [!Ref AWS::Region, b]}
 Resources:
   Web:
     Type: AWS::EC2::LaunchTemplate
-    Properties: !If [C, {LaunchTemplateName: b}, !Ref AWS::NoValue]
+    Properties: !If [C, {LaunchTemplateName: b, LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}}, {LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}}]
""",
    "after a block of text that keeps its last lines": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       UserData: |+
         a

+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
   B: {Type: AWS::S3::Bucket}
""",
    "properties that are missing": """
 Resources:
   Web:
     Type: AWS::EC2::Instance # bare
+    Properties:
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
""",
    "properties that are empty": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties: # none yet
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
   B: {Type: AWS::S3::Bucket}
""",
    "properties that are null": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
-    Properties: ~
+    Properties:
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
""",
    "a parent that is missing": """
 Resources:
   Web:
     Type: AWS::EC2::LaunchTemplate
     Properties:
       LaunchTemplateName: a
+      LaunchTemplateData:
+        MetadataOptions:
+          HttpEndpoint: enabled
+          HttpTokens: required
""",
    "what is missing before what is there": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
         HttpPutResponseHopLimit: 2
-        HttpTokens: optional # weak
+        HttpEndpoint: enabled
+        HttpTokens: required # weak
         InstanceMetadataTags: enabled
""",
    "tokens after an endpoint that is right": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
         HttpEndpoint: !Sub enabled
+        HttpTokens: required
     UpdatePolicy: {}
""",
    "null in place of a value": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
-        HttpEndpoint:
-        HttpTokens: !Ref AWS::NoValue
+        HttpEndpoint: enabled
+        HttpTokens: required
""",
    "the quotes that are there": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
-        HttpEndpoint: 'disabled'
-        HttpTokens: "optional"
+        HttpEndpoint: 'enabled'
+        HttpTokens: "required"
""",
    "keys in quotes": """
 "Resources":
   "Web":
     "Type": "AWS::EC2::Instance"
     "Properties":
       "ImageId": "ami-1"
+      "MetadataOptions":
+        "HttpEndpoint": "enabled"
+        "HttpTokens": "required"
""",
    "a text that has to be quoted": """
 Resources:
   Web:
     Type: AWS::SageMaker::NotebookInstance
     Properties:
       RoleArn: a
+      InstanceMetadataServiceConfiguration:
+        MinimumInstanceMetadataServiceVersion: "2"
""",
    "a number in place of a number": """
 Resources:
   Web:
     Type: AWS::SageMaker::NotebookInstance
     Properties:
       InstanceMetadataServiceConfiguration:
-        MinimumInstanceMetadataServiceVersion: 1
+        MinimumInstanceMetadataServiceVersion: 2
""",
    "a boolean among the properties": """
 Resources:
   Web:
     Type: AWS::AppStream::Fleet
     Properties:
       Name: a
+      DisableIMDSV1: true
""",
    "a boolean in place of one": """
 Resources:
   Web:
     Type: AWS::AppStream::Fleet
     Properties:
-      DisableIMDSV1: false
+      DisableIMDSV1: true
       Name: a
""",
    "braces on one line": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
-    Properties: {ImageId: ami-1} # short
+    Properties: {ImageId: ami-1, MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}} # short
""",
    "braces with blanks and a last comma": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
-    Properties: { ImageId: ami-1, }
+    Properties: { ImageId: ami-1, MetadataOptions: { HttpEndpoint: enabled, HttpTokens: required }, }
""",
    "empty braces": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
-    Properties: {}
+    Properties: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}
""",
    "braces over lines, with comments": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties: {
       Tags: [], # none
-      ImageId: ami-1 # base
+      ImageId: ami-1, # base
+      MetadataOptions: {
+        HttpEndpoint: enabled,
+        HttpTokens: required
+      }
     }
""",
    "braces over lines, with a last comma": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties: {
       ImageId: ami-1, # base
+      MetadataOptions: {
+        HttpEndpoint: enabled,
+        HttpTokens: required
+      },
     }
""",
    "braces with a missing key before one that is there": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
-      MetadataOptions: {HttpTokens: optional}
+      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}
""",
    "all in one line of braces": """
-{Resources: {Web: {Type: AWS::AppStream::Fleet}}}
+{Resources: {Web: {Type: AWS::AppStream::Fleet, Properties: {DisableIMDSV1: true}}}}
""",
    "JSON": """
 {
   "Resources": {
     "Web": {
       "Type": "AWS::EC2::Instance",
       "Properties": {
-        "ImageId": "ami-1"
+        "ImageId": "ami-1",
+        "MetadataOptions": {
+          "HttpEndpoint": "enabled",
+          "HttpTokens": "required"
+        }
       }
     }
   }
 }
""",
    "JSON with tabs and blanks before colons": """
 {
 \t"Resources" : {
 \t\t"Web" : {
-\t\t\t"Type" : "AWS::EC2::Instance"
+\t\t\t"Type" : "AWS::EC2::Instance",
+\t\t\t"Properties" : {
+\t\t\t\t"MetadataOptions" : {
+\t\t\t\t\t"HttpEndpoint" : "enabled",
+\t\t\t\t\t"HttpTokens" : "required"
+\t\t\t\t}
+\t\t\t}
 \t\t}
 \t}
 }
""",
    "JSON, before user data": """
 {
     "Resources": {
         "Web": {
             "Type": "AWS::EC2::Instance",
             "Properties": {
                 "ImageId": "ami-1",
+                "MetadataOptions": {
+                    "HttpEndpoint": "enabled",
+                    "HttpTokens": "required"
+                },
                 "UserData": {"Fn::Base64": "echo"}
             }
         }
     }
 }
""",
    "JSON, objects on one line": """
 {"Resources": {
   "Web": {"Type": "AWS::EC2::Instance", "Properties":
-    {"MetadataOptions": {"HttpTokens": "optional"}}},
+    {"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"}}},
   "B": {"Type": "AWS::S3::Bucket"}
 }}
""",
    "JSON, empty braces on a line of their own key": """
 {
   "Resources": {
     "Web": {
       "Type": "AWS::EC2::Instance",
-      "Properties": {}
+      "Properties": {
+        "MetadataOptions": {
+          "HttpEndpoint": "enabled",
+          "HttpTokens": "required"
+        }
+      }
     }
   }
 }
""",
    "JSON, null on one line": """
-{"Resources": {"Web": {"Type": "AWS::AppStream::Fleet", "Properties": null}}}
+{"Resources": {"Web": {"Type": "AWS::AppStream::Fleet", "Properties": {"DisableIMDSV1": true}}}}
""",
    "braces with keys in quotes and odd colons": """
 Resources:
   Web:
     Type: AWS::AppStream::Fleet
-    Properties: {"Name"   :   "a"}
+    Properties: {"Name"   :   "a", "DisableIMDSV1": true}
""",
    "JSON, null": """
 {
   "Resources": {
     "Web": {
       "Type": "AWS::EC2::Instance",
-      "Properties": null
+      "Properties": {
+        "MetadataOptions": {
+          "HttpEndpoint": "enabled",
+          "HttpTokens": "required"
+        }
+      }
     }
   }
 }
""",
    "JSON, AWS::NoValue": """
 {
   "Resources": {
     "Web": {
       "Type": "AWS::EC2::Instance",
       "Properties": {
         "MetadataOptions": {
           "HttpEndpoint": "enabled",
-          "HttpTokens": {"Ref": "AWS::NoValue"}
+          "HttpTokens": "required"
         }
       }
     }
   }
 }
""",
    "each branch of a condition that is not decided": """
 Parameters: {P: {Type: String}}
 Conditions: {C: !Equals [!Ref P, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions: !If
       - C
-      - HttpTokens: optional # weak
+      - HttpEndpoint: enabled
+        HttpTokens: required # weak
       # where it is not
       - HttpPutResponseHopLimit: 2
+        HttpEndpoint: enabled
+        HttpTokens: required
       Monitoring: true
""",
    "a branch that sets nothing": """
 Parameters: {P: {Type: String}}
 Conditions: {C: !Equals [!Ref P, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
         Fn::If:
           - C
-          - Ref: AWS::NoValue
+          - HttpEndpoint: enabled
+            HttpTokens: required
-          - !Ref AWS::NoValue # nothing
+          - HttpEndpoint: enabled
+            HttpTokens: required # nothing
""",
    "branches in brackets": """
 Parameters: {P: {Type: String}}
 Conditions: {C: !Equals [!Ref P, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
-      MetadataOptions: !If [C, !Ref AWS::NoValue, { HttpTokens: optional }]
+      MetadataOptions: !If [C, {HttpEndpoint: enabled, HttpTokens: required}, { HttpEndpoint: enabled, HttpTokens: required }]
""",
    "a branch inside of a branch": """
 Parameters: {P: {Type: String}}
 Conditions: {C: !Equals [!Ref P, a], D: !Equals [!Ref P, b]}
 Resources:
   Web:
     Type: AWS::EC2::LaunchTemplate
     Properties:
       LaunchTemplateData: !If
         - C
         - ImageId: ami-1
+          MetadataOptions:
+            HttpEndpoint: enabled
+            HttpTokens: required
         - !If
           - D
           - MetadataOptions:
-              HttpTokens: optional
+              HttpEndpoint: enabled
+              HttpTokens: required
           - MetadataOptions:
               HttpEndpoint: enabled
               HttpTokens: required
""",
    "the branches of the value itself": """
 Parameters: {P: {Type: String}}
 Conditions: {C: !Equals [!Ref P, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions:
-        HttpTokens: !If [C, !If [C, optional, required], !Ref AWS::NoValue]
+        HttpEndpoint: enabled
+        HttpTokens: !If [C, !If [C, required, required], required]
""",
    "no branch that is not taken and sets nothing": """
 Conditions: {C: !Equals [a, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions: !If
         - C
         - HttpPutResponseHopLimit: 2
+          HttpEndpoint: enabled
+          HttpTokens: required
         - !Ref AWS::NoValue
""",
    "no branch that requires tokens": """
 Conditions: {C: !Equals [a, a]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
-      MetadataOptions: !If [C, !Ref AWS::NoValue, {HttpTokens: required}]
+      MetadataOptions: !If [C, {HttpEndpoint: enabled, HttpTokens: required}, {HttpTokens: required}]
""",
    "AWS::NoValue for the container, in quotes": """
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
-      'MetadataOptions': !Ref AWS::NoValue # not yet
+      'MetadataOptions': # not yet
+        'HttpEndpoint': 'enabled'
+        'HttpTokens': 'required'
""",
    "AWS::NoValue in a branch, in quotes": """
 Conditions: {C: !Equals [!Ref AWS::Region, b]}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       "MetadataOptions": !If
         - C
-        - {}
+        - {HttpEndpoint: enabled, HttpTokens: required}
-        - !Ref AWS::NoValue
+        - "HttpEndpoint": "enabled"
+          "HttpTokens": "required"
""",
    "beside a merge key": """
 Metadata: {m: &m {KeyName: k}}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       <<: *m
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
""",
    "beside a merge key and others": """
 Metadata: {m: &m {KeyName: k}}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       ImageId: ami-1
       <<: *m # common
+      MetadataOptions:
+        HttpEndpoint: enabled
+        HttpTokens: required
""",
    "before a member of braces in which there are aliases": """
 Metadata: {m: &m {KeyName: k}, i: &i ami-1}
 Resources:
   Web:
     Type: AWS::EC2::Instance
-    Properties: {<<: *m, Monitoring: true, ImageId: *i}
+    Properties: {<<: *m, MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}, Monitoring: true, ImageId: *i}
""",
    "JSON, each branch": """
 {
   "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}},
   "Resources": {
     "Web": {
       "Type": "AWS::EC2::Instance",
       "Properties": {
         "MetadataOptions": {
           "Fn::If": [
             "C",
             {
-              "HttpTokens": "optional"
+              "HttpEndpoint": "enabled",
+              "HttpTokens": "required"
             },
             {
-              "Ref": "AWS::NoValue"
+              "HttpEndpoint": "enabled",
+              "HttpTokens": "required"
             }
           ]
         }
       }
     }
   }
 }
""",
    "JSON, branches on one line": """
-{"Conditions":{"C":{"Fn::Equals":[{"Ref":"AWS::Region"},"a"]}},"Resources":{"Web":{"Type":"AWS::EC2::Instance","Properties":{"MetadataOptions":{"Fn::If":["C",{"Ref":"AWS::NoValue"},{}]}}}}}
+{"Conditions":{"C":{"Fn::Equals":[{"Ref":"AWS::Region"},"a"]}},"Resources":{"Web":{"Type":"AWS::EC2::Instance","Properties":{"MetadataOptions":{"Fn::If":["C",{"HttpEndpoint":"enabled","HttpTokens":"required"},{"HttpEndpoint":"enabled","HttpTokens":"required"}]}}}}}
""",
    "nothing where all is as wanted": """
 Parameters: {On: {Type: String, Default: enabled}}
 Resources:
   Web:
     Type: AWS::EC2::Instance
     Properties:
       MetadataOptions: {HttpEndpoint: !Ref On, HttpTokens: required}
""",
}


def sides(case: str) -> tuple[str, str]:
    """The texts before and after that a case shows."""
    lines = case.removeprefix("\n").splitlines(keepends=True)
    before = "".join(line[1:] if line[0] in " -" else line for line in lines if line[0] in " -\n")
    after = "".join(line[1:] if line[0] in " +" else line for line in lines if line[0] in " +\n")
    return before, after


@pytest.mark.parametrize("name", CASES)
def test_writing(name: str) -> None:
    before, after = sides(CASES[name])
    assert written(before) == after


@pytest.mark.parametrize("name", CASES)
def test_writing_keeps_newlines_and_the_missing_last_one(name: str) -> None:
    before, after = sides(CASES[name])
    assert written(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")
    if before.endswith("\n\n"):
        return  # the blank lines of the case are its point
    assert written(before.removesuffix("\n")) == after.removesuffix("\n")


REFUSALS = {
    "MetadataOptions is given by Fn::If": "Properties: {MetadataOptions: !If [C, {}]}",
    "MetadataOptions is given by Fn::FindInMap": "Properties: {MetadataOptions: !If [C, {}, !FindInMap [M, a, b]]}",
    "HttpEndpoint is given by Fn::Join": "Properties: {MetadataOptions: {HttpEndpoint: !If [C, !Join [a, []], x]}}",
    "HttpEndpoint is given by Fn::Select": "Properties: {MetadataOptions: {HttpEndpoint: !If [C, x, !Select [0, [a]]]}}",
    "MetadataOptions is empty in a way that is not certain to fill": (
        "Properties:\n      MetadataOptions: # what for\n        Ref: AWS::NoValue"
    ),
    "MetadataOptions is given by Ref": "Properties:\n      MetadataOptions: {Ref: X}",
    "Properties is given by Fn::FindInMap": "Properties: !If [C, {}, !FindInMap [M, a, b]]",
    "HttpTokens is given by Ref": "Properties:\n      MetadataOptions:\n        HttpTokens: !Ref X",
    "MetadataOptions is not written as a mapping": "Properties: {MetadataOptions: []}",
    "MetadataOptions is written twice": "Properties: {MetadataOptions: {}, MetadataOptions: {}}",
    "HttpEndpoint is written twice": "Properties: {MetadataOptions: {HttpEndpoint: a, HttpEndpoint: b}}",
    "Fn::Transform may add MetadataOptions": "Properties: {Fn::Transform: {Name: x}, ImageId: a}",
    "MetadataOptions is empty inside of braces": "Properties: {MetadataOptions: }",
    "there is a comment between its braces": "Properties: { # none\n      }",
    "the value is a block of text": "Properties:\n      MetadataOptions:\n        HttpTokens: |\n          optional",
    "its keys are marked by question marks": "Properties:\n      ? ImageId\n      : ami-1",
    "HttpTokens is not written as a literal": "Properties: {MetadataOptions: {HttpTokens: []}}",
    "MetadataOptions is not changed: others share it through a YAML alias": (
        "Properties: {MetadataOptions: &o {HttpTokens: optional}}\n  B:\n    Properties: *o\n    Type: AWS::S3::Bucket"
    ),
    "Properties is not changed: others share it through a YAML alias": "Properties: *m",
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_refusals(reason: str) -> None:
    head = "Metadata: {m: &m {KeyName: k}}\nResources:\n  Web:\n    Type: AWS::EC2::Instance\n"
    assert written(f"{head}    {REFUSALS[reason]}\n") == Refusal(reason)


def test_a_resource_that_is_shared_is_refused() -> None:
    text = "Resources:\n  Web: &w {Type: AWS::EC2::Instance}\n  B: *w\n"
    assert written(text) == Refusal("Web is not changed: others share it through a YAML alias")


def test_what_is_not_there_is_refused() -> None:
    source = SourceFile("t", "Resources:\n  Web:\n    Type: AWS::EC2::EC2Fleet\n")
    reason = Refusal("no MetadataOptions is written in any of its lists")
    assert edit.write(sources_of(source), first(source), WANTED) == reason
    gone = SourceFile("t", "Resources:\n  Web2:\n    Type: AWS::EC2::Instance\n")
    other = SourceFile("t", "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n")
    assert edit.write(sources_of(gone), first(other), WANTED) == Refusal("Web is not found again")
    assert edit.write(sources_of(SourceFile("u", "")), first(other), WANTED) == Refusal("t cannot be read again")


def test_a_resource_in_a_loop_is_written_once() -> None:
    text = (
        "Resources:\n  Fn::ForEach::L:\n  - N\n  - [a]\n"
        "  - W${N}:\n      Type: AWS::EC2::Instance\n      Properties:\n        ImageId: x\n"
    )
    added = "        MetadataOptions:\n          HttpEndpoint: enabled\n          HttpTokens: required\n"
    assert written(text) == text + added


def test_numbers_are_written_as_numbers() -> None:
    text = instance("MetadataOptions:\n  HttpTokens: a")
    assert written(text, {HOP_LIMIT: "2"}) == text + "        HttpPutResponseHopLimit: 2\n"


def replaced(text: str, value: str) -> str | Refusal:
    """The text after replacing the literal that decides HttpTokens of the first resource."""
    source = SourceFile("t", text)
    found = first(source).option(TOKENS)
    new = edit.replace_literal(sources_of(source), found.origins[-1].span, value)
    if isinstance(new, Refusal):
        return new
    assert isinstance(new, Edit)
    after = apply(source, [new])
    assert proof.unproven(source, after) == ""
    assert isinstance(first(after).option(TOKENS), Known)
    return after.text


PARAMETER = (
    "Parameters:\n  T:\n    Type: String\n    Default: {default}\n{more}"
    "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      MetadataOptions: {{HttpTokens: !Ref T}}\n"
)


@pytest.mark.parametrize(
    ("default", "after"), [("optional", "required"), ("'optional'", "'required'"), ('"optional" # c', '"required" # c')]
)
def test_a_default_is_replaced_in_its_quotes(default: str, after: str) -> None:
    more = "    AllowedValues: [optional, required]\n"
    text = PARAMETER.format(default=default, more=more)
    assert replaced(text, "required") == PARAMETER.format(default=after, more=more)


@pytest.mark.parametrize(
    ("written_", "after"),
    [
        ("!If [C, optional, x]", "!If [C, required, x]"),
        ("!If [C, !Ref AWS::NoValue, x]", "!If [C, required, x]"),
        ("{'Fn::If': [C, {Ref: AWS::NoValue}, x]}", "{'Fn::If': [C, required, x]}"),
        ("!Sub 'optional'", "!Sub 'required'"),
    ],
)
def test_a_literal_inside_of_a_function_is_replaced(written_: str, after: str) -> None:
    text = PARAMETER.format(default="a", more="Conditions: {C: !Equals [!Ref T, a]}\n")
    before = text.replace("!Ref T}", f"{written_}}}")
    expected = text.replace("!Ref T}", f"{after}}}")
    assert replaced(before, "required") == expected


def test_parameters_that_are_none_do_not_matter() -> None:
    text = PARAMETER.format(default="optional", more="  Odd: 1\n")
    assert replaced(text, "required") == text.replace("optional", "required")


def test_options_with_question_marks_are_refused() -> None:
    text = instance("MetadataOptions:\n  ? HttpPutResponseHopLimit\n  : 1\n  HttpTokens: |\n    optional")
    assert written(text) == Refusal("its keys are marked by question marks")
    text = instance("MetadataOptions:\n  ? HttpPutResponseHopLimit\n  : 1")
    assert written(text) == Refusal("its keys are marked by question marks")


def test_a_span_without_a_literal_is_refused() -> None:
    source = SourceFile("t", PARAMETER.format(default="a", more=""))
    reference = first(source).option(TOKENS).origins[0].span
    reason = Refusal("the value is not written as a literal, or shared through a YAML alias")
    assert edit.replace_literal(sources_of(source), reference, "x") == reason
    assert edit.replace_literal(sources_of(source), reference._replace(start=0, end=5), "x") == reason
    assert edit.replace_literal(sources_of(SourceFile("u", "")), reference, "x") == Refusal("t cannot be read again")


PLAIN = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n"
LINES = st.sampled_from(
    [
        "ImageId: ami-1",
        "KeyName: 'k' # é",
        "# 😀 comment",
        "",
        "Tags:\n  - {Key: a, Value: b}",
        "UserData: !Base64 |\n  a\n\n  b",
    ]
)


@given(st.lists(LINES, max_size=6), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_nothing_but_the_edits_changes(lines: list[str], crlf: bool, bom: bool, last: bool, options: bool) -> None:
    names = [line for i, line in enumerate(lines) if line[:2] in ("# ", "") or line not in lines[:i]]
    body = "\n".join([*names, *(["MetadataOptions:\n  HttpTokens: optional"] if options else [])])
    body = re.sub(r"(?m)^(?=.)", "      ", body)
    text = f"{PLAIN}    Properties:\n{body}\n  # é\n  B: {{Type: AWS::S3::Bucket}}"
    text = (text + "\n" * last).replace("\n", "\r\n" if crlf else "\n")
    source = SourceFile("t", text, bom)
    edits = edit.write(sources_of(source), first(source), WANTED)
    assert not isinstance(edits, Refusal)
    after = apply(source, edits)
    assert proof.unproven(source, after) == ""
    assert after.bom is bom
    assert after.text.endswith("\n") is last
    assert after.text.count("\r\n") == (after.text.count("\n") if crlf else 0)
    kept, rest = after.text, text
    for one in sorted(edits, key=lambda e: e.span.start, reverse=True):
        rest = rest[: one.span.start] + "\0" + rest[one.span.end :]
    pattern = ".*?".join(re.escape(part) for part in rest.split("\0"))
    assert re.fullmatch(pattern, kept, re.DOTALL)
    assert edit.write(sources_of(after), first(after), WANTED) == ()


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ('[\r\n\t{"ParameterKey": "T", "ParameterValue": "optional"}\r\n]', "p.json"),
        ('{"Parameters": {"T": "optional"}, "Tags": {"a": "optional"}}', "p.json"),
        ("parameters:\n  T: optional # größe\n", "p.yaml"),
    ],
)
def test_a_value_in_a_parameter_file_is_replaced(values: str, path: str) -> None:
    source = SourceFile(path, values)
    start = values.index("optional") - (path == "p.json")
    span = Span(path, start, start + len("optional") + 2 * (path == "p.json"))
    new = edit.replace_literal(sources_of(source), span, "required")
    assert isinstance(new, Edit)
    after = apply(source, [new])
    assert after.text == values.replace("optional", "required", 1)
    assert proof.unproven(source, after) == ""


def test_an_entry_of_a_mapping_is_replaced() -> None:
    text = instance("MetadataOptions: {HttpTokens: !FindInMap [M, a, b]}", "Mappings:\n  M: {a: {b: 'optional'}}\n")
    assert replaced(text, "required") == text.replace("optional", "required")


SHARED_BRANCH = instance(
    "MetadataOptions: !If [C, &o {HttpTokens: optional}, *o]", "Conditions: {C: !Equals [!Ref AWS::Region, a]}\n"
)


def test_a_branch_that_others_share_is_not_changed() -> None:
    reason = "MetadataOptions is not changed: others share it through a YAML alias"
    assert written(SHARED_BRANCH) == Refusal(reason)
    value = SHARED_BRANCH.replace("&o {HttpTokens: optional}, *o", "{HttpTokens: !If [C, &o optional, *o]}, {}")
    assert written(value) == Refusal("HttpTokens is not changed: others share it through a YAML alias")
    source = SourceFile("t", value)
    span = Span("t", value.index("optional"), value.index("optional") + len("optional"))
    shared = Refusal("the value is not written as a literal, or shared through a YAML alias")
    assert edit.replace_literal(sources_of(source), span, "required") == shared


def test_a_block_of_text_at_the_end_of_a_file_stays_last() -> None:
    head = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
    added = "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: required\n"
    script = "      UserData:\n        Fn::Base64: |\n          echo"
    assert written(head + script) == head + added + script


def test_two_edits_at_one_place_keep_their_order() -> None:
    text = instance("MetadataOptions:\n  HttpEndpoint:")
    expected = text.replace("HttpEndpoint:", "HttpEndpoint: enabled\n        HttpTokens: required")
    assert written(text) == expected
