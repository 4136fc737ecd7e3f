"""Who may ask, from where, with how much, and of what."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from multivis.errors import OptionError, SourceNotFoundError
from multivis.serve import create_app
from multivis.serve.server import check_exposure, is_loopback, local_hosts

QUESTION = "Show the total amount by region as a bar chart, highest first"
TOKEN = "correct horse battery"
Start = Callable[..., str]


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return client.post("/uploads", files={"file": (name, content)})


# ── the token ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", TOKEN, f"Basic {TOKEN}"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sources"),
        ("GET", "/metrics"),
        ("GET", "/runs/some"),
        ("POST", "/runs"),
        ("POST", "/uploads"),
        ("POST", "/multivis_agent/invoke"),
        ("POST", "/multivis_agent/stream"),
        ("GET", "/multivis_agent/input_schema"),
        ("GET", "/multivis_agent/playground/index.html"),
    ],
)
def test_without_the_token_nothing_is_told(
    locked: httpx.Client, header: str | None, method: str, path: str
):
    headers = {} if header is None else {"Authorization": header}
    answer = locked.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_with_the_token_questions_are_answered(locked: httpx.Client):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = locked.post("/runs?stream=false", json={"question": QUESTION}, headers=headers)
    assert answer.json()["passed"]


def test_probes_need_no_token(locked: httpx.Client):
    assert locked.get("/health").json()["status"] == "ok"
    assert locked.get("/ready").json() == {"status": "ready", "working": 0}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, serving: Any, sandbox: Any) -> Any:
    """A client of one server with a token, for all tests here."""
    path = tmp_path_factory.mktemp("locked") / "sales.csv"
    path.write_text("region,amount\nNorth,3\nSouth,1\nEast,2\n", encoding="utf-8")
    app = create_app({"sales": path}, token=TOKEN, sandbox=sandbox)
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_a_short_token_is_refused():
    with pytest.raises(OptionError, match="token"):
        create_app(token="short")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "charts.example.org"])
def test_a_server_that_others_reach_needs_a_token_and_the_sandbox(host: str):
    with pytest.raises(OptionError, match="token"):
        check_exposure(host, None, "auto")
    with pytest.raises(OptionError, match="sandbox"):
        check_exposure(host, TOKEN, "subprocess")
    check_exposure(host, TOKEN, "auto")
    assert local_hosts(host) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_a_server_on_this_machine_alone_needs_none(host: str):
    assert is_loopback(host)
    check_exposure(host, None, "subprocess")
    assert host in local_hosts(host)


# ── other origins and hosts ─────────────────────────────────────────────────────────────────


def test_pages_of_other_origins_are_refused(client: httpx.Client):
    answer = client.get("/sources", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    own = str(client.base_url).rstrip("/")
    assert client.get("/sources", headers={"Origin": own}).status_code == 200


def test_an_origin_that_the_operator_named_is_let_in(start: Start):
    origin = "https://charts.example"
    url = start(options={"cors_origins": [origin]})
    answer = httpx.get(f"{url}/sources", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin


def test_another_host_name_is_refused_where_names_are_given(start: Start):
    url = start(options={"allowed_hosts": ["127.0.0.1"]})
    assert httpx.get(f"{url}/sources").status_code == 200
    rebound = httpx.get(f"{url}/sources", headers={"Host": "evil.example"})
    assert rebound.status_code == 403


# ── sizes ───────────────────────────────────────────────────────────────────────────────────


def test_a_body_over_the_limit_is_refused_declared_or_not(start: Start):
    url = start(options={"request_bytes": 2_000})
    body = b'{"question": "' + b"x" * 5_000 + b'"}'
    declared = httpx.post(f"{url}/runs", content=body)
    streamed = httpx.post(f"{url}/runs", content=(body[i : i + 500] for i in range(0, 6_000, 500)))
    graph = httpx.post(f"{url}/multivis_agent/invoke", content=body)
    assert [a.status_code for a in (declared, streamed, graph)] == [413, 413, 413]


def test_an_upload_over_the_limit_is_refused(start: Start):
    url = start(options={"upload_bytes": 10_000})
    with httpx.Client(base_url=url) as client:
        over = upload(client, "big.csv", b"a,b\n" + b"1,2\n" * 5_000)
        assert over.status_code == 413 and "10,000" in over.json()["message"]
        far_over = upload(client, "big.csv", b"x" * 200_000)
        assert far_over.status_code == 413
        assert upload(client, "fine.csv", b"a,b\n1,2\n").status_code == 201


def test_there_is_room_for_so_many_uploads(start: Start):
    url = start(options={"uploads_kept": 1})
    with httpx.Client(base_url=url) as client:
        first = upload(client, "one.csv", b"a,b\n1,2\n").json()["id"]
        assert upload(client, "two.csv", b"a,b\n1,2\n").status_code == 413
        assert client.delete(f"/uploads/{first}").status_code == 200
        assert client.delete(f"/uploads/{first}").status_code == 404
        assert upload(client, "two.csv", b"a,b\n1,2\n").status_code == 201


def test_too_many_runs_are_refused_with_a_time_to_come_back(
    sales: Path, sandbox: Any, serving: Any
):
    bounds = {"runs_at_once": 1, "runs_waiting": 0}
    app = create_app(sales, sandbox=sandbox, options=bounds)
    with serving(app) as url:
        at_work = app.state.multivis.pool.run("other", lambda: iter([1, 2]))
        next(at_work)
        answer = httpx.post(f"{url}/runs", json={"question": QUESTION})
        at_work.close()
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        after = httpx.post(f"{url}/runs?stream=false", json={"question": QUESTION}, timeout=60)
        assert after.status_code == 200


# ── uploads ─────────────────────────────────────────────────────────────────────────────────


def test_an_uploaded_file_can_be_asked(client: httpx.Client):
    kept = upload(client, "my sales (1).csv", b"city,visits\nOslo,4\nBern,9\nRome,7\n")
    assert kept.status_code == 201
    told = kept.json()
    assert told["kind"] == "data" and told["name"] == "my_sales_1.csv"
    schema = client.get(f"/sources/{told['id']}/schema").json()
    assert [c["name"] for c in schema["tables"][0]["columns"]] == ["city", "visits"]
    question = "Show the visits for each city as a bar chart"
    result = client.post(
        "/runs?stream=false", json={"question": question, "data": told["id"]}
    ).json()
    assert result["passed"] and result["data"] == told["id"]
    assert "multivis-uploads" not in result["code"]
    client.delete(f"/uploads/{told['id']}")
    gone = client.post("/runs", json={"question": question, "data": told["id"]})
    assert gone.status_code == 422


@pytest.mark.parametrize(
    "name", ["../../etc/sales.csv", "/etc/sales.csv", "a\\b.csv", "..", "a/../b.csv"]
)
def test_a_name_with_folders_is_refused(client: httpx.Client, name: str):
    assert upload(client, name, b"a,b\n1,2\n").status_code == 422


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.sh", b"echo"),
        ("noending", b"a,b"),
        ("data.sqlite", b"not a database at all, not at all"),
        ("data.parquet", b"PAR1 but cut"),
        ("empty.csv", b""),
        ("picture.png", b"\x89PNG\r\n\x1a\n but nothing else"),
        ("book.xlsx", b"PK but no archive"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_at_once(
    client: httpx.Client, name: str, content: bytes
):
    answer = upload(client, name, content)
    assert answer.status_code == 422, answer.text
    assert "multivis-uploads" not in answer.text


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("multivis.serve.uploads._UNPACKED_BYTES", 1_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)
    answer = upload(client, "bomb.xlsx", packed.getvalue())
    assert answer.status_code == 422 and "unpacks" in answer.json()["message"]


def test_uploads_in_a_named_folder_outlive_the_server(start: Start, tmp_path: Path):
    folder = tmp_path / "kept"
    with httpx.Client(base_url=start(options={"uploads": folder})) as one:
        identity = upload(one, "a.csv", b"a,b\n1,2\n").json()["id"]
    with httpx.Client(base_url=start(options={"uploads": folder})) as two:
        assert two.get(f"/sources/{identity}/schema").status_code == 200


def test_a_reference_picture_is_named_by_its_upload(client: httpx.Client):
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (200, 120), "white").save(buffer, "PNG")
    identity = upload(client, "look.png", buffer.getvalue()).json()["id"]
    body = {"question": QUESTION, "image": identity}
    result = client.post("/runs?stream=false", json=body).json()
    assert result["scenario"] == "B"
    as_data = client.post("/runs", json={"question": QUESTION, "data": identity})
    assert as_data.status_code == 422 and "picture" in as_data.json()["message"]


# ── what clients may name ───────────────────────────────────────────────────────────────────


def secret_database(folder: Path) -> Path:
    path = folder / "secret.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (region TEXT, amount INTEGER)")
        connection.execute("INSERT INTO t VALUES ('hidden', 1)")
    connection.close()
    return path


def ways_to_name(path: Path) -> list[str]:
    return [str(path), f"sqlite:///{path}", f"file://{path}", f"sales/../{path}", "*", "../x"]


def test_no_client_can_name_a_file_or_an_address_of_the_server(
    client: httpx.Client, tmp_path: Path
):
    hidden = secret_database(tmp_path)
    others = ["postgresql://localhost/x", "http://127.0.0.1:1/x.csv", "upload-" + "0" * 32]
    for name in [*ways_to_name(hidden), *others]:
        asked = {"question": QUESTION, "data": name}
        direct = client.post("/runs", json=asked)
        invoked = client.post("/multivis_agent/invoke", json={"input": {"request": asked}})
        for answer in (direct, invoked):
            assert answer.status_code == 422, (name, answer.text)
            assert "There is no data" in answer.json()["message"]
            assert "hidden" not in answer.text
        schema = client.get(f"/sources/{name}/schema")
        assert schema.status_code == 404


@pytest.mark.parametrize("field", ["image", "code", "existing"])
def test_no_reference_is_read_from_a_path_of_the_server(
    client: httpx.Client, tmp_path: Path, field: str
):
    script = tmp_path / "chart.py"
    script.write_text("import altair as alt\nSECRET = 'hidden'\nalt.Chart().mark_bar()\n")
    for name in (str(script), f" {script} ", f"{script}\n", "chart.py", "/etc/passwd"):
        asked = {"question": QUESTION, field: name}
        direct = client.post("/runs", json=asked)
        invoked = client.post("/multivis_agent/invoke", json={"input": {"request": asked}})
        for answer in (direct, invoked):
            assert answer.status_code == 422, (name, answer.text)
            assert "hidden" not in answer.text


def test_code_of_one_line_is_taken_as_text(client: httpx.Client):
    line = (
        "import altair as alt; chart = alt.Chart(df).mark_line(color='teal').encode(x='a', y='b')"
    )
    answer = client.post("/runs?stream=false", json={"question": QUESTION, "code": line})
    assert answer.status_code == 200 and answer.json()["scenario"] == "C"


def test_a_served_graph_takes_nothing_but_a_question(client: httpx.Client):
    asked = {"question": QUESTION}
    for extra in ({"status": "complete"}, {"chart": {}}, {"references": {}}, {"budget": None}):
        answer = client.post("/multivis_agent/invoke", json={"input": {"request": asked, **extra}})
        assert answer.status_code == 422


def test_an_operator_learns_of_missing_data_at_the_start(tmp_path: Path):
    with pytest.raises(SourceNotFoundError):
        create_app(tmp_path / "nothing.csv")
    with pytest.raises(OptionError, match="cannot stand for data"):
        create_app({"../x": "y"})
    for data in (["a=x.csv", "a=y.csv"],):
        with pytest.raises(OptionError, match="Two sources"):
            create_app(data)
