"""What mkdocs is told of these pages beyond mkdocs.yml: README.md and CONTRIBUTING.md are pages too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_TOP = Path(__file__).resolve().parent.parent
_PAGES = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md"}
_NAMED_FENCE = re.compile(r"^```(\w+) (\S+)$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> None:
    """Put the files of a directory in the place of ``directory/*``, sorted, in the navigation."""
    config.nav = _expanded(config.nav, Path(config.docs_dir))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand at the top of the repository, where GitHub shows them."""
    from mkdocs.structure.files import File

    for page, source in _PAGES.items():
        files.append(File.generated(config, page, content=_from_here((_TOP / source).read_text(encoding="utf-8"))))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Show the name of a file above its fence, which is not shown else; lead to the pages that stand at the top
    of the repository.
    """
    for page, source in _PAGES.items():
        markdown = markdown.replace(f"](../{source}", f"]({page}")
    return _NAMED_FENCE.sub(r"`\2`:\n\n```\1", markdown)


def _from_here(text: str) -> str:
    for page, source in _PAGES.items():
        text = text.replace(f"]({source}", f"]({page}")
    return text.replace("](docs/", "](")


def _expanded(nav: Any, directory: Path) -> Any:
    match nav:
        case list():
            return [item for one in nav for item in _items(one, directory)]
        case dict():
            return {title: _expanded(inner, directory) for title, inner in nav.items()}
        case _:
            return nav


def _items(entry: Any, directory: Path) -> list[Any]:
    if isinstance(entry, str) and entry.endswith("/*"):
        found = sorted((directory / entry[:-2]).glob("*.md"))
        return [path.relative_to(directory).as_posix() for path in found]
    return [_expanded(entry, directory)]
