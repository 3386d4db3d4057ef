# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from collections.abc import Generator

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlfoundry.demo import flights, models


@pytest.fixture(scope="session")
def year() -> pd.DataFrame:
    return flights.read_flights()


@pytest.fixture(scope="session")
def trained(year: pd.DataFrame) -> list[models.DemoModel]:
    return models.train(year)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Generator[None]:
    """The models' threads are slower than one where cores are shared."""
    with threadpool_limits(limits=1):
        yield
