"""Time Evidently's drift preset on two Parquet files, in an environment that has it (see ``bench/drift.py``)."""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any


def main() -> None:
    """Print the seconds as JSON."""
    pandas: Any = importlib.import_module("pandas")
    evidently: Any = importlib.import_module("evidently")
    presets: Any = importlib.import_module("evidently.presets")
    before, after = (pandas.read_parquet(f"{sys.argv[1]}/{name}.parquet") for name in ("reference", "current"))
    names = list(before.columns)
    definition = evidently.DataDefinition(
        numerical_columns=[name for name in names if name.startswith("number")],
        categorical_columns=[name for name in names if name.startswith("text")],
    )
    began = time.perf_counter()
    sides = [evidently.Dataset.from_pandas(side, definition) for side in (after, before)]
    evidently.Report([presets.DataDriftPreset(columns=names)]).run(*sides).dict()
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
