"""Checkpointers: which addresses open, and what they restore."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from multivis.errors import OptionError, OutputError, SourceAccessError
from multivis.graph import open_checkpointer

from .conftest import code_call, sql_call

QUESTION = "Show a bar chart of the total amount by region"


def test_a_sqlite_checkpointer_restores_a_finished_run(ask_with: Any, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    done = ask_with([sql_call()], [code_call()], checkpointer=address).ask(
        QUESTION, thread_id="mine"
    )
    again = ask_with([], [], checkpointer=address).resume("mine")
    assert again.passed
    assert again.sql == done.sql
    assert again.state.trace == done.state.trace


def test_an_unknown_kind_of_checkpointer_is_named() -> None:
    with pytest.raises(OptionError, match="redis"):
        open_checkpointer("redis://127.0.0.1/0")


def test_a_checkpoint_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="runs"):
        open_checkpointer(str(tmp_path / "nowhere" / "runs.sqlite"))


def test_a_postgres_server_that_does_not_answer_is_said() -> None:
    with pytest.raises(SourceAccessError, match="does not open"):
        open_checkpointer("postgresql://nobody@127.0.0.1:1/none")


@pytest.mark.postgres
def test_a_postgres_checkpointer_resumes_after_an_interrupt(
    ask_with: Any, postgres_url: str
) -> None:
    agent = ask_with([sql_call()], [code_call()], approve_sql=True, checkpointer=postgres_url)
    waiting = agent.ask(QUESTION)
    assert waiting.interrupt is not None
    assert agent.resume(waiting.thread_id, True).passed


@pytest.mark.postgres
def test_processes_that_start_together_may_all_find_an_empty_database(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE together")
    address = postgres_url.rpartition("/")[0] + "/together"
    begin = threading.Barrier(6)
    opened: list[Any] = []

    def start() -> None:
        begin.wait()
        opened.append(open_checkpointer(address))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for saver in opened:
        saver.conn.close()
    assert len(opened) == 6
