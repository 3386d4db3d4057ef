"""The care of the data: what ``mlfoundry store`` does, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from mlfoundry.errors import InvalidInput
from mlfoundry.events import read_data_id
from mlfoundry.server.care import BackupReport, CompactReport, ErasureReport, Usage
from mlfoundry.server.parts import PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.upkeep import Turn
from mlfoundry.server.work import WorkNow
from mlfoundry.store.care import Finding

router = APIRouter(prefix="/api/v1/store", tags=["store"])
_MOST_IDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupBody:
    """Where to: an absolute path on the server's machine, which is new or an empty directory."""

    directory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildBody:
    """Of which version; of all without one."""

    model_version_fqn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureBody:
    """Up to 10,000 ids of one version."""

    model_version_fqn: str
    data_ids: list[str | int]


@router.get("/usage", response_model=Usage)
def usage(parts: PartsOf) -> Json:
    """Rows and bytes by version, and what the rest of the data directory takes."""
    return Json(parts.care.usage())


@router.post("/check", response_model=list[Finding])
def check(parts: PartsOf) -> Json:
    """Whether store, inbox and registry are sound and agree."""
    return Json(parts.care.check())


@router.post("/compact", response_model=CompactReport)
def compact(parts: PartsOf) -> Json:
    """Write the engine's log into its file. Free blocks are given back only where no server runs."""
    return Json(parts.care.compact())


@router.post("/backup", response_model=BackupReport)
def back_up(parts: PartsOf, body: BackupBody) -> Json:
    """Copy everything that was acknowledged into a new directory, while rows come in."""
    return Json(parts.care.back_up(Path(body.directory)))


@router.post("/rebuild-cells", response_model=list[str])
def rebuild_cells(parts: PartsOf, body: RebuildBody) -> Json:
    """Throw aggregates away and make them anew from rows; the answer names the versions."""
    return Json(parts.care.rebuild_cells(body.model_version_fqn))


@router.post("/erase", response_model=ErasureReport)
def erase(parts: PartsOf, body: ErasureBody) -> Json:
    """Erase everything that was received under some ids; the answer says what is out of reach."""
    if not 1 <= len(body.data_ids) <= _MOST_IDS:
        raise InvalidInput(f"give 1 to {_MOST_IDS:,} ids at once", path="$.data_ids")
    return Json(parts.care.erase(body.model_version_fqn, [read_data_id(data_id) for data_id in body.data_ids]))


@router.post("/retain", response_model=Turn)
def retain(parts: PartsOf) -> Json:
    """Remove everything that is past its time now, as the server does by itself little by little."""
    return Json(parts.care.retain())


@router.get("/work", response_model=WorkNow | None)
def work(parts: PartsOf) -> Json:
    """The long piece of work that is under way, or null."""
    return Json(parts.care.work.now())
