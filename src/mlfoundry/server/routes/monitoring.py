"""Results: fleet, performance, drift, rows, the ledger."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1", tags=["monitoring"])
