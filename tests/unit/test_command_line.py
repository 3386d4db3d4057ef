"""The command line: help, mistakes, and what the doctor says."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlfoundry import doctor
from mlfoundry.__main__ import main
from mlfoundry.store.lock import DirectoryLock
from mlfoundry.version import __version__
from serving import Server, environment


def lines_of(**given: str | None) -> tuple[int, list[str]]:
    lines: list[str] = []
    write: Callable[[str], None] = lines.append
    code = doctor.examine(host=given.get("host"), fqn=given.get("fqn"), data_dir=given.get("data_dir"), write=write)
    return code, lines


@pytest.mark.parametrize("command", ["", "server", "login", "doctor", "demo", "check", "store", "store erase"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: mlfoundry" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"mlfoundry {__version__}\n"


def test_a_mistake_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "--port", "no"]) == 2
    assert (
        capsys.readouterr().err == "mlfoundry: --port no is no port; one is a number from 0 (any free one) to 65535\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    with pytest.raises(SystemExit) as ended:
        main(["server", "--prot", "1"])
    assert ended.value.code == 2


def test_the_base_install_names_the_extra() -> None:
    """Without the server's packages a command says what to install; they are hidden from a process of its own."""
    hide = "import sys; sys.modules.update(dict.fromkeys(('fastapi', 'duckdb', 'sqlalchemy', 'uvicorn')));"
    run = f"{hide} from mlfoundry.__main__ import main; sys.exit(main(['server', '--port', '0']))"
    done = subprocess.run(
        [sys.executable, "-c", run], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pip install 'mlfoundry[server]'" in done.stderr


def test_login_stores_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MLF_CONFIG", str(tmp_path / "config.json"))
    assert main(["login", "--host", "http://127.0.0.1:8123"]) == 0
    assert main(["login", "--host", "http://127.0.0.1:8124"]) == 0
    assert capsys.readouterr().out == "stored\na login is stored already; --relogin replaces it\n"
    assert "8123" in (tmp_path / "config.json").read_text()


def test_the_doctor_finds_nothing_wrong(server: Server, tmp_path: Path) -> None:
    server.http.post("/api/v1/ml-repos", json={"name": "doctor"})
    fqn = server.http.post("/api/v1/ml-repos/doctor/model-versions", json={"name": "late"}).json()["fqn"]
    code, lines = lines_of(host=server.url, fqn=fqn, data_dir=str(tmp_path / "data"))
    report = "\n".join(lines)
    assert code == 0, report
    for words in (f"server {__version__} answers", "the clocks agree", f"{fqn} is known", "[server] is installed"):
        assert words in report
    assert "mlfoundry.drift.psi" in report
    assert "mlfoundry.performance.accuracy" in report


def test_the_doctor_names_the_closest_version(server: Server, tmp_path: Path) -> None:
    server.http.post("/api/v1/ml-repos", json={"name": "doctor"})
    server.http.post("/api/v1/ml-repos/doctor/model-versions", json={"name": "late"})
    code, lines = lines_of(host=server.url, fqn="model:default/doctor/lat:1", data_dir=str(tmp_path))
    assert code == 1
    assert any("PROBLEM" in line and "model:default/doctor/late:" in line for line in lines)


def test_the_doctor_says_that_nothing_answers(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path):
        code, lines = lines_of(host="http://127.0.0.1:9", data_dir=str(tmp_path))
    assert code == 1
    assert any("PROBLEM" in line and "mlfoundry server" in line for line in lines)
    assert any("a server runs" in line for line in lines)
