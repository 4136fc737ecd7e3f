"""Fixtures that every room's tests share."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# The same examples in every run, whatever the load: a red run means a change, not luck.
# HYPOTHESIS_PROFILE=explore tries new ones, many more of them.
hypothesis.settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "explore",
    parent=hypothesis.settings.get_profile("steady"),
    derandomize=False,
    max_examples=1000,
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A test that is stuck outside Python (a query, a lock that is taken again while cleaning up) is
# out of reach of a time limit in Python: its process says where it is and ends, the others go on.
_STUCK = float(os.environ.get("MULTIVIS_TEST_STUCK_SECONDS", "420"))
_STDERR: list[int] = []


def pytest_configure() -> None:
    _STDERR.append(os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2))
    # what a shell starts in its background ignores Ctrl-C, and so does all that it starts
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    own = item.get_closest_marker("timeout")
    seconds = max(_STUCK, own.args[0] + 120 if own else 0)
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR[0])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _shared_data() -> Path | None:
    """The benchmark data: ``MULTIVIS_SHARED_DATA``, or ``shared/data`` beside the checkout."""
    named = os.environ.get("MULTIVIS_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with ``databases/`` and ``multivis_bench/``; the test is skipped without it."""
    folder = _shared_data()
    if folder is None:
        pytest.skip("the optional benchmark data is not here (set MULTIVIS_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a real PostgreSQL server (password included), started once for all tests."""
    from multivis.testing.postgres import postgres_server, why_not

    reason = why_not()
    if reason:
        pytest.skip(reason)
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def mysql_url() -> Iterator[str]:
    """URL of a real MariaDB server (password included), started once for all tests."""
    from multivis.testing.mysql import mysql_server, why_not

    reason = why_not()
    if reason:
        pytest.skip(reason)
    with mysql_server() as url:
        yield url
