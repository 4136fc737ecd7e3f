"""Parsing from several threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from multivis.syntax import parse_python


def test_many_threads_parse_at_once_without_a_system_error() -> None:
    code = (
        "x = " + "(" * 40 + "1" + ")" * 40 + "\n" + "\n".join(f"y{n} = [{n}]" for n in range(400))
    )
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(lambda _: parse_python(code), range(200)))
    assert all(len(tree.body) == 401 for tree in trees)


@pytest.mark.parametrize("text", ["a = (", "\x00", "x = '\ud800'", "-" * 100_000 + "1"])
def test_whatever_does_not_parse_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse_python(text)
