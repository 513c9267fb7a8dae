"""A hook of the documentation site: links to files of the repository outside `docs`."""

import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Replace links that leave the site by the path of the file, as the site does not hold it."""
    docs = Path(config.docs_dir)
    folder = Path(page.file.abs_src_path).parent

    def replaced(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        if target.is_relative_to(docs):
            return link[0]
        path = target.relative_to(docs.parent).as_posix()
        return f"`{path}`" if path.startswith(link[1]) else f"{link[1]} (`{path}`)"

    return _LINK.sub(replaced, markdown)
