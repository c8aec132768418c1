"""The daemon's front door: the page and the API on a socket, and how their users find it."""

import contextlib
import json
import time
import webbrowser
from collections.abc import AsyncIterator

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
from calldeck.web import create_app, serving
from calldeck.web.hub import EventHub


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
) -> AsyncIterator[None]:
    """Serve the page and the API for as long as the body runs.

    Raises ListenError where the address is taken, unless nobody has asked for it: then any free
    port will do.
    """
    folder = runtime_folder()
    key = load_or_make_key(folder)
    app = create_app(desks, hub, key)
    async with contextlib.AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serving(app, listen))
        except ListenError:
            if not options.listen_fallback:
                raise
            free = ListenAddress(listen.host, 0)
            address = await stack.enter_async_context(serving(app, free))
        # Before the server waits for its listeners to go.
        stack.callback(hub.close)
        stack.enter_context(announced(folder, str(address)))
        where = _("the page and the local API listen on {address}").format(address=address)
        narrator.say("note", where, _("calldeck key --link prints the page's link with its key"))
        link = page_link(str(address), key)
        if options.show_link:
            # To this person's own terminal and to nobody else: it is no line of a log.
            options.show_link(link)
        if options.open_page:
            webbrowser.open(write_opener(folder, link).as_uri())
        yield
