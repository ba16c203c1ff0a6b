"""What tells a finding from others, however its lines move: for the programs that compare one report with the next."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from iac_imds_lint.finding import Finding
from iac_imds_lint.output import paths
from iac_imds_lint.output.view import Root


def fingerprints(findings: Iterable[Finding], root: Root) -> Iterator[str]:
    """A fingerprint for each finding, of its rule, file, resource and posture: 32 hexadecimal digits, no two alike.

    Of several that have all four in common each has its number as well, in the order in which they are given.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        parts = _parts(finding, root)
        seen[parts] += 1
        yield _hash((*parts, str(seen[parts])))


def _parts(finding: Finding, root: Root) -> tuple[str, ...]:
    address = finding.resource.address if finding.resource else ""
    posture = finding.posture.value if finding.posture else ""
    return finding.rule.code, paths.told(finding.span.path, root), address, posture


def _hash(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
