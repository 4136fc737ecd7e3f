"""Generated modules in memory: found by task and data, never by words alone."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.errors import OptionError, SourceFormatError
from multivis.memory.modules import (
    Module,
    ModuleMemory,
    Parameter,
    Signature,
    Variable,
    task_words,
)
from multivis.state import ArtifactReference

HEAD = Signature("image", 3, (Variable("scalars"),))
PICTURE = ArtifactReference(sha256="0" * 64, media_type="image/png", size=10)

CODE = '''"""Gradient magnitude."""
PARAMETERS = {"isovalue": 300.0}


def build(data, parameters):
    return data
'''


def module(task: str = "gradient magnitude of the skull", code: str = CODE, **given) -> Module:
    values = {
        "signature": HEAD,
        "parameters": (Parameter("isovalue", 300.0, -1000.0, 3000.0, description="in HU"),),
        "versions": {"vtk": "9.7.2", "multivis": "0.1.0"},
        "checks": {"builds": True},
        **given,
    }
    return Module(task=task, code=code, **values)


@pytest.fixture
def memory():
    with ModuleMemory() as made:
        yield made


def test_a_module_is_found_by_its_task_on_such_data(memory):
    key = memory.keep(module())
    (found,) = memory.find("show the gradient magnitude of the skull", HEAD)
    assert found.module.key == key
    assert found.score == 1.0
    assert found.module.parameters[0].maximum == 3000.0
    assert found.module.versions["vtk"] == "9.7.2"


def test_the_same_words_on_other_data_find_nothing(memory):
    memory.keep(module())
    others = (
        Signature("unstructured", 3, HEAD.variables),
        Signature("image", 2, HEAD.variables),
        Signature("image", 3, (Variable("pressure"),)),
        Signature("image", 3, (Variable("scalars", 3),)),
        Signature("image", 3, (Variable("scalars", 1, "cell"),)),
    )
    for data in others:
        assert memory.find("gradient magnitude of the skull", data) == ()


def test_data_with_more_variables_than_a_module_reads_fits(memory):
    memory.keep(module())
    data = Signature("image", 3, (Variable("pressure"), Variable("scalars")))
    assert memory.find("gradient magnitude of the skull", data)


def test_data_that_fits_is_not_enough_when_the_task_is_another(memory):
    memory.keep(module())
    assert memory.find("largest connected part", HEAD) == ()
    assert memory.find("", HEAD) == ()


def test_numbers_and_endings_do_not_make_another_task(memory):
    memory.keep(module("smooth surface at 300"))
    (found,) = memory.find("Please show me the smoothed surfaces at 455.5", HEAD)
    assert found.score == 1.0


def test_modules_that_differ_in_parameters_and_comments_are_merged(memory):
    first = memory.keep(module())
    changed = CODE.replace("300.0", "455.0").replace("    return", "    # as it is\n    return")
    second = memory.keep(module("gradient strength of bone", code=changed))
    assert first == second
    assert len(memory) == 1
    assert memory.get(first).tasks == (
        "gradient magnitude of the skull",
        "gradient strength of bone",
    )
    assert memory.find("gradient strength of bone", HEAD)[0].score == 1.0


def test_the_same_code_for_other_data_is_another_module(memory):
    memory.keep(module())
    memory.keep(module(signature=Signature("rectilinear", 3, HEAD.variables)))
    assert len(memory) == 2


def test_a_failing_module_is_retired_and_its_evidence_with_it(memory):
    key = memory.keep(module())
    memory.succeeded(key, data="d", parameters={}, picture=PICTURE, checks={"builds": True})
    assert memory.answer(key, "d", {}) is not None
    assert [memory.failed(key, "it raised") for _ in range(3)] == [False, False, True]
    assert memory.find("gradient magnitude of the skull", HEAD) == ()
    assert memory.answer(key, "d", {}) is None
    assert memory.get(key).retired


def test_a_success_in_between_keeps_a_module(memory):
    key = memory.keep(module())
    memory.failed(key, "once")
    memory.failed(key, "twice")
    memory.succeeded(key, data="d", parameters={}, picture=PICTURE, checks={})
    assert not memory.failed(key, "again")
    assert memory.find("gradient magnitude of the skull", HEAD)


def test_a_retired_module_that_passes_again_gets_another_chance(memory):
    key = memory.keep(module())
    for _ in range(3):
        memory.failed(key, "it raised")
    memory.keep(module())
    assert memory.find("gradient magnitude of the skull", HEAD)


def test_evidence_is_for_exactly_the_data_and_parameters(memory):
    key = memory.keep(module())
    given = {"isovalue": 455.0, "colour": "#aabbcc"}
    memory.succeeded(
        key,
        data="one",
        parameters=given,
        picture=PICTURE,
        checks={"builds": True},
        answer={"stages": 2},
    )
    reordered = dict(reversed(given.items()))
    found = memory.answer(key, "one", reordered)
    assert found is not None and found.answer == {"stages": 2} and found.picture == PICTURE
    assert memory.answer(key, "two", given) is None
    assert memory.answer(key, "one", {**given, "isovalue": 456.0}) is None
    assert memory.get(key).uses == 1


def test_eviction_drops_retired_modules_first_and_then_the_least_used():
    with ModuleMemory(capacity=3) as memory:
        keys = [
            memory.keep(module(f"task {name}", code=f"{CODE}\nx = {number}"))
            for number, name in enumerate(["apple", "pear", "plum"])
        ]
        for _ in range(3):
            memory.failed(keys[2], "it raised")
        memory.succeeded(keys[0], data="d", parameters={}, picture=PICTURE, checks={})
        memory.keep(module("task cherry", code=f"{CODE}\nx = 3"))
        assert memory.get(keys[2]) is None
        memory.keep(module("task grape", code=f"{CODE}\nx = 4"))
        assert memory.get(keys[1]) is None
        assert memory.get(keys[0]) is not None
        assert len(memory) == 3


def test_modules_survive_in_a_file(tmp_path):
    path = tmp_path / "deep" / "modules.db"
    with ModuleMemory(path) as memory:
        key = memory.keep(module(picture=PICTURE))
    with ModuleMemory(path) as memory:
        kept = memory.get(key)
    assert kept.code == CODE
    assert kept.signature == HEAD
    assert kept.picture == PICTURE
    assert kept.last_success is not None


def test_forgetting_says_whether_it_was_there(memory):
    key = memory.keep(module())
    assert list(memory) == [key]
    assert memory.forget(key)
    assert not memory.forget(key)
    assert memory.find("gradient magnitude of the skull", HEAD) == ()


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    with pytest.raises(SourceFormatError, match="not a memory of modules"):
        ModuleMemory(path)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: module("show the 300"), "says nothing"),
        (lambda: module(code="x" * 200_001), "200,001 characters"),
    ],
)
def test_what_cannot_be_found_again_is_not_kept(memory, made, why):
    with pytest.raises(OptionError, match=why):
        memory.keep(made())


def test_a_memory_that_holds_nothing_is_refused():
    with pytest.raises(OptionError, match="holds nothing"):
        ModuleMemory(capacity=0)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_searched(text):
    with ModuleMemory() as memory:
        memory.keep(module())
        for found in memory.find(text, HEAD):
            assert found.score >= 0.5


@given(st.text(max_size=200))
def test_the_words_of_a_task_say_the_same_when_written_twice(text):
    assert task_words(text) == task_words(f"{text} {text}")
