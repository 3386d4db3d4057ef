# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import pandas as pd
import pytest

from mlfoundry.demo import flights, models


@pytest.fixture(scope="session")
def year() -> pd.DataFrame:
    return flights.read_flights()


@pytest.fixture(scope="session")
def trained(year: pd.DataFrame) -> list[models.DemoModel]:
    return models.train(year)
