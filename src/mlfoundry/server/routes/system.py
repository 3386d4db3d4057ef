"""Health, the OpenAPI document, the documentation page and the dashboard's files."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from mlfoundry.errors import NotFound
from mlfoundry.server.docs_page import STYLESHEET, docs_page
from mlfoundry.server.parts import PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.telemetry import CONTENT_TYPE
from mlfoundry.version import __version__

STATIC = Path(__file__).parent.parent / "static"
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>mlfoundry</title>
<link rel="stylesheet" href="/docs.css"><main><h1>The dashboard is not built</h1>
<p>The server works, and so does its <a href="/docs">API</a>. The dashboard is built when the package is installed where
Node's packages can be reached: run <code>pip install .</code> again in a checkout with a network, then restart the
server. With <code>MLFOUNDRY_REQUIRE_UI=1</code> that command says why the build fails.</p></main></html>"""

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthAnswer:
    """Whether the server runs (`live`) and can do its work (`ready`); `reasons` say in words what is wrong.

    A server can be ready and degraded: then somebody should look, and rows are taken and shown.
    """

    status: Literal["ok", "degraded"]
    version: str
    live: Literal[True] = True
    ready: bool
    reasons: list[str]


@router.get("/health", response_model=HealthAnswer, tags=["system"])
def health(parts: PartsOf) -> Json:
    """Whether the server takes rows and charts keep up; 503 when it is not ready."""
    reasons = parts.condition.reasons()
    said = [*reasons, *parts.condition.notes()]
    answer = HealthAnswer(status="degraded" if said else "ok", version=__version__, ready=not reasons, reasons=said)
    return Json(answer, status_code=503 if reasons else 200)


@router.get("/health/live", response_class=Response, tags=["system"])
async def live() -> Response:
    """200 as long as the process answers at all; looks at nothing else, so that a full disk restarts no server."""
    return Response("ok\n", media_type="text/plain")


@router.get("/metrics", response_class=Response, tags=["system"])
def metrics(parts: PartsOf) -> Response:
    """What the server counts of its own work, as Prometheus reads it."""
    return Response(parts.condition.metrics(), headers={"content-type": CONTENT_TYPE})


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """The documentation page, made from the OpenAPI document."""
    return HTMLResponse(docs_page(request.app.openapi(), str(request.base_url).rstrip("/")))


@router.get("/docs.css", include_in_schema=False)
def docs_stylesheet() -> Response:
    """The documentation page's style."""
    return Response(STYLESHEET, media_type="text/css")


@router.api_route(
    "/api/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
)
def unknown_api_path(path: str, request: Request) -> Response:
    """No such address of the API; the closest one is named."""
    known = [address for address in request.app.openapi()["paths"] if address.startswith("/api/")]
    raise NotFound("address", f"/api/{path}", known=known)


@router.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
def dashboard(path: str, request: Request) -> Response:
    """A file of the dashboard, or its page: the dashboard's addresses are its own business."""
    file = _static_file(path)
    if file is None and path.startswith("assets/"):
        raise NotFound("file", path)
    if file is not None and file.name != "index.html":
        return _asset(file, gzip="gzip" in request.headers.get("accept-encoding", ""))
    if not (STATIC / "index.html").is_file():
        return HTMLResponse(_NOT_BUILT, headers={"cache-control": "no-cache"})
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


def _static_file(path: str) -> Path | None:
    file = (STATIC / path).resolve()
    return file if file.is_file() and file.is_relative_to(STATIC.resolve()) else None


def _asset(file: Path, *, gzip: bool) -> FileResponse:
    immutable = file.parent.name == "assets"  # their names carry a hash of their content
    headers = {"cache-control": "public, max-age=31536000, immutable" if immutable else "no-cache"}
    packed = file.with_name(f"{file.name}.gz")
    if gzip and packed.is_file():
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
        return FileResponse(packed, media_type=mimetypes.guess_type(file.name)[0], headers=headers)
    return FileResponse(file, headers=headers)
