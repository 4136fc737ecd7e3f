"""Run one question from the command line: stream it, ask a person where asked to, save it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.cli.console import errors, interruptible, output
from multivis.cli.files import OutputFolder
from multivis.cli.show import Progress, print_summary
from multivis.errors import OptionError, SourceNotFoundError
from multivis.progress import ProgressEvent, ResultEvent

if TYPE_CHECKING:
    from multivis.agent import MultiVis, Result

__all__ = ["Choices", "ask", "recorded", "refine", "resume"]


@dataclass(frozen=True)
class Choices:
    """What the options of `ask`, `refine` and `resume` have in common.

    Attributes:
        out: Folder for the files.
        as_json: Print result.json to stdout and nothing else.
        approve_sql: Show the SQL and ask before it runs.
        approve_chart: Show the checks and ask before the chart is delivered.
        checkpoint: SQLite file in which every finished step is kept.
        backend: Chart backend, or None for the setting.
        model: Model, or None for the setting.
    """

    out: Path
    as_json: bool = False
    approve_sql: bool = False
    approve_chart: bool = False
    checkpoint: Path | None = None
    backend: str | None = None
    model: str | None = None

    def agent(self, data: str | None) -> MultiVis:
        """The agent that these choices describe, on `data` (None: the data of a stored run)."""
        from multivis.agent import MultiVis

        if (self.approve_sql or self.approve_chart) and not sys.stdin.isatty():
            raise OptionError(
                "An approval needs a terminal to ask at, and this run has none.",
                hint="Leave out --approve-sql and --approve-chart, or run it in a terminal.",
            )
        given: dict[str, Any] = {
            "model": self.model,
            "backend": self.backend,
            "approve_sql": self.approve_sql or None,
            "approve_chart": self.approve_chart or None,
            "checkpointer": f"sqlite:///{self.checkpoint}" if self.checkpoint else None,
        }
        return MultiVis(data, **{name: value for name, value in given.items() if value is not None})


def _stopped(run: str, checkpoint: Path | None) -> str:
    """What Ctrl-C says: how to go on, where that is possible."""
    if checkpoint is None:
        return "Interrupted. (With --checkpoint FILE a run can be resumed.)"
    return f"Interrupted. Resume with: multivis resume {run} --checkpoint {checkpoint}"


def ask(question: str, data: str, choices: Choices, references: Mapping[str, str | None]) -> int:
    """Ask one question and write the result.

    Args:
        question: In plain language.
        data: Address of the data.
        choices: The options.
        references: ``image``, ``code`` and ``existing``: paths, or None.

    Returns:
        Exit code: 0 when the chart passed, else 1.
    """
    run = uuid.uuid4().hex[:12]
    with _begun(run, choices), choices.agent(data) as agent:
        events = agent.stream(question, thread_id=run, **references)
        return _deliver(_watch(agent, events, question, run, choices), choices)


def refine(folder: Path, instruction: str, choices: Choices) -> int:
    """Change the chart in `folder` as `instruction` says; the folder itself stays as it is."""
    data, backend = recorded(folder)
    run = uuid.uuid4().hex[:12]
    with _begun(run, choices), choices.agent(data) as agent:
        before = str(folder / ("chart.json" if backend == "vtk" else "chart.py"))
        events = agent.stream(instruction, existing=before, backend=backend, thread_id=run)
        return _deliver(_watch(agent, events, instruction, run, choices), choices)


def resume(run: str, choices: Choices) -> int:
    """Go on with a run that was interrupted or killed; ask, if it waits for a person."""
    checkpoint = choices.checkpoint
    if checkpoint is None or not checkpoint.is_file():
        raise OptionError(
            f"There is no checkpoint file {str(checkpoint)!r}.",
            hint="Give the file that the run was started with: --checkpoint FILE.",
        )
    with _begun(run, choices), choices.agent(None) as agent:
        event = agent.waiting(run)
        decision = _decide({"kind": event.kind, **event.payload}) if event else None
        events = agent.stream_resume(run, decision)
        return _deliver(_watch(agent, events, f"resume {run}", run, choices), choices)


@contextmanager
def _begun(run: str, choices: Choices) -> Iterator[None]:
    """The output folder is there, and Ctrl-C says how to go on."""
    folder = OutputFolder(choices.out)
    with interruptible(_stopped(run, choices.checkpoint), folder.discard), folder:
        yield


def recorded(folder: Path) -> tuple[str, str]:
    """The address of the data and the backend of the chart in `folder`.

    Raises:
        SourceNotFoundError: No such folder, or no chart of ours in it.
        OptionError: The record is damaged, or the data was a frame in another process.
    """
    record, script = folder / "result.json", folder / "chart.py"
    if not record.is_file() or not script.is_file():
        raise SourceNotFoundError(
            f"There is no chart in {str(folder)!r}: result.json or chart.py is missing.",
            hint="Give a folder that 'multivis ask' wrote.",
        )
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        data, backend = str(told["data"]), str(told["backend"])
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"The file {str(record)!r} is damaged: {error}.", hint="Ask the question again."
        ) from error
    if data.startswith("frame:"):
        raise OptionError(
            f"The chart in {str(folder)!r} was made from a frame that is no longer here.",
            hint="Refine it in Python: MultiVis(frame).refine(folder, instruction).",
        )
    return data, backend


def _watch(
    agent: MultiVis,
    events: Iterator[ProgressEvent],
    title: str,
    run: str,
    choices: Choices,
) -> Result:
    """Show the events of a run as they come, ask where it waits; its result at the end."""
    with Progress(errors(), title) as progress:
        result = _follow(events, progress)
        while result.interrupt is not None:
            progress.pause()
            waiting = {"kind": result.interrupt.kind, **result.interrupt.payload}
            if result.interrupt.kind == "approve_chart":
                waiting["picture"] = result.save(choices.out).get("png")
            decision = _decide(waiting)
            progress.go_on()
            result = _follow(agent.stream_resume(run, decision), progress)
        return result


def _follow(events: Iterator[ProgressEvent], progress: Progress) -> Result:
    """Show events until the result."""
    for event in events:
        if isinstance(event, ResultEvent):
            found: Result = event.result
            return found
        progress.show(event)
    raise RuntimeError("the stream of events ended without a result")


def _decide(waiting: Mapping[str, Any]) -> dict[str, Any]:
    """Show what is to be judged and read y, n or e (edit) from the terminal."""
    if not sys.stdin.isatty():
        raise OptionError(
            "The run waits for an approval, and there is no terminal to ask at.",
            hint="Resume it in a terminal.",
        )
    return _decide_sql(waiting) if waiting.get("kind") == "approve_sql" else _decide_chart(waiting)


def _decide_sql(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Approve, refuse or change the SQL."""
    from rich.syntax import Syntax

    sql = str(payload.get("sql", ""))
    errors().print(Syntax(sql, "sql", word_wrap=True, background_color="default"))
    answer = _answer("Run this SQL? [y]es, [n]o, [e]dit: ", "yne")
    if answer == "e":
        return {"approve": True, "sql": _edited(sql)}
    if answer == "n":
        return {"approve": False, "reason": _line("Why not? (Enter for no reason) ")}
    return {"approve": True}


def _decide_chart(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Approve or refuse the chart; its picture is in the output folder already."""
    from rich.text import Text

    console = errors()
    for check, passed in dict(payload.get("checks", {})).items():
        if not passed:
            console.print(Text(f"  ✗ {check}"))
    if payload.get("picture"):
        console.print(Text(f"  The picture: {payload['picture']}"), soft_wrap=True)
    if _answer("Deliver this chart? [y]es, [n]o: ", "yn") == "y":
        return {"approve": True}
    return {"approve": False, "reason": _line("What should change? (Enter for no reason) ")}


def _answer(prompt: str, allowed: str) -> str:
    """Read until the first letter is one of `allowed`; the end of the input means no."""
    while True:
        text = _line(prompt, at_end="n").lower()
        if text[:1] and text[0] in allowed:
            return text[0]


def _line(prompt: str, *, at_end: str = "") -> str:
    """One line from the terminal; the prompt goes to stderr, stdout is for results."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else at_end


def _edited(sql: str) -> str:
    """The SQL after editing: in the person's editor, else typed until an empty line."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "query.sql"
            path.write_text(sql, encoding="utf-8")
            try:
                subprocess.run([*shlex.split(editor), str(path)], check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise OptionError(
                    f"The editor {editor!r} did not work: {error}.",
                    hint="Correct EDITOR, or unset it and type the SQL.",
                ) from error
            return path.read_text(encoding="utf-8").strip() or sql
    lines: list[str] = []
    print("New SQL, then an empty line:", file=sys.stderr)
    while line := sys.stdin.readline().rstrip("\n"):
        lines.append(line)
    return "\n".join(lines) or sql


def _deliver(result: Result, choices: Choices) -> int:
    """Write the files, then print the summary or the JSON."""
    files = result.save(choices.out)
    if choices.as_json:
        sys.stdout.write(files["result"].read_text(encoding="utf-8").rstrip() + "\n")
        sys.stdout.flush()
    else:
        print_summary(output(), result, files)
    return 0 if result.passed else 1
