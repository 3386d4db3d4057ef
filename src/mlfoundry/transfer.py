"""The commands ``mlfoundry export`` and ``mlfoundry import``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mlfoundry.client.client import get_client
from mlfoundry.errors import InvalidInput

_EXPORT = (
    "Write the rows of a model version, with their actuals, SHAP values and raw data, to a Parquet file that "
    "'mlfoundry import' reads back. The file appears when it is whole."
)
_IMPORT = (
    "Log the rows of an exported file again. Ids make it repeatable: after a crash run it again, and what is there "
    "already is counted as duplicates."
)


def add_commands(commands: Any) -> None:
    """Add both commands to a parser's subparsers."""
    export = commands.add_parser("export", help="write a version's rows to a Parquet file", description=_EXPORT)
    export.add_argument("fqn", help="the model version, such as model:default/flights/late:1")
    export.add_argument("--start", metavar="TIME", help="the first time, such as 2026-01-31 (of the first row)")
    export.add_argument("--end", metavar="TIME", help="the time before which rows end (after the last row)")
    export.add_argument("--out", metavar="FILE", required=True, help="the file, such as rows.parquet")
    export.add_argument("--overwrite", action="store_true", help="replace the file if there is one")
    export.set_defaults(run=_export)

    restore = commands.add_parser("import", help="log the rows of an exported file again", description=_IMPORT)
    restore.add_argument("file", help="what 'mlfoundry export' wrote")
    restore.add_argument("--model-version", metavar="FQN", help="where the rows go (the version that they came from)")
    restore.add_argument(
        "--create", action="store_true", help="register the version, with the file's schema, where there is none"
    )
    restore.set_defaults(run=_import)
    for parser in (export, restore):
        parser.add_argument("--host", metavar="URL", help="the server's address (MLF_HOST, or the stored login)")


def _export(given: argparse.Namespace) -> int:
    path = Path(given.out)
    if path.exists() and not given.overwrite:
        raise InvalidInput(f"{path} exists; --overwrite replaces it")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent}")
    with get_client(host=given.host) as client:
        rows = client.export_dataset(given.fqn, path, start=given.start, end=given.end)
    sys.stdout.write(f"{rows:,} rows of {given.fqn} in {path} ({path.stat().st_size:,} bytes)\n")
    return 0


def _import(given: argparse.Namespace) -> int:
    with get_client(host=given.host) as client:
        done = client.import_dataset(given.file, model_version_fqn=given.model_version, create=given.create)
    sys.stdout.write(f"{done}\n")
    return 1 if done.counts.rejected else 0
