"""``multivis documents``: ask a folder of notes, papers and past runs."""

from __future__ import annotations

from pathlib import Path

from multivis.cli.console import errors, output

__all__ = ["documents"]


def documents(question: str, folder: Path, index: Path | None) -> int:
    """Read what is new in the folder, answer, cite; 0 when something was found, else 1."""
    from multivis.memory import DocumentIndex

    with DocumentIndex(index or ":memory:") as opened:
        report = opened.sync(folder)
        for name, reason in report.left_out:
            errors().print(f"Left out: {name}: {reason}", soft_wrap=True, markup=False)
        answer = opened.answer(question)
    output().print(answer.text, soft_wrap=True, markup=False)
    return 0 if answer.found else 1
