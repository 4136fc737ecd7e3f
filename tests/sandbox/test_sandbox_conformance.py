"""Both sandboxes do what the suite for third parties asks."""

from __future__ import annotations

import sys

import pytest

from multivis.protocols import Sandbox
from multivis.sandbox import ForkedSandbox, SubprocessSandbox, powers
from multivis.testing.sandboxes import SandboxConformance


@pytest.mark.skipif(not powers()["strict"], reason=f"no strict sandbox: {powers()['problem']}")
class TestForkedSandbox(SandboxConformance):
    def make_sandbox(self) -> Sandbox:
        return ForkedSandbox()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
class TestSubprocessSandbox(SandboxConformance):
    def make_sandbox(self) -> Sandbox:
        return SubprocessSandbox()
