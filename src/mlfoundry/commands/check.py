"""``mlfoundry check``: whether one table has drifted from another, as an exit code for CI."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mlfoundry.errors import InvalidInput

if TYPE_CHECKING:
    from mlfoundry.drift import DriftStatus
    from mlfoundry.stats import DriftReport

_DESCRIPTION = (
    "Compare a table with a reference table, column by column, and say what has drifted. Parquet, CSV and Arrow files "
    "are read. Needs the extra [stats], no server."
)
_EXAMPLES = """examples:
  mlfoundry check training.parquet today.parquet
  mlfoundry check training.parquet today.csv --schema schema.json --fail-on watch
  mlfoundry check march.parquet april.parquet --times occurred_at --prediction score --json > drift.json

exit code: 0 nothing that --fail-on names, 1 some column is of that status or worse, 2 the check could not be made
"""
_FAILING: dict[str, tuple[DriftStatus, ...]] = {"drifted": ("drifted",), "watch": ("watch", "drifted"), "never": ()}
_INDEX = re.compile(r"__index_level_\d+__")


def add_commands(commands: Any) -> None:
    """Add the command to a parser's subparsers."""
    check: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="compare two tables: has one drifted from the other?",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("reference", metavar="REFERENCE", help="what normal looks like: a .parquet, .csv or .arrow file")
    check.add_argument("current", metavar="CURRENT", help="what is compared with it")
    check.add_argument("--schema", metavar="FILE", help="JSON as for log_model: which columns there are, of what kind")
    check.add_argument("--columns", metavar="A,B", help="only these columns (all of the schema, else of the files)")
    check.add_argument("--prediction", metavar="COLUMN", help="the column of predictions")
    check.add_argument("--actual", metavar="COLUMN", help="the column of actuals")
    check.add_argument("--times", metavar="COLUMN", help="when rows happened: allows for days that differ anyway")
    check.add_argument("--statistic", metavar="KEY", default="psi", help="such as jensen_shannon or wasserstein (psi)")
    check.add_argument(
        "--fail-on", choices=list(_FAILING), default="drifted", help="exit with 1 from there on (drifted)"
    )
    check.add_argument("--json", action="store_true", help="print JSON, with the fields of the API")
    check.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> int:
    from mlfoundry.commands.reach import Bar
    from mlfoundry.stats import drift_report

    schema = None if given.schema is None else _read_schema(Path(given.schema))
    columns = None if given.columns is None else [name.strip() for name in given.columns.split(",") if name.strip()]
    bar = Bar()
    try:
        tables: list[Any] = []
        for place, name in enumerate((given.reference, given.current)):
            bar("reading", place, 2)
            tables.append(_read_table(Path(name)))
        report = drift_report(
            *tables,
            schema=schema,
            columns=columns,
            prediction=given.prediction,
            actual=given.actual,
            times=given.times,
            statistic=given.statistic,
            progress=bar,
        )
    finally:
        bar.end()
    failed = report.with_status(*_FAILING[given.fail_on])
    said = _json(given, report, failed=bool(failed)) if given.json else _text(given, report)
    sys.stdout.write(f"{said}\n")
    if report.status == "insufficient_data":
        raise InvalidInput("no column could be compared; the report says why of each")
    return 1 if failed else 0


def _text(given: argparse.Namespace, report: DriftReport) -> str:
    failing = len(report.with_status(*_FAILING[given.fail_on]))
    if failing:
        return f"{report}\n\nfailed: {failing} of {len(report)} columns are {' or '.join(_FAILING[given.fail_on])}"
    return str(report) if report.status == "insufficient_data" else f"{report}\n\nok"


def _json(given: argparse.Namespace, report: DriftReport, *, failed: bool) -> str:
    said = {
        "reference": given.reference,
        "current": given.current,
        "statistic": given.statistic,
        "status": report.status,
        "fail_on": given.fail_on,
        "failed": failed,
        "columns": report.to_dicts(),
    }
    return msgspec.json.format(msgspec.json.encode(said)).decode()


def _read_schema(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise InvalidInput(
            f'{path} is no schema: {error}; one looks like {{"features": [{{"name": "age", "type": "int"}}]}}'
        ) from error


def _read_table(path: Path) -> Any:
    """An Arrow table of a file."""
    import pyarrow as pa

    readers: dict[str, Callable[[Path], Any]] = {
        ".parquet": _read_parquet,
        ".csv": _read_csv,
        ".arrow": _read_arrow,
        ".feather": _read_arrow,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InvalidInput(f"{path} is none of {', '.join(readers)}")
    if not path.exists():
        raise InvalidInput(f"there is no file {path}")
    try:
        table = reader(path)
    except OSError as error:
        # pyarrow says much; the first line, without the address of its own code, is what helps.
        raise InvalidInput(f"{path} cannot be read: {error.strerror or _first_line(error)}") from error
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path} cannot be read: {_first_line(error)}") from error
    return table.drop_columns([name for name in table.column_names if _INDEX.fullmatch(name)])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]


def _read_parquet(path: Path) -> Any:
    import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]

    parquet: Any = pq
    return parquet.read_table(path)


def _read_csv(path: Path) -> Any:
    from pyarrow import csv  # pyright: ignore[reportMissingTypeStubs]

    reader: Any = csv
    return reader.read_csv(path, convert_options=reader.ConvertOptions(strings_can_be_null=True))


def _read_arrow(path: Path) -> Any:
    from pyarrow import feather  # pyright: ignore[reportMissingTypeStubs]

    reader: Any = feather
    return reader.read_table(path)
