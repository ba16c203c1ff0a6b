"""The formats of user data, as cloud-init, EC2Launch and cfn-init read them: from a boot script to its parts."""

from __future__ import annotations

from iac_imds_lint.script import Language, Part, Script, Unseen


def parts(script: Script) -> tuple[Part | Unseen, ...]:
    """What a boot script is made of, each part in its language; and what of it cannot be seen."""
    return (Part(script.text, script.language or Language.SHELL, script.what),)
