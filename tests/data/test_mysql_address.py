"""MySQL and MariaDB: the address, the script and the guard; a server where there is one."""

from __future__ import annotations

import pytest

from multivis.data.frames import Loaded
from multivis.data.sources.server import ServerSource, server_url
from multivis.errors import OptionError


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql"])
def test_the_driver_is_ours_and_the_password_may_come_from_the_environment(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIVIS_PASSWORD", "p@ss/word")
    url = server_url(f"{scheme}://me@host:3307/db?charset=utf8mb4", "mysql")
    assert url.drivername == "mysql+pymysql"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "me", "p@ss/word", "host", 3307, "db",
    )  # fmt: skip


def test_a_password_in_the_address_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MULTIVIS_PASSWORD", "other")
    assert server_url("mysql://me:mine@host/db", "mysql").password == "mine"


@pytest.mark.parametrize("address", ["mysql://host", "mysql://me@host:port/db", "mysql:///"])
def test_an_address_that_cannot_be_used_is_told(address: str) -> None:
    with pytest.raises(OptionError):
        server_url(address, "mysql")


def test_the_script_reads_the_password_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ServerSource, "_checked_connection", lambda self: None)
    source = ServerSource("mysql://me:secret@127.0.0.1/db?password=secret", "mysql")
    import pyarrow as pa

    code = source._load_code("SELECT `a` FROM `t`", Loaded(pa.table({"a": [1]})))
    compile(code, "<script>", "exec")
    assert "secret" not in code
    assert "secret" not in source.address
    assert "mysql+pymysql://me@127.0.0.1/db" in code
    source.close()
