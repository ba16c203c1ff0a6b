"""The language server: a thin shell over the engine, for editors."""

from __future__ import annotations

from iac_imds_lint.lsp.session import made, serve

__all__ = ["made", "serve"]
