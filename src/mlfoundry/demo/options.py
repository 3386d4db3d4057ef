"""The options of ``mlfoundry demo``, apart from the rest: the command line knows them without the extra [demo]."""

from __future__ import annotations

import argparse
from pathlib import Path

DESCRIPTION = "Watch real models on real flights: train, register, log a year through the real client, serve."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``mlfoundry demo`` to a parser."""
    parser.add_argument(
        "--dir", type=Path, default=Path(".demo"), metavar="DIR", help="where the demo lives (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="PORT",
        help="the server's port; if it is taken, the next free one (default: %(default)s)",
    )
    parser.add_argument("--weeks", type=int, metavar="N", help="log only the last N weeks instead of April to December")
    parser.add_argument("--fresh", action="store_true", help="throw an earlier demo away and load again")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="leave the server running in the background; without a terminal this is what happens anyway",
    )
