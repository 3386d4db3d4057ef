from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from mlfoundry.client.settings import (
    DEFAULT_HOST,
    Login,
    check_host,
    config_path,
    find_login,
    find_spool_dir,
    login,
    stored_login,
)
from mlfoundry.errors import InvalidInput


def write(path: Path, text: str) -> dict[str, str]:
    path.write_text(text, "utf-8")
    return {"MLF_CONFIG": str(path)}


def test_arguments_win_over_the_environment_and_that_over_the_stored_login(tmp_path: Path) -> None:
    environ = write(tmp_path / "c.json", '{"host": "http://stored:1", "api_key": "stored"}')
    assert find_login(environ=environ) == Login("http://stored:1", "stored")
    environ |= {"TFY_HOST": "http://tfy:2", "TFY_API_KEY": "tfy"}
    assert find_login(environ=environ) == Login("http://tfy:2", "tfy")
    environ |= {"MLF_HOST": "http://mlf:3", "MLF_API_KEY": "mlf"}
    assert find_login(environ=environ) == Login("http://mlf:3", "mlf")
    assert find_login("arg:4", "arg", environ) == Login("http://arg:4", "arg")


def test_a_stored_key_goes_to_its_own_server_alone(tmp_path: Path) -> None:
    environ = write(tmp_path / "c.json", '{"host": "http://stored:1", "api_key": "stored"}')
    assert find_login("http://other:1", environ=environ) == Login("http://other:1", None)
    assert find_login("http://stored:1/", environ=environ).api_key == "stored"


def test_without_anything_it_is_the_server_of_this_machine(tmp_path: Path) -> None:
    assert find_login(environ={"MLF_CONFIG": str(tmp_path / "none")}) == Login(DEFAULT_HOST)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"host": 3}', '{"host": "ftp://x"}', "null"])
def test_a_damaged_login_counts_as_none(tmp_path: Path, text: str) -> None:
    assert stored_login(write(tmp_path / "c.json", text)) is None


def test_where_the_login_is_kept() -> None:
    assert config_path({"XDG_CONFIG_HOME": "/x"}) == Path("/x/mlfoundry/config.json")
    assert config_path({}) == Path("~/.config/mlfoundry/config.json").expanduser()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://a:1/", "http://a:1"),
        ("a:1", "http://a:1"),
        (" https://a/base/ ", "https://a/base"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_are_read_kindly(given: str, expected: str) -> None:
    assert check_host(given) == expected


@pytest.mark.parametrize("bad", ["", "ftp://a", "http://", "http://a:99999", "http://a:x"])
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput, match="one looks like"):
        check_host(bad)


def test_login_stores_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "config.json"
    monkeypatch.setenv("MLF_CONFIG", str(path))
    assert login("http://one:1", api_key="k1") is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert login("http://two:2") is False
    assert find_login() == Login("http://one:1", "k1")
    assert login("http://two:2", relogin=True, api_key="k2") is True
    assert json.loads(path.read_text("utf-8")) == {"host": "http://two:2", "api_key": "k2"}
    assert [file.name for file in path.parent.iterdir()] == ["config.json"]


def test_the_spool_is_where_the_argument_says_else_the_environment(tmp_path: Path) -> None:
    assert find_spool_dir(None, {}) is None
    assert find_spool_dir(None, {"MLF_SPOOL_DIR": str(tmp_path)}) == tmp_path
    assert find_spool_dir("here", {"MLF_SPOOL_DIR": str(tmp_path)}) == Path.cwd() / "here"
