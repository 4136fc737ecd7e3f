"""How long it takes until multivis answers: the import and ``multivis --help``.

Targets: `import multivis` under 0.15 s, `multivis --help` under 0.5 s.
"""

from __future__ import annotations

import subprocess
import sys

from timing import Row, measure, print_table


def _python(code: str) -> float:
    """Median time of a Python process that runs `code`."""
    return measure(lambda: subprocess.run([sys.executable, "-c", code], check=True), repeat=7)


def _help() -> float:
    """Median time of `multivis --help`, the way the installed command starts it."""
    code = "import sys; from multivis.cli import main; sys.argv = ['multivis', '--help']; main()"
    command = [sys.executable, "-c", code]
    return measure(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), repeat=7)


def main() -> None:
    """Measure and print."""
    print_table(
        "Start-up (whole processes)",
        [
            Row("python -c pass", _python("pass"), "baseline"),
            Row("import multivis", _python("import multivis"), "target < 0.15 s"),
            Row("multivis --help", _help(), "target < 0.5 s"),
            Row("import pandas", _python("import pandas"), "for comparison"),
        ],
    )


if __name__ == "__main__":
    main()
