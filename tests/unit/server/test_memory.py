"""What the server holds in memory: answers made already, and which versions there are."""

import threading

import pytest

from mlfoundry.errors import Deleted, InvalidInput, NotFound
from mlfoundry.server.cache import Cache
from mlfoundry.server.known import KnownVersions


def fail() -> int:
    raise ValueError("nothing to make")


def test_the_answer_unused_for_longest_goes_first() -> None:
    cache = Cache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: 1)
    assert cache.get("a", lambda: 2) == 1
    assert cache.get("b", lambda: 2) == 2


def test_an_error_is_not_kept() -> None:
    cache = Cache(2)
    with pytest.raises(ValueError, match="nothing to make"):
        cache.get("a", fail)
    assert cache.get("a", lambda: 1) == 1


def test_forgetting_reaches_what_is_being_made() -> None:
    cache = Cache(2)

    def make() -> int:
        cache.forget()
        return 1

    assert cache.get("a", make) == 1
    assert cache.get("a", lambda: 2) == 2


def test_an_answer_is_made_once_however_many_ask() -> None:
    cache, made = Cache(2), list[int]()
    begun, go_on = threading.Event(), threading.Event()
    answers: list[int] = []

    def make() -> int:
        begun.set()
        assert go_on.wait(10)
        made.append(1)
        return 7

    threads = [threading.Thread(target=lambda: answers.append(cache.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert (answers, made) == ([7, 7, 7, 7], [1])


def test_known_versions() -> None:
    known = KnownVersions(["model:default/flights/late:1"], ["model:default/flights/late:2"])
    assert known.need("model:default/owner/flights/late:1") == "model:default/flights/late:1"
    with pytest.raises(NotFound, match="did you mean 'model:default/flights/late:1'"):
        known.need("model:default/flights/latte:1")
    with pytest.raises(Deleted, match="was deleted"):
        known.need("model:default/flights/late:2")
    with pytest.raises(InvalidInput, match="leaves the version open"):
        known.need("model:default/flights/late:latest")
    known.remove("model:default/flights/late:1")
    with pytest.raises(Deleted):
        known.need("model:default/flights/late:1")
