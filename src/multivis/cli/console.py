"""Where the command line writes: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["errors", "interruptible", "output", "print_error", "write_log"]

_LONGEST_END = 1.0  # seconds that Ctrl-C gives to queries and jobs


def output() -> Console:
    """The console for results (stdout); made anew, so that a redirected stdout is seen."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:  # rich would end the process with 1
            raise BrokenPipeError

    return Output(file=sys.stdout, highlight=False)


def errors() -> Console:
    """The console for progress and errors (stderr)."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)


def print_error(message: str, hint: str = "") -> None:
    """Print one error: the cause, then the next step."""
    from rich.text import Text

    text = Text.assemble(("Error: ", "bold red"), message)
    if hint:
        text.append(f" {hint}")
    errors().print(text, soft_wrap=True)


def write_log(error: BaseException) -> Path:
    """Write the traceback of an unexpected error to a file and say where.

    Kept in the cache folder; in the system's temporary folder when that cannot be written.
    """
    import multivis
    from multivis.errors import MultiVisError

    text = f"multivis {multivis.__version__}, Python {sys.version}\n" + "".join(
        traceback.format_exception(error)
    )
    name = f"multivis-{time.strftime('%Y%m%d-%H%M%S')}.log"
    try:
        from multivis.settings import load_settings

        folder = load_settings().cache_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(text, encoding="utf-8")
    except (OSError, MultiVisError):
        path = Path(tempfile.mkdtemp(prefix="multivis-")) / name
        path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def interruptible(
    message: str = "Interrupted.", clean: Callable[[], None] | None = None
) -> Iterator[None]:
    """Let Ctrl-C end the process at once, with exit code 130.

    An exception would not do: LangGraph waits for the threads of its nodes, and what they wait
    for need not end in time. Queries, jobs and pictures are ended first, a server's query too.
    Ending like this is safe: checkpoints are on disk as soon as a step is finished, and the
    sandbox's workers end with their parent.

    Args:
        message: What is printed.
        clean: Called before the end.
    """

    from multivis.cancellation import Cancellation
    from multivis.scratch import remove_own

    cancellation = Cancellation()

    def stop(*_: object) -> None:
        cancellation.cancel_here(_LONGEST_END)
        if clean is not None:
            clean()
        remove_own()
        # Straight to the descriptor: the interrupted code may hold the console's lock.
        os.write(2, f"\n{message}\n".encode())
        os._exit(130)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        with cancellation.active():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
