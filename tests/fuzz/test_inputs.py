"""Whatever is put in, an answer or one of multivis's own errors comes out.

`benchmarks/fuzz.py` puts the same inputs through the same doors for hours; here are few of them,
the same ones every time.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings

from .targets import TARGETS, World, run_target

_INPUTS = {
    "questions": 12,
    "view questions": 60,
    "refinements": 4,
    "schemas": 12,
    "frames": 15,
    "files": 40,
    "rows": 40,
    "statements": 25,
    "specifications": 40,
    "pictures": 12,
    "reference pictures": 3,
    "reference code": 15,
    "arguments": 15,
    "volume requests": 3,
    "volume files": 50,
    "commands": 20,
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_ends_in_an_answer_or_an_error_of_multivis(name: str, world: World) -> None:
    target = TARGETS[name]

    @settings(max_examples=_INPUTS[name], database=None, phases=(Phase.generate,))
    @given(target.inputs)
    def every(made: Any) -> None:
        assert run_target(target, made, world)

    every()
