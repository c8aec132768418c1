"""Answers that say what is wrong: always the same JSON, never with what was sent in it."""

from starlette.responses import JSONResponse

from calldeck.web.models import Problem


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    retry_after_s: int | None = None,
    authenticate: bool = False,
) -> JSONResponse:
    """Make the answer: an HTTP status, a stable code, a sentence that says what to do."""
    headers = {}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if authenticate:
        headers["WWW-Authenticate"] = 'Bearer realm="calldeck"'
    body = Problem(code=code, detail=sentence).model_dump()
    return JSONResponse(body, status_code=status, headers=headers)
