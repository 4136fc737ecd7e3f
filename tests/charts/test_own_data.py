"""Paths of a user's script: matched to the files of the source, replaced only for the run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.own_data import find_own_data, missing_imports

SHOP, OTHER = Path("/real/shop.sqlite"), Path("/real/other.csv")
FILES = {str(SHOP): SHOP}
ENVIRONMENT = "import altair as alt\nimport numpy as np\nimport pandas as pd\n"


@pytest.mark.parametrize(
    ("literal", "name"),
    [
        ("database/shop.sqlite", "database/shop.sqlite"),
        ("./database//shop.sqlite", "database/shop.sqlite"),
        ("SHOP.SQLITE", "SHOP.SQLITE"),
        ("shop.db", "shop.db"),
        ("anything.sqlite3", "anything.sqlite3"),
        ("sqlite:///database/shop.sqlite", "database/shop.sqlite"),
        ("file:database/shop.sqlite?mode=ro", "database/shop.sqlite"),
        ("/real/shop.sqlite", "data/shop.sqlite"),
        ("sqlite:////home/me/shop.sqlite", "data/shop.sqlite"),
        ("C:\\me\\shop.sqlite", "data/shop.sqlite"),
        ("../shop.sqlite", "data/shop.sqlite"),
    ],
)
def test_a_path_means_the_file_of_the_source(literal: str, name: str) -> None:
    own = find_own_data(f"x = {literal!r}\n", (literal,), FILES)
    assert own.inputs == {name: SHOP}
    assert own.unknown == ()
    assert (own.replaced == (literal,)) is (name == "data/shop.sqlite")


def test_an_address_keeps_its_form_when_its_path_is_replaced() -> None:
    literal = "sqlite:////home/me/shop.sqlite?timeout=3"
    own = find_own_data(f"engine = make({literal!r})\n", (literal,), FILES)
    assert own.code == "engine = make('sqlite:///data/shop.sqlite?timeout=3')\n"


def test_a_file_that_the_source_does_not_have_is_unknown() -> None:
    own = find_own_data("read('sales.csv')", ("sales.csv", "SELECT 1", "utf-8"), FILES)
    assert own.unknown == ("sales.csv",)
    assert "shop.sqlite" in own.inputs


def test_with_several_files_only_the_name_decides() -> None:
    files = {str(SHOP): SHOP, str(OTHER): OTHER, "/real/more.csv": Path("/real/more.csv")}
    own = find_own_data("", ("more.csv", "unheard.csv"), files)
    assert own.inputs == {"more.csv": Path("/real/more.csv")}
    assert own.unknown == ("unheard.csv",)


def test_sql_and_options_are_no_paths() -> None:
    literals = ("SELECT a FROM b", "SELECT a\nFROM b.csv", "", "utf-8", "x" * 2_000 + ".csv")
    assert find_own_data("", literals, FILES).unknown == ()


def test_joined_texts_over_lines_keep_the_numbers_of_lines() -> None:
    code = "a = open(\n    '/home/me/'\n    'shop.sqlite'\n)\nb = 1 / 0\n"
    own = find_own_data(code, ("/home/me/shop.sqlite",), FILES)
    assert own.code.splitlines()[4] == "b = 1 / 0"
    assert "'data/shop.sqlite'" in own.code
    ast.parse(own.code)


def test_texts_inside_f_strings_are_left_alone() -> None:
    code = "a = f'/home/{x}/shop.sqlite'\nb = '/home/me/shop.sqlite'\n"
    own = find_own_data(code, ("/home/me/shop.sqlite",), FILES)
    assert own.code == "a = f'/home/{x}/shop.sqlite'\nb = 'data/shop.sqlite'\n"


@given(
    st.lists(
        st.sampled_from(["x = 'ü→'; ", "y = [1, ", "# '/me/shop.sqlite'\n", "\n"]), max_size=5
    ),
    st.lists(st.sampled_from(["\n", "  # ß\n", "z = 'ä'\n"]), max_size=5),
)
@settings(deadline=None)
def test_replacing_changes_the_text_and_nothing_else(before: list[str], after: list[str]) -> None:
    code = "".join(before) + "p = '/me/shop.sqlite'\n" + "".join(after)
    try:
        ast.parse(code)
    except SyntaxError:
        return
    own = find_own_data(code, ("/me/shop.sqlite",), FILES)
    expected = code.replace("p = '/me/shop.sqlite'", "p = 'data/shop.sqlite'")
    assert own.code == expected


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("import altair as alt\nalt.Chart()", ""),
        ("alt.Chart()", "import altair as alt\n"),
        ("alt.Chart(pd.DataFrame())", "import altair as alt\nimport pandas as pd\n"),
        ("from x import y as alt\nalt.Chart()", ""),
        ("np = 3\nprint(np)", ""),
    ],
)
def test_only_imports_that_are_used_and_not_there_are_missing(code: str, needed: str) -> None:
    assert missing_imports(code, ENVIRONMENT) == needed
