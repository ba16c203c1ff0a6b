"""What a shell script says to request a token and to send it, in its own style."""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.bootscript.hosts import TOKEN_HEADER

# The longest that a token may live, six hours (EC2 User Guide, "Use the Instance Metadata Service").
_SECONDS = 21600
_NAMES = ("TOKEN", "IMDS_TOKEN", "IMDSV2_TOKEN")
_ASSIGNED = re.compile(r"(?:^|[\s;&|(])([A-Za-z_]\w*)=")


class Style(NamedTuple):
    """How a script writes what it says. ``options`` are what its first call shares with a request."""

    variable: str
    program: str
    base: str
    options: tuple[str, ...] = ()
    quote: str = '"'
    backticks: bool = False
    is_bare: bool = False

    @property
    def request(self) -> str:
        """A command that sets the variable."""
        return f"{self.variable}=`{self._asked}`" if self.backticks else f"{self.variable}=$({self._asked})"

    @property
    def _asked(self) -> str:
        address = f"{self.base}/latest/api/token"
        seconds = f"{TOKEN_HEADER}-ttl-seconds: {_SECONDS}"
        options = "".join(f" {option}" for option in self.options)
        if self.program == "wget":
            return f"wget -qO-{options} --method=PUT --header={self._quoted(seconds)} {self._quoted(address)}"
        return f"curl -fsS{options} -X PUT -H {self._quoted(seconds)} {self._quoted(address)}"

    def _quoted(self, text: str) -> str:
        """A word in the quotes of the script; in none, where that is asked for: a header needs no blank."""
        if self.is_bare:
            return text.replace(": ", ":")
        mark = '"' if "$" in text else self.quote
        return f"{mark}{text}{mark}"

    def header(self, program: str, is_bare: bool) -> str:
        """The option that sends the token, with the blank before it."""
        sent = f"{TOKEN_HEADER}:${self.variable}" if is_bare else f'"{TOKEN_HEADER}: ${self.variable}"'
        return f" --header={sent}" if program == "wget" else f" -H {sent}"


def free_name(content: str) -> str | None:
    """A name for the variable of the token that a script does not use, in the case of its other ones."""
    assigned = set(_ASSIGNED.findall(content))
    lower = sum(name.islower() for name in assigned) > sum(name.isupper() for name in assigned)
    used = set(re.findall(r"\w+", content))
    names = [name.lower() if lower else name for name in _NAMES]
    return next((name for name in names if name not in used), None)
