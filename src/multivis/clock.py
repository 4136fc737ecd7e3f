"""Wall-clock time that goes on evenly when somebody sets the system's clock."""

from __future__ import annotations

import time

__all__ = ["seconds_since", "steady_time"]

_STARTED = time.time()
_RAN = time.monotonic()


def steady_time() -> float:
    """Seconds since the epoch: the clock when this process began, and what passed since then.

    A run's budget begins at such a moment and is kept in its state, so that another process can
    go on with it; a monotonic clock alone would mean nothing there.
    """
    return _STARTED + time.monotonic() - _RAN


def seconds_since(moment: float) -> float:
    """Seconds that passed since a `steady_time`; never negative, whichever process asks."""
    return max(0.0, steady_time() - moment)
