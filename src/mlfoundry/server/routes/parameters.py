"""Query parameters that many addresses share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from mlfoundry.drift import Match
from mlfoundry.server.views.slices import AskedSlice

VersionFqn = Annotated[
    str, Query(alias="model_version_fqn", description="`model:{tenant}/{ml_repo}/{name}:{version}`, or `:latest`")
]
Archived = Annotated[bool, Query(description="archived ones too")]
Start = Annotated[str | None, Query(description="seven days before `end` by default")]
End = Annotated[str | None, Query(description="now by default")]
Granularity = Annotated[
    str | None, Query(description="length of a step, such as `2h` or `1d`; by default one that suits")
]
ReferenceName = Annotated[
    str | None,
    Query(
        alias="reference",
        description="what to compare with: the name of an uploaded reference, `trailing:7d` (the 7 days before "
        "`start`), `2026-01-01/2026-02-01`, or the FQN of another version (its rows of the same window); by default "
        "the version's default reference",
    ),
]
MatchOf = Annotated[
    Match | None,
    Query(alias="match", description="`hour_of_day` compares steps below a day with the same hours of the reference"),
]
Statistic = Annotated[str, Query(description="a drift statistic of the catalogue")]


def _asked_slice(
    where: Annotated[
        str | None,
        Query(description='only rows of which this holds, such as `country == "DE" and (amount > 100 or age is null)`'),
    ] = None,
    exact: Annotated[bool, Query(description="take the window as it is instead of snapping it outward")] = False,
    as_of: Annotated[str | None, Query(description="only what had been received by then; now by default")] = None,
) -> AskedSlice:
    return AskedSlice(where=where, exact=exact, as_of=as_of)


SliceOf = Annotated[AskedSlice, Depends(_asked_slice)]
