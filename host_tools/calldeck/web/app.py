"""The local API as an ASGI application, which knows nothing of sockets or of the daemon."""

from collections.abc import Callable

from fastapi import FastAPI

from calldeck import __version__
from calldeck.web.guard import LoopbackGuard
from calldeck.web.health import Health


def create_app(state: Callable[[], Health]) -> FastAPI:
    """Make the application; `state` is asked for each request and must answer at once."""
    # No pages of API documentation: they would load scripts from other people's servers.
    app = FastAPI(
        title="CallDeck",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.add_middleware(LoopbackGuard)

    @app.get("/api/v1/health")
    async def health() -> Health:
        """How this desk is: console link, ACD link, versions, uptime."""
        return state()

    return app
