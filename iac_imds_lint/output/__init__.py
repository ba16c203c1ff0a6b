"""Reports as text, one module a format."""

from __future__ import annotations

FORMATS = ("full", "concise", "json")
