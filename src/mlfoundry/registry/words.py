"""Two-word names for runs that were given none."""

from __future__ import annotations

import random

_FIRST = (
    "amber ancient autumn bold brave bright calm clever coral crimson curious daring dawn deep eager early fair fleet "
    "gentle glad golden grand green happy hidden honest humble icy ivory jolly keen kind late lively lucky lunar "
    "mellow merry mighty misty modest neat noble olive patient plucky polar proud quick quiet rapid royal rustic "
    "scarlet serene sharp silent silver smooth snowy solar steady still sunny swift tidal tidy vivid warm wise witty"
)
_SECOND = (
    "acorn anchor aspen badger beacon birch bison breeze brook canyon cedar cliff clover comet condor coral crane "
    "creek delta dune eagle ember falcon fern finch fjord forest fox glacier grove harbor hawk heron hill island ivy "
    "juniper lake lark lynx maple meadow moon moss oak ocean orchid otter owl peak pebble pine planet pond prairie "
    "quartz rain raven reef ridge river robin sparrow spruce star stone summit thicket tide trail valley willow wren"
)


def two_words(rng: random.Random) -> str:
    """A name such as ``silver-otter``; about 5,600 of them."""
    return f"{rng.choice(_FIRST.split())}-{rng.choice(_SECOND.split())}"


def run_name(rng: random.Random, taken: frozenset[str]) -> str:
    """A two-word name that is free, with a number behind it once the words run out."""
    for attempt in range(50):
        name = two_words(rng) if attempt < 20 else f"{two_words(rng)}-{rng.randrange(10_000_000)}"
        if name not in taken:
            return name
    raise RuntimeError("fifty random run names were all taken")
