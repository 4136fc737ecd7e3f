"""Bad input: one clear sentence, exit code 2, no traceback, and nothing left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest


def refused(done, *words: str) -> None:
    """The command ended as bad input does, and its sentence has these words."""
    assert done.code == 2, done.err
    assert done.error.startswith("Error: ") or " Error: " in f" {done.error}", done.error
    assert "Traceback" not in done.err
    for word in words:
        assert word.lower() in done.error.lower(), done.error


def test_a_missing_file(run: Callable):
    refused(run("ask", "How many?", "--data", "nowhere.csv", "--out", "o"), "nowhere.csv")
    assert not Path("o").exists()


def test_a_directory_as_data(run: Callable):
    Path("folder").mkdir()
    refused(run("ask", "How many?", "--data", "folder", "--out", "o"), "folder")


def test_an_empty_database(run: Callable):
    sqlite3.connect("empty.sqlite").close()
    refused(run("ask", "How many?", "--data", "empty.sqlite", "--out", "o"), "empty.sqlite")


def test_a_file_that_is_not_what_its_ending_says(run: Callable):
    Path("fake.sqlite").write_bytes(b"this is no database " * 100)
    refused(run("ask", "How many?", "--data", "fake.sqlite", "--out", "o"), "fake.sqlite")


def test_an_empty_question(run: Callable, shop: Path):
    refused(run("ask", "", "--data", shop, "--out", "o"), "question", "empty")


def test_a_question_that_is_too_long(run: Callable, shop: Path):
    refused(run("ask", "x" * 100_000, "--data", shop, "--out", "o"), "question", "characters")


def test_an_unknown_backend(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--backend", "crayon", "--out", "o")
    refused(done, "crayon", "altair")


def test_an_unknown_model(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--model", "nobody:x", "--out", "o")
    refused(done, "nobody")


def test_a_missing_key(run: Callable, shop: Path, question: str):
    pytest.importorskip("langchain_openai")
    done = run("ask", question, "--data", shop, "--model", "openai:gpt-5", "--out", "o")
    refused(done, "OPENAI_API_KEY")


@pytest.mark.parametrize("option", ["--code", "--existing"])
def test_code_that_is_not_there(run: Callable, shop: Path, question: str, option: str):
    refused(run("ask", question, "--data", shop, option, "no.py", "--out", "o"), "no.py")


def test_reference_code_that_does_not_parse(run: Callable, shop: Path, question: str):
    Path("broken.py").write_text("def (:\n", encoding="utf-8")
    done = run("ask", question, "--data", shop, "--code", "broken.py", "--out", "o")
    refused(done, "code")


def test_an_image_that_is_not_there(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--image", "no.png", "--out", "o")
    refused(done, "no.png")


def test_an_image_that_is_none(run: Callable, shop: Path, question: str):
    Path("words.png").write_text("not a picture", encoding="utf-8")
    done = run("ask", question, "--data", shop, "--image", "words.png", "--out", "o")
    refused(done, "words.png")


def test_an_output_folder_that_is_a_file_is_refused_before_any_work(run: Callable):
    Path("taken").write_text("mine", encoding="utf-8")
    # The data does not exist either: the sentence is about the folder, which is looked at first.
    refused(run("ask", "How many?", "--data", "nowhere.csv", "--out", "taken"), "taken", "--out")
    assert Path("taken").read_text(encoding="utf-8") == "mine"


def test_an_output_folder_that_cannot_be_written(run: Callable):
    refused(run("ask", "How many?", "--data", "nowhere.csv", "--out", "/proc/here"), "/proc/here")


def test_an_approval_without_a_terminal(run: Callable, shop: Path, question: str):
    done = run("ask", question, "--data", shop, "--approve-sql", "--out", "o")
    refused(done, "terminal", "--approve-sql")
    assert not Path("o").exists()


def test_a_missing_option(run: Callable):
    refused(run("ask", "How many?"), "--data")


def test_an_unknown_command(run: Callable):
    refused(run("paint"), "paint")


def test_a_bad_setting(run: Callable, shop: Path, question: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MULTIVIS_MAX_STEPS", "-3")
    refused(run("ask", question, "--data", shop, "--out", "o"), "max_steps")


def test_a_settings_file_that_is_not_there(
    run: Callable, shop: Path, question: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MULTIVIS_SETTINGS", "absent.toml")
    refused(run("ask", question, "--data", shop, "--out", "o"), "absent.toml")


def test_a_wrong_password_in_an_address_is_never_printed(run: Callable):
    pytest.importorskip("psycopg")
    done = run("ask", "How many?", "--data", "postgresql://me:s3cret@127.0.0.1:1/x", "--out", "o")
    refused(done)
    assert "s3cret" not in done.out + done.err


def test_refining_a_folder_without_a_chart(run: Callable):
    Path("nothing").mkdir()
    refused(run("refine", "nothing", "Make it blue"), "nothing", "result.json")


def test_refining_a_damaged_record(run: Callable):
    Path("torn").mkdir()
    Path("torn/chart.py").write_text("x = 1\n", encoding="utf-8")
    Path("torn/result.json").write_text("{", encoding="utf-8")
    refused(run("refine", "torn", "Make it blue"), "result.json", "damaged")


def test_resuming_without_the_file(run: Callable):
    refused(run("resume", "abc", "--checkpoint", "absent.db"), "absent.db")


def test_the_schema_of_a_missing_file(run: Callable):
    refused(run("schema", "nowhere.db"), "nowhere.db")


def test_an_unknown_example(run: Callable):
    refused(run("examples", "no_such_chart"), "no_such_chart")


def test_an_unknown_sample(run: Callable):
    pytest.importorskip("vega_datasets")
    refused(run("samples", "no-such-table"), "no-such-table", "cars")
