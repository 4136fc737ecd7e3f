"""Where generated code runs.

`open_sandbox` gives the strict sandbox: a warm process from which a confined child is forked per
job. What is a boundary and what is not is written in docs/sandbox.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multivis.sandbox.forked import ForkedSandbox
    from multivis.sandbox.plain import SubprocessSandbox
    from multivis.settings import Settings

__all__ = ["ForkedSandbox", "SubprocessSandbox", "open_sandbox", "powers"]


def open_sandbox(
    settings: Settings | None = None, *, profile: str = "charts"
) -> ForkedSandbox | SubprocessSandbox:
    """Open the sandbox that the settings ask for.

    Args:
        settings: ``sandbox``: ``"auto"`` and ``"strict"`` need the full sandbox,
            ``"subprocess"`` asks for a plain subprocess, which is no security boundary.
            Defaults to `Settings()`.
        profile: What the code is for: ``"charts"`` has the chart libraries loaded and finds the
            chart that the code leaves; ``"volumes"`` has VTK loaded and gives back files alone.

    Raises:
        SandboxUnavailableError: This system cannot confine code and the settings do not ask for
            a plain subprocess.
    """
    from multivis.sandbox.forked import ForkedSandbox
    from multivis.sandbox.plain import SubprocessSandbox
    from multivis.settings import Settings

    settings = settings or Settings()
    if settings.sandbox == "subprocess":
        return SubprocessSandbox(settings.limits, cache_dir=settings.cache_dir, profile=profile)
    return ForkedSandbox(settings.limits, cache_dir=settings.cache_dir, profile=profile)


def powers() -> dict[str, Any]:
    """What this system offers to confine generated code (`multivis.sandbox.abilities.powers`)."""
    from multivis.sandbox.abilities import powers as probe

    return probe()


def __getattr__(name: str) -> Any:
    """Load the sandboxes when they are asked for: the worker needs neither."""
    if name == "ForkedSandbox":
        from multivis.sandbox.forked import ForkedSandbox

        return ForkedSandbox
    if name == "SubprocessSandbox":
        from multivis.sandbox.plain import SubprocessSandbox

        return SubprocessSandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
