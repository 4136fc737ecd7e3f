"""What a person sees: the steps as they run, and the summary at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.progress import CheckEvent, DraftEvent, ProgressEvent
from multivis.state import (
    CheckResult,
    ModelEvent,
    NodeEvent,
    Note,
    RuleEvent,
    Severity,
    ToolEvent,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from multivis.agent import Result

__all__ = ["Progress", "print_summary"]

_NOTE_TITLES = {
    "assumption": "Assumed",
    "ambiguity": "Ambiguous",
    "left_out": "Left out",
    "information": "Note",
}


class Progress:
    """Prints the events of a run, one line each, and shows that it is alive in between.

    Args:
        console: Where to print.
        title: What is being done, shown first.
    """

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._status = console.status("starting …") if console.is_terminal else None
        self._checks = 0
        self._failed: list[str] = []

    def __enter__(self) -> Progress:
        from rich.text import Text

        self._console.print(Text.assemble(("› ", "bold cyan"), (self._title, "bold")))
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def pause(self) -> None:
        """Stop the spinner, so that a person can be asked something."""
        if self._status is not None:
            self._status.stop()

    def go_on(self) -> None:
        """Start the spinner again."""
        if self._status is not None:
            self._status.start()

    def show(self, event: ProgressEvent) -> None:
        """Print one event, if it says something to a person."""
        if not isinstance(event, CheckEvent):
            self._end_checks()
        if isinstance(event, NodeEvent):
            if self._status is not None:
                self._status.update(f"{event.node} …")
            # The coordinator stands between any two agents; why it sent us is shown with them.
            if event.phase == "entered" and event.node != "coordinator":
                self._line("●", "cyan", event.node, event.why)
        elif isinstance(event, ToolEvent):
            ok = event.outcome in {"ok", "success", "final"}
            what = f"{event.outcome}, {event.seconds:.2f} s"
            self._line("  ▸", "green" if ok else "yellow", event.tool, what)
        elif isinstance(event, RuleEvent):
            self._line("  ◆", "magenta", event.rule, event.why or event.outcome)
        elif isinstance(event, ModelEvent):
            tokens = f"{event.usage.tokens:,} tokens" if event.usage.tokens else event.purpose
            self._line("  ▫", "blue", event.model, tokens)
        elif isinstance(event, DraftEvent):
            self._line("  ▸", "green", "draft", f"a chart in {event.chart.backend}, not checked")
        elif isinstance(event, CheckEvent):
            self._check(event.result)

    def _check(self, result: CheckResult) -> None:
        """Count a check; a failed one is shown at once."""
        if not result.applicable:
            return
        self._checks += 1
        if not result.passed:
            self._failed.append(result.id)
            style = "red" if result.severity is Severity.ERROR else "yellow"
            self._line("  ✗", style, result.id, result.message or result.statement)

    def _end_checks(self) -> None:
        """One line for the checks of a draft, once all of them were made."""
        if self._checks:
            passed = self._checks - len(self._failed)
            sign, style = ("✓", "green") if not self._failed else ("✗", "yellow")
            self._line(f"  {sign}", style, "checks", f"{passed} of {self._checks} passed")
        self._checks, self._failed = 0, []

    def _line(self, sign: str, style: str, name: str, text: str) -> None:
        from rich.text import Text

        line = Text.assemble((sign, style), " ", (f"{name:<14}", "bold" if sign == "●" else ""))
        line.append(f" {' '.join(text.split())}", "" if sign.strip() == "✗" else "dim")
        line.truncate(max(self._console.width, 40), overflow="ellipsis")
        self._console.print(line)


def print_summary(console: Console, result: Result, files: Mapping[str, Path]) -> None:
    """Status, checks with the reasons of failed ones, notes, cost and files.

    Args:
        console: Where to print.
        result: The result.
        files: What was written, by name.
    """
    from rich.text import Text

    console.print()
    console.print(_verdict(result))
    checks = _checks(result)
    if checks:
        applicable = [check for check in checks if check.applicable]
        failed = [check for check in applicable if not check.passed]
        console.print(f"  checks    {len(applicable) - len(failed)} of {len(applicable)} passed")
        for check in failed:
            style = "red" if check.severity is Severity.ERROR else "yellow"
            reason = check.message or check.statement
            console.print(Text.assemble(("    ✗ ", style), f"{check.id}: {reason}"))
    if not result.passed:
        told = dict.fromkeys(f"{f.where}: {_short(f.message)}" for f in result.failures)
        for line in list(told)[-3:]:
            console.print(Text(f"    {line}", "yellow"))
    _print_notes(console, result.notes)
    usage = result.usage
    console.print(
        f"  cost      {result.steps} steps, {usage.calls} model calls, "
        f"{usage.tokens:,} tokens, {usage.seconds:.1f} s"
    )
    for number, path in enumerate(files.values()):
        label = "  files     " if number == 0 else " " * 12
        console.print(Text(f"{label}{path}"), soft_wrap=True)


def _short(text: str, characters: int = 200) -> str:
    """A text on one line, cut; all of it is in result.json."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1] + "…"


def _verdict(result: Result) -> Text:
    """The first line: whether there is a chart, and how good it is."""
    from rich.text import Text

    if result.passed:
        return Text.assemble(("✓ A chart that passed its checks", "bold green"))
    if result.code:
        return Text.assemble(("✗ No passing chart; this is the best attempt", "bold yellow"))
    return Text.assemble(("✗ No chart", "bold red"))


def _checks(result: Result) -> tuple[CheckResult, ...]:
    """The checks of the last evaluation."""
    evaluation: Any = result.evaluation
    return () if evaluation is None else tuple(evaluation.checks)


def _print_notes(console: Console, notes: tuple[Note, ...] | list[Note]) -> None:
    """Assumptions, ambiguities and what was left out."""
    from rich.text import Text

    for note in notes:
        title = _NOTE_TITLES.get(note.kind, "Note").lower()
        console.print(Text.assemble((f"  {title:<9} ", "cyan"), note.text))
