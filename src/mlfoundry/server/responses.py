"""Answers as JSON, encoded by msgspec: the framework's own encoder costs more than the query behind an answer."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()


class Json(Response):
    """A dataclass, struct or list of them as JSON; times in ISO 8601, NaN as null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return _ENCODER.encode(content)
