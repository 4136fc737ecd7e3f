"""Prompts declare their variables, and are filled with exactly those."""

from __future__ import annotations

import sys

import pytest

from multivis.errors import GraphError
from multivis.llm.prompts import Prompt, load_prompt, prompt_names, render_prompt

TEMPLATE = "---\nvariables: [backend, size]\n---\n\nWrite {backend} code of {size}: {{x}}.\n"


def test_a_prompt_is_filled():
    prompt = Prompt.parse("p", TEMPLATE)
    assert prompt.variables == {"backend", "size"}
    assert prompt.render(backend="altair", size=3) == "Write altair code of 3: {x}.\n"


def test_a_value_is_never_read_as_a_template():
    text = Prompt.parse("p", TEMPLATE).render(backend="{size} {{y}} \\1", size="s")
    assert text == "Write {size} {{y}} \\1 code of s: {x}.\n"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"backend": "a"}, "lacks size"),
        ({"backend": "a", "size": 1, "colour": "red"}, "does not take colour"),
        ({}, "lacks backend, size"),
    ],
)
def test_a_missing_or_unknown_variable_is_refused(given, words):
    with pytest.raises(GraphError, match=words):
        Prompt.parse("p", TEMPLATE).render(**given)


@pytest.mark.parametrize(
    "source",
    ["Write code.\n", "---\nname: x\n---\nWrite.\n", "---\nvariables: [a]\nno end\n", ""],
)
def test_a_prompt_that_declares_nothing_is_refused(source):
    with pytest.raises(GraphError, match="does not declare its variables"):
        Prompt.parse("p", source)


def test_a_place_that_is_not_declared_is_refused():
    with pytest.raises(GraphError, match="uses size without declaring it"):
        Prompt.parse("p", "---\nvariables: [backend]\n---\n{backend} {size}\n")


def test_braces_that_are_no_place_stay():
    prompt = Prompt.parse("p", '---\nvariables: []\n---\n{"a": 1} { x } {}\n')
    assert prompt.render() == '{"a": 1} { x } {}\n'


def test_line_ends_of_windows_are_read():
    assert Prompt.parse("p", TEMPLATE.replace("\n", "\r\n")).render(backend="b", size=1)


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "my_prompts"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "greet.md").write_text("---\nvariables: [name]\n---\nHello {name}.\n")
    (folder / "notes.txt").write_text("not a prompt")
    monkeypatch.syspath_prepend(str(tmp_path))
    load_prompt.cache_clear()
    yield "my_prompts"
    load_prompt.cache_clear()
    sys.modules.pop("my_prompts", None)


def test_prompts_are_found_in_a_package(package):
    assert prompt_names(package) == ("greet",)
    assert load_prompt("greet", package).render(name="Ada") == "Hello Ada.\n"


def test_an_unknown_prompt_is_refused_with_the_known_ones(package):
    with pytest.raises(GraphError, match=r"no prompt 'part'.*greet"):
        load_prompt("part", package)
    with pytest.raises(GraphError, match=r"no prompt \'\.\./greet\'"):
        render_prompt("../greet")


@pytest.mark.parametrize("name", prompt_names())
def test_every_prompt_of_ours_can_be_filled(name):
    prompt = load_prompt(name)
    text = render_prompt(name, **{variable: f"<{variable}>" for variable in prompt.variables})
    assert all(f"<{variable}>" in text for variable in prompt.variables)
