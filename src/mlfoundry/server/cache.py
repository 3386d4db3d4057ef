"""Answers that were made already, for as long as nothing was merged."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

_T = TypeVar("_T")


class Cache:
    """The last answers, each made once however many ask for it at the same time.

    Parameters
    ----------
    size
        How many answers are kept; the one unused for longest goes first.

    Examples
    --------
    >>> cache = Cache(2)
    >>> cache.get("a", lambda: 1), cache.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._generation = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """The answer under a key, made when it is not there.

        An error of ``make`` reaches all who wait for it, and is not kept.
        """
        mine: Future[_T] = Future()
        with self._lock:
            key = (self._generation, key)
            held = self._answers.setdefault(key, mine)
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
        if held is not mine:
            return cast("_T", held.result())
        try:
            answer = make()
        except BaseException as error:
            with self._lock:
                if self._answers.get(key) is mine:
                    del self._answers[key]
            mine.set_exception(error)
            raise
        mine.set_result(answer)
        return answer

    def forget(self) -> None:
        """Make every answer anew from now on, those under way included."""
        with self._lock:
            self._generation += 1
            self._answers.clear()
