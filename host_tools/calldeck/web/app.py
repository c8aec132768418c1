"""The local API and the page as an ASGI application, which knows nothing of sockets."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from calldeck import __version__
from calldeck.text import translate as _
from calldeck.web.guard import Credentials, Guard
from calldeck.web.hub import EventHub
from calldeck.web.interface import DeskService, NotPossible
from calldeck.web.limits import BodyLimits, Buckets
from calldeck.web.pages import page_routes
from calldeck.web.problems import problem
from calldeck.web.routes import BASE, make_router

_log = logging.getLogger(__name__)


def create_app(
    service: DeskService, hub: EventHub, key: str, buckets: Buckets | None = None
) -> FastAPI:
    """Make the application around the daemon's desks; `key` opens it, `buckets` limit who asks."""
    # No pages of API documentation: they would load scripts from other people's servers.
    app = FastAPI(
        title="CallDeck",
        version=__version__,
        description="What this desk is doing, and its buttons, for programs of this computer.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{BASE}/openapi.json",
        redirect_slashes=False,
    )
    credentials = Credentials(key)
    app.include_router(make_router(service, hub, credentials))
    app.router.routes.extend(page_routes())
    app.add_middleware(BodyLimits)
    app.add_middleware(Guard, credentials=credentials, buckets=buckets or Buckets())
    _add_problem_handlers(app)
    _declare_security(app)
    return app


def _add_problem_handlers(app: FastAPI) -> None:
    @app.exception_handler(NotPossible)
    async def not_possible(_request: Request, error: NotPossible) -> Response:
        return problem(error.status, error.code, error.sentence, retry_after_s=error.retry_after_s)

    @app.exception_handler(RequestValidationError)
    async def wrong_body(_request: Request, error: RequestValidationError) -> Response:
        # Where it is wrong and how, but never what was sent: that may be a PIN.
        places = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['type']}" for one in error.errors()
        )
        sentence = _("The request is not what it should be: {places}.").format(places=places)
        return problem(422, "wrong_request", sentence)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:
            return problem(422, "wrong_request", _("The body is not JSON in UTF-8."))
        answer = problem(error.status_code, f"http_{error.status_code}", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        _log.error("a request to %s failed", request.url.path, exc_info=error)
        return problem(500, "bug", _("The program has a fault; its log says more."))


def _declare_security(app: FastAPI) -> None:
    """Say in the OpenAPI description what opens which route."""
    make = app.openapi

    def described() -> dict[str, Any]:
        schema = make()
        schema["components"]["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer"},
            "page": {"type": "apiKey", "in": "cookie", "name": "calldeck_PORT"},
        }
        schema["security"] = [{"key": []}, {"page": []}]
        schema["paths"][f"{BASE}/health"]["get"]["security"] = []
        return schema

    app.openapi = described  # type: ignore[method-assign]
