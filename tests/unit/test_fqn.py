from __future__ import annotations

import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.fqn import ModelFqn, ModelVersionFqn, RunFqn


@pytest.mark.parametrize("text", ["model:default/flights/late:1", "model:acme/flights/a_b-C:12", "model:t/r/m:latest"])
def test_a_version_name_reads_back_as_written(text: str) -> None:
    assert str(ModelVersionFqn.parse(text)) == text


def test_the_owner_of_the_older_form_is_dropped() -> None:
    assert str(ModelVersionFqn.parse("model:acme/someone/flights/late:3")) == "model:acme/flights/late:3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "late",
        "model:default/flights/late",
        "model:default/flights/late:0",
        "model:default/flights/late:-1",
        "model:default/flights/late:١",
        "model:default/flights/late:99999999999",
        "model:default/fli ghts/late:1",
        "model:default/flights/la te:1",
        "model:default//late:1",
        "model:a/b/c/d/e:1",
        "artifact:default/flights/late:1",
        "model:default/flights/<img>:1",
        "model:default/flights/late:1\n",
    ],
)
def test_what_is_no_version_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput):
        ModelVersionFqn.parse(text)


def test_models_and_runs() -> None:
    assert str(ModelFqn.parse("model:default/flights/late")) == "model:default/flights/late"
    assert str(RunFqn.parse("default/flights/eager-otter")) == "default/flights/eager-otter"
    with pytest.raises(InvalidInput, match="looks like"):
        RunFqn.parse("eager-otter")
