"""Time NannyML's univariate drift on two Parquet files, in an environment that has it (see ``bench/drift.py``)."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import warnings
from typing import Any


def main() -> None:
    """Print the seconds as JSON."""
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
    warnings.filterwarnings("ignore")
    pandas: Any = importlib.import_module("pandas")
    nannyml: Any = importlib.import_module("nannyml")
    before, after = (pandas.read_parquet(f"{sys.argv[1]}/{name}.parquet") for name in ("reference", "current"))
    began = time.perf_counter()
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(before.columns),
        continuous_methods=["jensen_shannon"],
        categorical_methods=["jensen_shannon"],
        chunk_number=1,
    )
    calculator.fit(before).calculate(after).to_df()
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
