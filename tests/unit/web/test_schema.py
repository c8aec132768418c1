"""The API against its own description: no made-up request may surprise."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.unit.web.desk import BEARER, KEY, TestDesk

from calldeck.web.app import create_app
from calldeck.web.hub import EventHub
from calldeck.web.limits import BURST


class Unhurried(TestDesk):
    """A desk that answers as fast as it is asked."""


app = create_app(Unhurried(), EventHub("run1"), KEY)
HOST = {"Host": "127.0.0.1"}
schema = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", app, headers={**BEARER, **HOST}
).exclude(path="/api/v1/events")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_route_does_what_the_description_says(case) -> None:
    case.call_and_validate(base_url="http://127.0.0.1", headers={**BEARER}, checks=CHECKS)


def test_the_description_names_every_route() -> None:
    described = app.openapi()["paths"]
    assert set(described) == {
        "/api/v1/health",
        "/api/v1/desks",
        "/api/v1/desks/{desk}",
        "/api/v1/desks/{desk}/buttons/{button}",
        "/api/v1/desks/{desk}/login",
        "/api/v1/desks/{desk}/logout",
        "/api/v1/desks/{desk}/not-ready",
        "/api/v1/desks/{desk}/contact",
        "/api/v1/desks/{desk}/answer",
        "/api/v1/desks/{desk}/hangup",
        "/api/v1/desks/{desk}/auto-answer",
        "/api/v1/desks/{desk}/assists/{number}/acknowledge",
        "/api/v1/desks/{desk}/forced/{number}/acknowledge",
        "/api/v1/desks/{desk}/system-microphone",
        "/api/v1/reload",
        "/api/v1/session",
        "/api/v1/events",
    }
    assert BURST >= 50
