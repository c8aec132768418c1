"""The page's files: read once at the start, served by name and by nothing else."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calldeck.text import language, translate
from calldeck.web.page_texts import TEXTS

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_TEXT = re.compile(r"\{\{text:([a-z0-9_.]+)\}\}")


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is served. `tag`: changes with its content."""

    content: bytes
    kind: str
    tag: str


def load_files() -> Mapping[str, PageFile]:
    """Read all files of the page, with the texts in the reader's language."""
    texts = {key: translate(text) for key, text in TEXTS.items()}
    loaded = {}
    for item in files("calldeck.web").joinpath("static").iterdir():
        suffix = item.name[item.name.rfind(".") :]
        if suffix not in KINDS:
            continue
        content = item.read_bytes()
        if suffix == ".html":
            content = _with_texts(content.decode(), texts).encode()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        loaded[item.name] = PageFile(content, KINDS[suffix], tag)
    return loaded


def _with_texts(html: str, texts: Mapping[str, str]) -> str:
    code = language()
    direction = "rtl" if code.split("_")[0] in RIGHT_TO_LEFT else "ltr"
    # In a script element only `<` can end the data.
    block = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    html = html.replace("{{language}}", code.replace("_", "-")).replace("{{direction}}", direction)
    html = html.replace("{{texts}}", block)
    return _TEXT.sub(lambda found: _escaped(texts[found[1]]), html)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def page_routes() -> list[Route]:
    """Make a route for each file; `/` is index.html. No path leads anywhere else."""
    loaded = load_files()
    routes = [Route("/", _serving(loaded["index.html"]), name="page")]
    for name, file in loaded.items():
        if name != "index.html":
            routes.append(Route(f"/static/{name}", _serving(file), name=name))
    return routes


def _serving(file: PageFile) -> Callable[[Request], Awaitable[Response]]:
    headers = {"cache-control": "no-cache", "etag": file.tag}

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.kind, headers=headers)

    return serve
