"""The configuration as a document: every key with its form, what it is where it is not set, and what it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iac_imds_lint.config import KEYS, Form, Key, Settings
from iac_imds_lint.output.words import known

_HEAD = """# Configuration

Nothing has to be configured. What is said in a file counts for everyone who runs the linter there; options of the
command line win over it.

## Where it is looked for

In `.iac-imds-lint.toml`, or in the table `[tool.iac-imds-lint]` of `pyproject.toml`: the nearest one from the working
directory upward, and that one alone. `--config FILE` names another one, and nothing is looked for. Patterns in it go by
the directory that the file stands in.

- A `pyproject.toml` without our table does not end the search.
- Where both stand in one directory, `.iac-imds-lint.toml` counts. Standard error says that the table is not read.
- One run has one configuration. Files further down, in what is linted, are not read, which standard error says with
  their names; run the linter in those directories, or once for each of them with `--config`. The exit status is the
  same.
- A file that cannot be read or is no TOML, an unknown key and an unknown word are errors with exit status 2. The
  message names the file, the key and the nearest word that is known.

## All keys

In `.iac-imds-lint.toml`; in `pyproject.toml` below `[tool.iac-imds-lint]`:

"""

_TAIL = """
## What the account says

`account-default` says what the code cannot show: the [account's default][account] in the Regions that are deployed to.
It counts for whatever says nothing of its own about tokens and falls through to EC2's defaults, and where the code has
no `aws_ec2_instance_metadata_defaults` for that provider:

| value | what says nothing is | |
|---|---|---|
| `"required"` | `v2-required` | decided by `account-default` |
| `"optional"` | `v1-allowed` | even from an AMI that asks for IMDSv2: the account's default is above it |
| `"no-preference"` | as its AMI asks, else `v1-allowed` | |
| not set | `v1-allowed`, or `unknown` where the AMI asks for IMDSv2 | the account's default could overrule the AMI's |

An AMI asks for IMDSv2 if it is one of the code that says so (`imds_support = "v2.0"`), or Amazon Linux 2023. A resource
or template that says `optional` is still `v1-allowed`: it is above the account's default ([how posture is
decided](posture.md)).

[account]: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html#set-imdsv2-account-defaults
"""


def document() -> str:
    """docs/configuration.md."""
    example = "".join(f"{key.name} = {key.example}\n" for key in KEYS)
    keys = "\n".join(line for key in KEYS for line in _section(key))
    return f"{_HEAD}```toml .iac-imds-lint.toml\n{example}```\n\n{keys}{_TAIL}"


def _section(key: Key) -> Iterator[str]:
    default = getattr(Settings(), key.field)
    yield f"### `{key.name}`\n"
    yield f"{key.says[0].upper()}{key.says[1:]}.\n"
    yield "| | |"
    yield "|---|---|"
    yield f"| form | {key.form.value} |"
    yield f"| where it is not set | {_shown(key, default)} |"
    words = key.words(known()) if key.words is not None else ()
    if words:
        yield f"| words | {', '.join(f'`{word}`' for word in words)} |"
    yield f"| example | `{key.name} = {key.example}` |"
    yield ""


def _shown(key: Key, default: object) -> str:
    """The value of a key that is not set, in TOML."""
    match key.form:
        case Form.WORD:
            return f"`{json.dumps(default)}`" if default else "nothing"
        case Form.SWITCH:
            return f"`{json.dumps(default)}`"
        case Form.WORDS:
            return "`[]`"
        case Form.CODES_BY_PATTERN:
            return "`{}`"
