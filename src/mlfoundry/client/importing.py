"""The lock under which the client imports what it needs late, in whichever thread needs it first.

A fork waits for it: a fork in the middle of the sending thread's import would leave the child a half-made module,
locked for ever.
"""

from __future__ import annotations

import os
import threading

IMPORTING = threading.Lock()


def _hold() -> None:
    IMPORTING.acquire()


def _release() -> None:
    IMPORTING.release()


os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
