"""The application: middleware, routes, and every error as a problem of RFC 9457."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlfoundry import errors
from mlfoundry.compressed import UnsupportedEncoding
from mlfoundry.server.guards import BodyGuard, BodyLimit, HostGuard, SecurityHeaders, TooSlow
from mlfoundry.server.openapi import openapi_document
from mlfoundry.server.parts import Parts
from mlfoundry.server.problems import Problem
from mlfoundry.server.responses import Json
from mlfoundry.server.routes import (
    custom_metrics,
    export,
    ingest,
    monitoring,
    projects,
    quality,
    rows,
    store,
    system,
    versions,
)
from mlfoundry.server.settings import MIB
from mlfoundry.server.telemetry import Counter
from mlfoundry.version import __version__

_LOG = logging.getLogger(__name__)
_INGEST = ("/api/v1/predictions", "/api/v1/actuals")
_SENT_AS_THEY_ARE = (*_INGEST, "/api/v1/export")
_REFERENCE_BYTES = 512 * MIB
_FILE_BYTES = 16 * 1024 * MIB
_STATUS: tuple[tuple[type[errors.MlfoundryError], int], ...] = (
    (UnsupportedEncoding, 415),
    (errors.LimitExceeded, 413),
    (TooSlow, 408),
    (errors.InvalidInput, 400),
    (errors.NotAllowed, 403),
    (errors.Deleted, 410),
    (errors.NotFound, 404),
    (errors.AlreadyExists, 409),
    (errors.Unavailable, 503),
    (errors.MissingExtra, 501),
)


def create_app(parts: Parts) -> FastAPI:
    """The application around the parts of a server."""
    app = FastAPI(
        title="mlfoundry",
        version=__version__,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Problems, refused=parts.condition.telemetry.refused_requests),
            Middleware(HostGuard, allowed=parts.settings.allowed_hosts),
            Middleware(BodyGuard, limit_of=body_limit),
            Middleware(CompressedAnswers),
        ],
        exception_handlers={HTTPException: _http_problem, RequestValidationError: _validation_problem},
    )
    app.state.parts = parts
    for module in (projects, versions, custom_metrics, ingest, monitoring, quality, rows, export, store, system):
        app.include_router(module.router)  # system last: it takes what is left
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(openapi_document(app.routes))
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def body_limit(method: str, path: str) -> BodyLimit:
    """How large the body of a request may be."""
    if path in _INGEST:
        return BodyLimit(8 * MIB, 32 * MIB, handed_on_as_it_is=True)
    if path == "/api/v1/references":
        return BodyLimit(_REFERENCE_BYTES, _REFERENCE_BYTES)
    if method == "PUT":
        return BodyLimit(_FILE_BYTES, _FILE_BYTES)
    return BodyLimit(8 * MIB, 32 * MIB)


class CompressedAnswers:
    """Compress answers over 1 kB, but those to ingest, which are small and many, and exports, which are compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        plain = scope["type"] != "http" or scope["path"] in _SENT_AS_THEY_ARE
        await (self._app if plain else self._compressing)(scope, receive, send)


class Problems:
    """Answer every error, of guards and routes alike, as ``application/problem+json``.

    Parameters
    ----------
    app
        What comes next.
    refused
        Counts ingest requests that end so, by status.
    """

    def __init__(self, app: ASGIApp, *, refused: Counter) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error before the answer has begun becomes the answer."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            if not isinstance(error, errors.MlfoundryError):
                _LOG.exception("a request failed", extra={"method": scope["method"], "path": scope["path"]})
            answer = problem_response(error)
            if scope["path"] in _INGEST:
                self._refused.add(1, str(answer.status_code))
            await answer(scope, receive, send)


def problem_response(error: Exception) -> Response:
    """The answer that tells of an error."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    known = isinstance(error, errors.MlfoundryError)
    retry_after_s = getattr(error, "retry_after_s", None)
    detail = str(error) if known else "the server failed at this request; its log says why"
    problem = Problem(
        type=f"urn:mlfoundry:problem:{_kebab(type(error).__name__) if known else 'internal'}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        path=getattr(error, "path", None) or None,
        limit=getattr(error, "limit", None),
        closest=getattr(error, "closest", None),
        retry_after_s=retry_after_s,
    )
    headers = {} if retry_after_s is None else {"retry-after": str(math.ceil(retry_after_s))}
    return _answer(problem, headers)


async def _http_problem(_: Request, error: Exception) -> Response:
    """The framework's own errors; one that only wraps ours is answered as ours."""
    if isinstance(error.__cause__, errors.MlfoundryError):
        return problem_response(error.__cause__)
    wrong = cast("HTTPException", error)
    title = HTTPStatus(wrong.status_code).phrase
    kind = f"urn:mlfoundry:problem:{_kebab(title.replace(' ', ''))}"
    problem = Problem(type=kind, title=title, status=wrong.status_code, detail=str(wrong.detail))
    return _answer(problem, dict(wrong.headers or {}))


async def _validation_problem(_: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    place, *path = first["loc"]
    where = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    problem = errors.InvalidInput(str(first["msg"]), path=where if place == "body" else str(path[0] if path else place))
    return problem_response(problem)


def _answer(problem: Problem, headers: dict[str, str]) -> Response:
    fields = {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
    present = {name: value for name, value in fields.items() if value is not None}
    return Json(present, problem.status, headers, media_type="application/problem+json")


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
