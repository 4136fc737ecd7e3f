"""The commands that show what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import multivis


def test_version_names_the_version(run: Callable):
    done = run("--version")
    assert (done.code, done.out) == (0, f"multivis {multivis.__version__}\n")


def test_help_lists_every_command(run: Callable):
    done = run("--help")
    assert done.code == 0
    for name in ("ask", "refine", "resume", "demo", "schema", "rules", "graph", "doctor"):
        assert name in done.out


def test_no_arguments_show_the_help_and_no_error(run: Callable):
    done = run()
    assert done.code == 2
    assert "Usage" in done.out
    assert "Error" not in done.err


def test_schema_shows_tables_columns_and_keys(run: Callable, shop: Path):
    done = run("schema", shop)
    assert done.code == 0, done.err
    for word in ("product", "category", "price", "quantitative", "category_id"):
        assert word in done.out
    assert "product.category_id → category.id (declared)" in done.out


def test_schema_as_json_can_be_read_back(run: Callable, shop: Path):
    told = json.loads(run("schema", shop, "--json").out)
    assert {table["name"] for table in told["tables"]} == {"product", "category"}
    (key,) = told["foreign_keys"]
    assert (key["table"], key["column"]) == ("product", "category_id")


def test_schema_reads_a_csv(run: Callable, sales: Path):
    done = run("schema", sales)
    assert done.code == 0, done.err
    assert "region" in done.out
    assert "north" in done.out


def test_rules_shows_the_twelve(run: Callable):
    done = run("rules")
    assert done.code == 0
    for rule in ("CR-1", "CR-2", "CR-3", "TE-1", "TE-2", "TE-3"):
        assert rule in done.out
    for rule in ("EH-1", "EH-2", "EH-3", "RC-1", "RC-2", "RC-3"):
        assert rule in done.out


def test_graph_prints_mermaid_alone(run: Callable):
    done = run("graph")
    assert done.code == 0
    assert done.out.startswith(("---", "graph", "flowchart"))
    for node in ("intake", "coordinator", "database", "visualization", "validation"):
        assert node in done.out


def test_examples_are_listed_and_each_can_be_printed(run: Callable):
    listed = run("examples")
    assert listed.code == 0
    from multivis.charts.examples import example_list

    first = example_list("altair", None)[0]
    assert first.name in listed.out
    printed = run("examples", first.name)
    assert printed.code == 0
    compile(printed.out, first.name, "exec")


def test_samples_name_files_that_are_there(run: Callable):
    pytest.importorskip("vega_datasets")
    assert "cars" in run("samples").out.split()
    assert Path(run("samples", "cars").out.strip()).is_file()


def test_doctor_names_keys_and_never_shows_them(run: Callable, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    done = run("doctor")
    assert done.code == 0, done.err
    assert "OPENAI_API_KEY" in done.out
    assert "sk-very-secret" not in done.out + done.err


def test_doctor_as_json_says_what_is_there(run: Callable, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    told = json.loads(run("doctor", "--json").out)
    assert told["keys"]["OPENAI_API_KEY"] is True
    assert told["keys"]["ANTHROPIC_API_KEY"] is False
    assert told["versions"]["multivis"] == multivis.__version__
    assert told["sandbox"]
    assert set(told["extras"]) >= {"serve", "app", "volumes", "reader", "postgres", "samples"}


def test_doctor_still_answers_with_settings_that_cannot_be_read(
    run: Callable, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MULTIVIS_SETTINGS", "absent.toml")
    done = run("doctor")
    assert done.code == 0
    assert "absent.toml" in done.out


def test_a_reader_that_goes_away_is_no_error():
    code = "from multivis.cli import main; main(['rules'])"
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert b"Traceback" not in ran.stderr
    assert ran.returncode == 0
