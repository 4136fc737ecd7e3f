"""Documents: what is read, what is found, what is answered, and what is not."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from multivis.errors import SourceFormatError, SourceNotFoundError
from multivis.memory import SqliteMemory
from multivis.memory.documents import DocumentIndex
from multivis.memory.passages import passages_of

FRIDAY = date(2026, 11, 20)
NOTES = """# Head CT

## 12 November 2026
- Bone: isovalue 300 HU looks best; 250 leaks into the marrow.
- Skin at an iso-value of -300.

## 3 November 2026
For bone we tried an isovalue of 350.
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "ct.md").write_text(NOTES)
    (folder / "deep" / "plume_2026-11-19.txt").write_text("The water plume begins at 0.001.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("bone isovalue 999")
    return folder


def opened(folder: Path) -> DocumentIndex:
    index = DocumentIndex(today=lambda: FRIDAY)
    index.sync(folder)
    return index


def test_what_we_used_last_week_is_answered_with_value_source_and_period(notes: Path) -> None:
    answer = opened(notes).answer("what isovalue did we use for bone last week?")
    assert answer.found
    assert answer.values == ("300 HU",)
    assert [one.citation for one in answer.passages] == ["ct.md, line 4 (2026-11-12)"]
    assert "9 November 2026 to 15 November 2026" in answer.text


def test_without_a_time_the_newest_value_comes_first(notes: Path) -> None:
    answer = opened(notes).answer("Which isovalue for the bone?")
    assert answer.values == ("300 HU", "350")


def test_the_value_of_another_thing_in_the_same_note_is_not_taken(notes: Path) -> None:
    assert opened(notes).answer("what isovalue did we use for skin?").values == ("-300",)


def test_what_nobody_wrote_is_not_found_and_nothing_is_made_up(notes: Path) -> None:
    answer = opened(notes).answer("what isovalue did we use for the liver?")
    assert not answer.found
    assert answer.values == ()
    assert "Nothing in 2 documents says anything of 'isovalue', 'liver'" in answer.text


def test_outside_the_period_the_nearest_is_named_but_not_given_as_the_answer(notes: Path) -> None:
    answer = opened(notes).answer("what isovalue did we use for bone yesterday?")
    assert not answer.found
    assert answer.values == ()
    assert "At another time" in answer.text
    assert "ct.md, line 4 (2026-11-12)" in answer.text


def test_a_question_about_a_time_alone_gives_what_was_written_then(notes: Path) -> None:
    answer = opened(notes).answer("what happened yesterday?")
    assert answer.found
    assert "water plume" in answer.text


def test_the_date_in_a_file_name_dates_its_text(notes: Path) -> None:
    (found,) = opened(notes).search("water plume")
    assert (found.day, found.dated_by) == (date(2026, 11, 19), "name")


def test_a_file_without_any_date_is_dated_by_its_last_change(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("bone")
    moment = datetime(2026, 11, 2, 12).timestamp()
    os.utime(path, (moment, moment))
    (found,) = passages_of(path, "a.txt")
    assert (found.day, found.dated_by) == (date(2026, 11, 2), "file")


def test_only_what_changed_is_read_again_and_what_is_gone_is_dropped(
    notes: Path, tmp_path: Path
) -> None:
    with DocumentIndex(tmp_path / "index.sqlite") as index:
        assert index.sync(notes).read == 2
        assert (index.sync(notes).read, index.sync(notes).unchanged) == (0, 2)
        (notes / "ct.md").write_text(NOTES.replace("300 HU", "310 HU"))
        (notes / "deep" / "plume_2026-11-19.txt").unlink()
        report = index.sync(notes)
        assert (report.read, report.unchanged, report.removed) == (1, 0, 1)
    with DocumentIndex(tmp_path / "index.sqlite") as index:
        assert index.answer("what isovalue for bone").values[0] == "310 HU"
        assert index.search("plume") == ()


def test_past_runs_are_found_by_what_they_showed(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    told = {
        "question": "show the bone",
        "data": "head.vti",
        "status": "complete",
        "specification": {
            "stages": [{"kind": "isosurface", "name": "bone", "isovalue": 280.0, "opacity": 1}]
        },
        "trace": [{"event": "node", "at": datetime(2026, 11, 11, 9).timestamp()}],
    }
    (run / "result.json").write_text(json.dumps(told))
    answer = opened(tmp_path).answer("what isovalue did we use for bone last week?")
    assert answer.values == ("280",)
    assert answer.passages[0].citation == "runs/one/result.json (2026-11-11)"


def test_the_specification_that_a_run_was_saved_with_is_read_beside_it(tmp_path: Path) -> None:
    stages = [{"kind": "isosurface", "name": "skull", "isovalue": 488.7}]
    (tmp_path / "chart.json").write_text(json.dumps({"stages": stages}))
    told = {"question": "show it", "files": {"spec": "chart.json"}}
    (tmp_path / "result.json").write_text(json.dumps(told))
    assert opened(tmp_path).answer("which isovalue did the skull have?").values == ("488.7",)
    told["files"]["spec"] = "../chart.json"
    (tmp_path / "result.json").write_text(json.dumps(told))
    assert not opened(tmp_path).answer("which isovalue did the skull have?").found


def test_a_run_recorded_twice_under_one_name_is_kept_once() -> None:
    index = DocumentIndex(today=lambda: FRIDAY)
    index.record_run({"question": "show the skull"}, name="run 1")
    index.record_run({"question": "show the brain"}, name="run 1")
    assert len(index) == 1
    assert index.search("skull") == ()
    assert index.search("brain today")[0].day == FRIDAY


def test_a_damaged_run_is_left_out_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{")
    report = DocumentIndex().sync(tmp_path)
    assert report.left_out[0][0] == "result.json"
    assert "damaged" in report.left_out[0][1]


def test_a_missing_folder_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="no folder"):
        DocumentIndex().sync(tmp_path / "none")
    SqliteMemory(tmp_path / "memory.sqlite").close()
    with pytest.raises(SourceFormatError, match="not a document index"):
        DocumentIndex(tmp_path / "memory.sqlite")


def test_context_for_a_prompt_is_numbered_cited_and_within_its_size(notes: Path) -> None:
    index = opened(notes)
    context = index.context("show the bone")
    assert context.startswith("[1] ct.md, line ")
    assert "[2] ct.md" in context
    assert len(index.context("show the bone", characters=60)) <= 60
    assert index.context("the orchestra") == ""


class Topics(Embeddings):
    """Texts about the same topic have the same vector."""

    def embed_query(self, text: str) -> list[float]:
        about_heads = any(word in text.lower() for word in ("skull", "cranium", "bone"))
        return [1.0, 0.0] if about_heads else [0.0, 1.0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def test_embeddings_find_by_meaning_what_words_do_not(notes: Path) -> None:
    assert opened(notes).search("cranium") == ()
    index = DocumentIndex(embeddings=Topics(), today=lambda: FRIDAY)
    index.sync(notes)
    assert "Bone" in index.search("cranium")[0].text or "bone" in index.search("cranium")[0].text


def test_long_text_is_cut_at_sentences_and_lines_are_counted(tmp_path: Path) -> None:
    sentences = [f"Sentence {number} is about bone and skin.\n" for number in range(200)]
    path = tmp_path / "long.txt"
    path.write_text("".join(sentences))
    found = passages_of(path, "long.txt")
    assert all(len(one.text) <= 1_200 for one in found)
    assert "\n".join(one.text for one in found).split() == "".join(sentences).split()
    for one in found:
        assert one.text.startswith(f"Sentence {one.line - 1} ")


def test_a_pdf_is_read_by_pages_and_cited_so(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    (tmp_path / "paper.pdf").write_bytes(_pdf("The skull has an isovalue of 1550."))
    answer = opened(tmp_path).answer("what isovalue has the skull?")
    assert answer.values == ("1550",)
    assert answer.passages[0].citation.startswith("paper.pdf, page 1")


def test_a_file_that_is_no_pdf_is_left_out_with_the_reason(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    (tmp_path / "paper.pdf").write_bytes(b"nonsense")
    assert "not a PDF" in DocumentIndex().sync(tmp_path).left_out[0][1]


def _pdf(text: str) -> bytes:
    """The smallest PDF with one line of text."""
    stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(content)
    content += b"xref\n0 6\n0000000000 65535 f \n" + table
    return content + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


_INDEX = DocumentIndex(today=lambda: FRIDAY)
_INDEX.record("The bone has an isovalue of 300.", name="note")


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_question_breaks_the_search(question: str) -> None:
    assert _INDEX.answer(question).text
    assert len(_INDEX.search(question)) <= 1
