"""The daemon's front door: the page and the API on a socket, and how their users find it."""

import asyncio
import contextlib
import functools
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from calldeck.access.announce import announced
from calldeck.access.key import load_or_make_key
from calldeck.access.page_link import page_link, write_opener
from calldeck.access.runtime import runtime_folder
from calldeck.config.listen import ListenAddress
from calldeck.config.options import Happening, Observer, RunOptions
from calldeck.errors import ListenError
from calldeck.narration import Narrator
from calldeck.service.desks import Desks
from calldeck.text import translate as _
from calldeck.web.hub import EventHub
from calldeck.web.listener import listening

Opening = Callable[[], Awaitable[None]]
"""Loads what serves the page and the API, and serves them."""
Serve = Callable[[socket.socket], contextlib.AbstractAsyncContextManager[ListenAddress]]


def telling_pages(observer: Observer, hub: EventHub) -> Observer:
    """Give an observer that also tells the pages what happens."""

    def tell(happening: Happening) -> None:
        observer(happening)
        line = {
            "at_ms": time.time_ns() // 1_000_000,
            "desk": happening.desk,
            "kind": happening.kind,
            "text": happening.text,
            "detail": happening.detail,
        }
        hub.publish("line", lambda: json.dumps(line), happening.desk)

    return tell


@contextlib.asynccontextmanager
async def front_door(
    options: RunOptions, listen: ListenAddress, desks: Desks, hub: EventHub, narrator: Narrator
) -> AsyncIterator[Opening]:
    """Hold the address for as long as the body runs, and give what opens the door there.

    Raises ListenError where the address is taken, unless nobody has asked for it: then any free
    port will do.
    """
    folder = runtime_folder()
    key = load_or_make_key(folder)
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(_listening(options, listen))

        async def open_door() -> None:
            # In a thread: meanwhile the loop carries presses and lamps.
            serve = await asyncio.to_thread(_load, desks, hub, key)
            address = await stack.enter_async_context(serve(listener))
            # Before the server waits for its listeners to go.
            stack.callback(hub.close)
            stack.enter_context(announced(folder, str(address)))
            _tell(options, narrator, folder, page_link(str(address), key), str(address))

        yield open_door


def _listening(options: RunOptions, listen: ListenAddress) -> socket.socket:
    try:
        return listening(listen)
    except ListenError:
        if not options.listen_fallback:
            raise
        return listening(ListenAddress(listen.host, 0))


def _load(desks: Desks, hub: EventHub, key: str) -> Serve:
    """Load what serves the page and the API: it takes as long as all else in a start together."""
    from calldeck.web.app import create_app
    from calldeck.web.server import serving

    return functools.partial(serving, create_app(desks, hub, key))


def _tell(options: RunOptions, narrator: Narrator, folder: Path, link: str, address: str) -> None:
    """Tell where the page is."""
    where = _("the page and the local API listen on {address}").format(address=address)
    narrator.say("note", where, _("calldeck key --link prints the page's link with its key"))
    if options.show_link:
        # To this person's own terminal and to nobody else: it is no line of a log.
        options.show_link(link)
    if options.open_page:
        import webbrowser

        webbrowser.open(write_opener(folder, link).as_uri())
