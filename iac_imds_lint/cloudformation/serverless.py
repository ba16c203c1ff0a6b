"""Variables of the Serverless Framework, which stand in ``serverless.yml`` and in the files that it draws in.

The framework resolves them before CloudFormation sees the template: ``${source:address}`` and ``${source(arguments)}``
(Serverless Framework, "Variables"). Names of CloudFormation's own have no colon, or two (``${AWS::Region}``).
"""

from __future__ import annotations

import re

# The sources that the framework has; a shell's ${name:-default} is none of them.
_SOURCES = "self|opt|env|file|sls|ssm|cf|s3|param|aws|git|strToBool|terraform|vault|output"
_VARIABLE = re.compile(rf"\$\{{\s*(?:{_SOURCES})(?:\.[\w-]+)?(?:\([^)]{{0,200}}\))?:?(?<=[:)])(?![:=+?-])[^}}]*\}}?")


def variable_in(text: str) -> str | None:
    """The first variable in a text, as it is written; None where there is none."""
    found = _VARIABLE.search(text) if "${" in text else None
    return found.group() if found else None
