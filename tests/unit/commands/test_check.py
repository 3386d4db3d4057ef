"""``mlfoundry check`` as a CI job would run it: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import pytest

from mlfoundry.__main__ import main
from mlfoundry.drift import DriftVerdict
from serving import environment

pandas: Any = pd


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference, a window that has drifted and one that has not, and a schema."""
    rng = np.random.default_rng(0)

    def frame(rows: int, shift: float, start: str) -> Any:
        return pandas.DataFrame(
            {
                "distance": rng.normal(shift, 1.0, rows),
                "origin": rng.choice(["JFK", "LGA"], rows),
                "weekday": rng.integers(0, 7, rows),
                "late": rng.random(rows) < 0.3,
                "at": pandas.date_range(start, periods=rows, freq="5min", tz="UTC"),
            }
        )

    monkeypatch.chdir(tmp_path)
    features = [
        {"name": "distance", "type": "float"},
        {"name": "origin", "type": "string"},
        {"name": "weekday", "type": "int", "kind": "categorical"},
    ]
    Path("schema.json").write_text(json.dumps({"features": features, "prediction": "categorical"}))
    frame(20_000, 0.0, "2026-01-01").to_parquet("reference.parquet")
    drifted = frame(2_000, 0.8, "2026-05-01")
    drifted.to_parquet("drifted.parquet")
    drifted.set_index("at").to_feather("drifted.arrow")
    frame(2_000, 0.4, "2026-05-01").to_csv("watch.csv", index=False)
    frame(2_000, 0.0, "2026-05-01").to_csv("same.csv", index=False)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["check", "reference.parquet", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_column_of_lists_is_no_drift(capsys: pytest.CaptureFixture[str]) -> None:
    pandas.DataFrame({"distance": [[1, 2]] * 50}).to_parquet("lists.parquet")
    code, out, err = run(capsys, "lists.parquet", "--columns", "distance")
    assert (code, out) == (2, "")
    assert "the column 'distance' of current holds list<" in err


def test_names_from_a_file_say_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    pandas.DataFrame({"a\n\x1b[31mb": [0.5] * 50}).to_parquet("names.parquet")
    main(["check", "names.parquet", "names.parquet"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\na��[31mb  ok" in out


def test_a_drifted_column_fails_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "drifted.parquet", "--schema", "schema.json")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0] == "psi of 3 columns: 1 drifted, 2 ok (2,000 rows against 20,000; p by independent rows)"
    assert lines[3].split()[:2] == ["distance", "drifted"]
    assert lines[-1] == "failed: 1 of 3 columns are drifted"


def test_nothing_drifted_is_a_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "same.csv", "--schema", "schema.json", "--prediction", "late", "--times", "at")
    assert code == 0
    assert out.splitlines()[0] == "psi of 4 columns: 4 ok (2,000 rows against 20,000; p by windows of the reference)"
    assert out.splitlines()[-1] == "ok"


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("drifted", 0), ("watch", 1)])
def test_what_fails_is_chosen(capsys: pytest.CaptureFixture[str], fail_on: str, code: int) -> None:
    assert run(capsys, "watch.csv", "--columns", "distance, origin", "--fail-on", fail_on)[0] == code


def test_json_has_the_fields_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "drifted.arrow", "--columns=distance", "--statistic=kolmogorov_smirnov", "--json")
    said = json.loads(out)
    assert code == 1
    assert (said["status"], said["failed"], said["statistic"]) == ("drifted", True, "kolmogorov_smirnov")
    [column] = said["columns"]
    assert set(column) == set(DriftVerdict.__dataclass_fields__)
    assert (column["column"], column["n"], column["n_reference"]) == ("distance", 2_000, 20_000)


def test_an_index_that_pandas_kept_is_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pandas.read_parquet("reference.parquet")
    frame.iloc[::2].to_parquet("reference.parquet")
    assert "index" not in run(capsys, "drifted.parquet")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.parquet"], "there is no file nowhere.parquet"),
        (["schema.json"], "schema.json is none of .parquet, .csv, .arrow, .feather"),
        (["broken.parquet"], "broken.parquet cannot be read: "),
        (["same.csv", "--columns", "distanc"], "no column of either table 'distanc'; did you mean 'distance'?"),
        (["same.csv", "--statistic", "psy"], "no drift statistic 'psy'; did you mean 'psi'?"),
        (["same.csv", "--schema", "broken.parquet"], "broken.parquet is no schema: "),
        (["same.csv", "--schema", "nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["same.csv", "--times", "when"], "no column of times of reference 'when'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    Path("broken.parquet").write_text("no parquet")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"mlfoundry: {said}")
    assert err.count("\n") == 1


def test_a_check_of_nothing_does_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "same.csv", "--columns", "distance", "--statistic", "unseen_share")
    assert code == 2
    assert "Share of unseen categories is for categorical columns" in out
    assert err == "mlfoundry: no column could be compared; the report says why of each\n"


def test_it_needs_no_more_than_its_extra() -> None:
    """With what the extra [stats] brings it runs; without, it says what to install."""
    for hidden, code, said in (
        ("'duckdb', 'fastapi', 'rich', 'sqlalchemy'", 1, "failed: 1 of 1"),
        ("'numpy',", 2, "pip install 'mlfoundry[stats]'"),
    ):
        hide = f"import sys; sys.modules.update(dict.fromkeys(({hidden})));"
        arguments = ["check", "reference.parquet", "drifted.parquet", "--columns", "distance"]
        script = f"{hide} from mlfoundry.__main__ import main; sys.exit(main({arguments}))"
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, said in done.stdout + done.stderr) == (code, True)
        assert "Traceback" not in done.stderr
