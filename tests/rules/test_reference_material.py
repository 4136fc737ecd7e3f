"""TE-3 and EH-3: reference code and reference images."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from multivis.rules import ImageFacts, image_validation, reference_material
from multivis.rules.reference import read_image_header
from multivis.settings import Limits
from multivis.state import CodeReference, Failure, FailureKind

LIMITS = Limits()
CODE = b"""import sqlite3
import altair as alt
import pandas as pd
query = "SELECT a, b " + "FROM t"
df = pd.read_sql(query, sqlite3.connect("x.db"))
chart = alt.Chart(df).mark_bar()
"""


def read(content, kind="code", limits=LIMITS, name="a.py"):
    return reference_material(kind, content, name, limits)


def test_te3_stays_silent_on_code_that_draws():
    ruling = read(CODE)
    assert not ruling.fired
    assert ruling.value == CodeReference(
        text=CODE.decode(), path="a.py", library="altair", sql=("SELECT a, b FROM t",)
    )


def test_text_given_directly_has_no_path():
    assert read(CODE, name="").value.path is None


def test_latin_1_is_read_and_it_is_said():
    ruling = read(b"# caf\xe9\n" + CODE)
    assert ruling.fired
    assert ruling.outcome == "latin-1"
    assert ruling.value.text.startswith("# café")


def test_a_byte_order_mark_is_no_obstacle():
    assert read(b"\xef\xbb\xbf" + CODE).value.text == CODE.decode()


@pytest.mark.parametrize(
    ("content", "check", "words"),
    [
        (None, "readable", "cannot be read"),
        (b"", "empty", "is empty"),
        (b" \n\t", "empty", "is empty"),
        (b"\x00\x01\x02", "text", "not text"),
        (b"def (:\n", "syntax", "line 1"),
        (b"<html></html>", "syntax", "not valid Python"),
        (b"x = 1\n", "no_chart", "no chart library"),
        (b"import altair as alt\n", "no_chart", "draws no chart"),
        (b"import matplotlib.pyplot as plt\nplt.show()\n", "no_chart", "draws no chart"),
        (b"from bokeh.plotting import figure\np = figure()\n", "no_chart", "bokeh"),
        (b"(" * 10_000, "syntax", "not valid Python"),
    ],
)
def test_te3_fires_on_what_is_not_chart_code(content, check, words):
    ruling = read(content)
    assert ruling.fired
    assert isinstance(ruling.value, Failure)
    assert ruling.value.kind is FailureKind.CONTENT
    assert ruling.value.detail["check"] == check
    assert words in ruling.value.message


def test_code_that_is_too_long_is_refused():
    failure = read(CODE * 10, limits=Limits(code_characters=100)).value
    assert failure.detail["check"] == "size"
    assert "at most 100" in failure.message


@pytest.mark.parametrize(
    "code",
    [
        "import plotly.express as px\nfig = px.bar(x=[1], y=[2])\n",
        "import plotly.graph_objects as go\nfig = go.Figure(go.Bar(x=[1], y=[2]))\n",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.bar([1], [2])\n",
        "import pandas as pd\nimport matplotlib\npd.DataFrame({'a': [1]}).plot()\n",
        "import seaborn as sns\nsns.barplot(x=[1], y=[2])\n",
    ],
)
def test_all_three_libraries_are_known(code):
    assert isinstance(read(code.encode()).value, CodeReference)


def test_sql_is_found_wherever_it_stands_in_the_code():
    code = (
        'import altair as alt\nA = """\n-- all\nWITH x AS (SELECT 1) SELECT * FROM x"""\n'
        "B = 'selection'\nalt.Chart(A).mark_bar()\nrun('select b from t')\n"
    )
    assert len(read(code.encode()).value.sql) == 2


def picture(kind, size=(7, 5)):
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_an_image_is_known_by_its_header(kind):
    value = read(picture(kind), "image").value
    assert (value.format, value.width, value.height) == (kind, 7, 5)


def test_lossless_and_extended_webp_are_read():
    stream = io.BytesIO()
    Image.new("RGBA", (300, 200), (1, 2, 3, 4)).save(stream, "WEBP", lossless=True)
    assert read_image_header(stream.getvalue()) == ("WEBP", 300, 200)


@pytest.mark.parametrize(
    "content", [b"not an image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"RIFF....WEBPVP8 "]
)
def test_what_is_no_image_is_refused(content):
    failure = read(content, "image").value
    assert failure.kind is FailureKind.IMAGE
    assert failure.detail["check"] == "format"


def test_an_image_file_that_is_too_large_is_refused_unread():
    assert read(picture("PNG"), "image", Limits(image_bytes=10)).value.detail["check"] == "size"


FACTS = ImageFacts("a.png", True, 1000, "PNG", True, 40, 30)


def test_eh3_stays_silent_on_a_good_image():
    ruling = image_validation(FACTS, LIMITS)
    assert ruling.value is None
    assert not ruling.fired


@pytest.mark.parametrize(
    ("changes", "check", "words"),
    [
        ({"exists": False}, "exists", "no such file"),
        ({"exists": False, "problem": "permission denied"}, "exists", "permission denied"),
        ({"size": 0}, "empty", "is empty"),
        ({"size": 10**9}, "size", "1,000,000,000 bytes"),
        ({"format": None}, "format", "is not an image"),
        ({"format": "TIFF"}, "format", "TIFF"),
        ({"width": 10**5, "height": 10**5}, "pixels", "10,000,000,000 pixels"),
        ({"decodes": False}, "decodes", "damaged"),
        ({"width": 0}, "decodes", "damaged"),
    ],
)
def test_eh3_fires_and_names_the_condition_that_does_not_hold(changes, check, words):
    ruling = image_validation(replace(FACTS, **changes), LIMITS)
    assert ruling.fired
    assert ruling.value.kind is FailureKind.IMAGE
    assert ruling.value.detail["check"] == check
    assert words in ruling.value.message
