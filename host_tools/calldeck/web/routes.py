"""The routes of the API: what is asked, who answers, and what can come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from calldeck.web.guard import Credentials
from calldeck.web.health import Health
from calldeck.web.hub import EventHub
from calldeck.web.interface import DeskService
from calldeck.web.models import (
    Answer,
    AutoAnswer,
    ButtonAction,
    ButtonName,
    ContactMarks,
    DeskPicture,
    Desks,
    LoginAction,
    NotReadyAction,
    PressAnswer,
    Problem,
    Reloaded,
    SystemMicrophoneReport,
)
from calldeck.web.problems import problem
from calldeck.web.stream import EventStream, all_pictures

BASE = "/api/v1"
_TEXTS = {
    401: "No key, or a wrong one.",
    403: "Another origin, or a login that is not right.",
    404: "There is no such thing.",
    405: "Not with this method.",
    409: "Not from here, or not now.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "Not addressed to this computer.",
    422: "The body is not what it should be.",
    429: "Too many requests, or too many wrong PINs.",
    503: "The console or the ACD could not take it.",
}
_ALWAYS = (403, 421, 429)
Number = Annotated[int, Path(ge=1, le=2**53)]
DeskId = Annotated[str, Path(min_length=1, max_length=64, description="The id of the desk.")]


def _responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problems a route can answer with."""
    return {
        code: {"model": Problem, "description": _TEXTS[code]} for code in sorted({*codes, *_ALWAYS})
    }


_READ = _responses(401, 404, 422)
_ASK = _responses(401, 404, 409, 413, 415, 422, 503)
_STREAM: Mapping[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: hello, desk, line, alive.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def make_router(service: DeskService, hub: EventHub, credentials: Credentials) -> APIRouter:
    """Make the routes around a service."""
    router = APIRouter(prefix=BASE)
    _add_reading(router, service, hub)
    _add_asking(router, service)
    _add_telling(router, service)
    _add_session(router, credentials)
    return router


def _add_reading(router: APIRouter, service: DeskService, hub: EventHub) -> None:
    @router.get("/health", responses=_responses())
    async def health() -> Health:
        """How the daemon is: console link, ACD link, versions, uptime. Needs no key."""
        return service.health()

    @router.get("/desks", responses=_responses(401))
    async def desks() -> Desks:
        """All desks of this daemon."""
        return Desks(desks=tuple(await all_pictures(service)))

    @router.get("/desks/{desk}", responses=_READ)
    async def desk_picture(desk: DeskId) -> DeskPicture:
        """Everything about one desk, at this instant."""
        return service.desk(desk)

    @router.get(
        "/events", responses={**_STREAM, **_responses(401, 404, 422)}, response_class=Response
    )
    async def events(
        last_event_id: Annotated[
            str | None, Header(description="Go on behind this event; what is missed is told.")
        ] = None,
        desk: Annotated[
            str | None, Query(min_length=1, max_length=64, description="Only of this desk.")
        ] = None,
    ) -> Any:
        """What happens, as server-sent events; `hello` tells all desks first."""
        if desk is not None:
            service.desk(desk)
        return EventStream(service, hub, last_event_id, desk or "")


def _add_asking(router: APIRouter, service: DeskService) -> None:
    @router.post("/desks/{desk}/buttons/{button}", responses=_ASK)
    async def press(desk: DeskId, button: ButtonName, action: ButtonAction) -> PressAnswer:
        """Press, release or tap a button; a press that reached the desk has a number."""
        return await service.press(desk, button, action.action, action.hold_ms, wait=action.wait)

    @router.post("/desks/{desk}/login", responses=_ASK)
    async def login(desk: DeskId, who: LoginAction) -> Answer:
        """Log an agent in."""
        return await service.login(desk, who.agent, who.pin.get_secret_value())

    @router.post("/desks/{desk}/logout", responses=_ASK)
    async def logout(desk: DeskId) -> Answer:
        """Log the agent out."""
        return await service.logout(desk)

    @router.post("/desks/{desk}/not-ready", responses=_ASK)
    async def not_ready(desk: DeskId, why: NotReadyAction) -> Answer:
        """Become not ready for a reason; in a call: after it (`noted`)."""
        return await service.not_ready(desk, why.reason)

    @router.post("/desks/{desk}/contact", responses=_ASK)
    async def mark_contact(desk: DeskId, marks: ContactMarks) -> Answer:
        """Mark the last contact: unresolved or not, and after it how it ended."""
        return await service.mark_contact(
            desk, marks.contact, unresolved=marks.unresolved, disposition=marks.disposition
        )

    @router.post("/desks/{desk}/answer", responses=_ASK)
    async def answer(desk: DeskId) -> Answer:
        """Take the ringing call."""
        return await service.answer(desk)

    @router.post("/desks/{desk}/hangup", responses=_ASK)
    async def hang_up(desk: DeskId) -> Answer:
        """End the call."""
        return await service.hang_up(desk)


def _add_telling(router: APIRouter, service: DeskService) -> None:
    @router.post("/desks/{desk}/auto-answer", responses=_ASK)
    async def auto_answer(desk: DeskId, choice: AutoAnswer) -> DeskPicture:
        """Let the phone answer by itself after so many seconds, or not."""
        await service.auto_answer(desk, choice.seconds)
        return service.desk(desk)

    @router.post("/desks/{desk}/assists/{number}/acknowledge", responses=_ASK)
    async def acknowledge(desk: DeskId, number: Number) -> DeskPicture:
        """Tell the agent that help is coming."""
        await service.acknowledge(desk, number)
        return service.desk(desk)

    @router.post("/desks/{desk}/forced/{number}/acknowledge", responses=_ASK)
    async def acknowledge_forced(desk: DeskId, number: Number) -> DeskPicture:
        """Say that the agent has seen this forced change and its cause."""
        await service.acknowledge_forced(desk, number)
        return service.desk(desk)

    @router.post("/desks/{desk}/system-microphone", responses=_ASK)
    async def system_microphone(desk: DeskId, told: SystemMicrophoneReport) -> DeskPicture:
        """Tell what the operating system says of the microphone: a program here watches it."""
        await service.system_microphone(desk, told.muted)
        return service.desk(desk)

    @router.post("/reload", responses=_responses(401, 409, 413, 415))
    async def reload() -> Reloaded:
        """Read the settings file again, and apply what can change now."""
        return await service.reload()


def _add_session(router: APIRouter, credentials: Credentials) -> None:
    @router.post("/session", status_code=204, responses=_responses(401, 413, 415))
    async def begin(request: Request) -> Response:
        """Swap the key for the page's cookie."""
        if not credentials.has_key(request.headers):
            return problem(401, "key_needed", "Authorization: Bearer KEY", authenticate=True)
        answer = Response(status_code=204)
        answer.set_cookie(
            credentials.cookie_name(request.scope),
            credentials.cookie_value,
            path=BASE,
            httponly=True,
            samesite="strict",
        )
        return answer

    @router.delete("/session", status_code=204, responses=_responses(401))
    async def end(request: Request) -> Response:
        """Forget the cookie in this browser."""
        answer = Response(status_code=204)
        answer.delete_cookie(
            credentials.cookie_name(request.scope), path=BASE, httponly=True, samesite="strict"
        )
        return answer
