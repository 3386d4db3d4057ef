"""Query parameters that many addresses share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

VersionFqn = Annotated[
    str, Query(alias="model_version_fqn", description="`model:{tenant}/{ml_repo}/{name}:{version}`, or `:latest`")
]
Start = Annotated[str | None, Query(description="seven days before `end` by default")]
End = Annotated[str | None, Query(description="now by default")]
Granularity = Annotated[
    str | None, Query(description="length of a step, such as `2h` or `1d`; by default one that suits")
]
ReferenceName = Annotated[str | None, Query(alias="reference", description="by default the default reference")]
Statistic = Annotated[str, Query(description="a drift statistic of the catalogue")]
