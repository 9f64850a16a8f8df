"""What [http] says is what the line that a command opens goes by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commands.opening import opened_line
from config import ConfigurationFaults
from tests.scripted import Answer, ScriptedServer

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")

HEAD = '[organisation]\nname = "Riverside"\n[http]\nallow_private_networks = true\n'


def written(folder: Path, http: str = "") -> Path:
    file = folder / "earshot.toml"
    file.write_text(HEAD + http, encoding="utf-8")
    return file


@pytest.mark.parametrize(("said", "seconds"), [("", 1.0), ('delay_per_host = "0s"', 0.0)])
def test_a_second_lies_between_two_readings_of_a_host_unless_the_file_says_otherwise(
    tmp_path: Path, said: str, seconds: float
) -> None:
    """faults.md 22."""
    with opened_line(written(tmp_path, said)) as line:
        assert line.hosts.delay == seconds


@needs_openssl
def test_a_certificate_that_only_the_file_s_authorities_know_is_trusted(tmp_path: Path) -> None:
    """faults.md 13."""
    with ScriptedServer(tls=True) as server:
        server.route("/feed", Answer(body="heard"))
        assert server.certificate is not None
        (tmp_path / "intranet.pem").write_bytes(server.certificate.read_bytes())
        with opened_line(written(tmp_path, 'ca_file = "intranet.pem"')) as line:
            assert line.http.get(server.url + "/feed").body == b"heard"


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["no file", "no certificate"])
def test_a_file_without_authorities_is_told_before_anything_is_asked(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "intranet.pem").write_text(content, encoding="utf-8")

    with (
        pytest.raises(
            ConfigurationFaults, match=r"earshot.toml:5:.*\[http\] ca_file: cannot be read as certificates"
        ),
        opened_line(written(tmp_path, 'ca_file = "intranet.pem"')),
    ):
        pass
