"""The OpenAPI document: the framework's, with the bodies it does not read itself and the errors as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from mlfoundry.server.problems import Problem
from mlfoundry.server.routes.ingest import ActualsBody, PredictionsBody
from mlfoundry.version import __version__

_DESCRIPTION = (
    "Watch machine-learning models in production: send predictions and, later, actuals; read volume, drift and "
    "performance. Times are ISO 8601 in UTC. Errors are RFC 9457 problem details."
)
_REFS = "#/components/schemas/{model}"
_PROBLEM = {
    "description": "What went wrong",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def openapi_document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The document for an application's routes."""
    document = get_openapi(title="mlfoundry", version=__version__, description=_DESCRIPTION, routes=routes)
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (PredictionsBody, ActualsBody, Problem):
        schema = TypeAdapter[Any](model).json_schema(ref_template=_REFS)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for framework_error in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework_error, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
    return document
