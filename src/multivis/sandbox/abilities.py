"""What this system offers to confine generated code."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from typing import Any

from multivis.sandbox.process import python_command

__all__ = ["powers"]

_MACHINES = frozenset({"x86_64", "amd64", "aarch64", "arm64"})


def powers(*, probe: bool = True) -> dict[str, Any]:
    """What the sandbox can do on this system, for `multivis doctor`.

    Args:
        probe: Whether namespaces and the filter are tried out in a process of their own (about
            0.1 s); without it only what can be read is reported.

    Returns:
        ``system``, ``landlock`` (version, 0 where there is none), ``seccomp``,
        ``namespaces`` (``user``, ``network``, ``ipc``; None when not probed), ``strict``
        (whether `ForkedSandbox` works here: Landlock and seccomp are the minimum), ``problem``
        (why not) and ``notes``.
    """
    report: dict[str, Any] = {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "landlock": 0,
        "seccomp": False,
        "namespaces": {"user": None, "network": None, "ipc": None},
        "strict": False,
        "problem": "",
        "notes": [],
    }
    report["problem"] = _missing(report)
    report["strict"] = not report["problem"]
    if report["strict"] and probe:
        report.update(_probe())
    report["notes"] = _notes(report)
    return report


def _missing(report: dict[str, Any]) -> str:
    """What is lacking, as far as it can be read; fills in the rest of the report."""
    if not sys.platform.startswith("linux"):
        return "the sandbox needs Linux"
    if platform.machine().lower() not in _MACHINES:
        return f"the sandbox has no system call list for {platform.machine()}"
    if not sys.executable:
        return "the Python interpreter is embedded and cannot be started again"
    from multivis.sandbox.confinement import landlock_abi

    report["landlock"] = landlock_abi()
    if not report["landlock"]:
        return "the kernel has no Landlock (Linux 5.13 or newer, enabled at boot)"
    if importlib.util.find_spec("pyseccomp") is None:
        return "the package 'pyseccomp' is not installed"
    report["seccomp"] = True
    return ""


def _probe() -> dict[str, Any]:
    """Try the layers out in a process of their own."""
    done = subprocess.run(
        python_command("print_powers()"), capture_output=True, text=True, timeout=30, check=False
    )
    if done.returncode != 0:
        problem = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        return {"strict": False, "problem": f"the sandbox cannot be tried out ({problem})"}
    import json

    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _notes(report: dict[str, Any]) -> list[str]:
    """What a person should know about the result."""
    notes = []
    if not report["strict"]:
        notes.append("Only settings.sandbox='subprocess' works here; it is no security boundary.")
        return notes
    if report["namespaces"]["network"] is False:
        notes.append(
            "Namespaces are not permitted here; files and the network are still closed by "
            "Landlock and seccomp."
        )
    if report["landlock"] < 3:
        notes.append("This Landlock does not guard truncation; the filter forbids it by path.")
    return notes
