"""Settings: options over the environment over defaults."""

from pathlib import Path

import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.server.settings import read_settings


def test_defaults() -> None:
    settings = read_settings(environ={})
    assert (settings.host, settings.port, settings.allowed_hosts) == ("127.0.0.1", 8000, ())
    assert settings.data_dir == Path.cwd() / "mlfoundry-data"


def test_options_win_over_the_environment() -> None:
    environ = {"MLFOUNDRY_PORT": "9001", "MLFOUNDRY_HOST": "::1", "MLFOUNDRY_ALLOWED_HOST": "a.example, b.example:81"}
    settings = read_settings(port="9000", allowed_hosts=("C.example",), environ=environ)
    assert (settings.port, settings.host) == (9000, "::1")
    assert settings.allowed_hosts == ("c.example", "a.example", "b.example:81")
    assert settings.url(9000) == "http://[::1]:9000"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])
def test_an_address_that_others_reach_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(InvalidInput, match="no API keys yet"):
        read_settings(host=host, environ={})


@pytest.mark.parametrize("port", ["-1", "65536", "http", "1.5"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(InvalidInput, match="is no port"):
        read_settings(port=port, environ={})


@pytest.mark.parametrize("name", ["http://a.example", "*", "a.example/x"])
def test_an_allowed_host_that_is_none(name: str) -> None:
    with pytest.raises(InvalidInput, match="is no host"):
        read_settings(allowed_hosts=(name,), environ={})
