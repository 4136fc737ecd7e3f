"""Fixtures of the model tests: loopback only, no tracing, no real keys."""

from __future__ import annotations

import pytest

_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY")
_TRACING = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_API_KEY")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer's environment holds, no test can reach a provider."""
    for name in (*_KEYS, *_TRACING, "OPENAI_BASE_URL", "OPENAI_API_BASE", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between attempts are noted instead of waited for."""
    waits: list[float] = []
    monkeypatch.setattr("multivis.llm.calls._sleep", lambda seconds, cancel: waits.append(seconds))
    return waits
