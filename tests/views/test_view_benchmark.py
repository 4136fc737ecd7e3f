"""Questions of a generated chart benchmark, answered from specifications alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multivis.views import ViewStore, answer_about


@pytest.mark.data
def test_every_question_but_ties_of_rounding_is_answered_rightly(shared_data: Path):
    """Which of several straight lines is smoothest is decided by rounding: there a tie is yes."""
    figures = sorted((shared_data / "iplotbench" / "seed7").glob("*/qa_pairs.json"))
    if not figures:
        pytest.skip("the generated figures are not here")
    wrong, asked = [], 0
    with ViewStore() as store:
        views = store.session()
        for file in figures:
            spec = json.loads(file.with_name("fig.json").read_text("utf-8"))
            view = views.view(views.add_figure(spec)["plot_id"])
            for pair in json.loads(file.read_text("utf-8")):
                question = pair.get("question_string") or pair["question"]
                answer = answer_about(view, question)
                asked += 1
                if answer.value is not bool(pair["answer"]):
                    wrong.append((file.parent.name, question, answer))
    assert asked > 1000 and len(wrong) <= 0.015 * asked
    for name, question, answer in wrong:
        assert "not to be told from" in answer.text, (name, question, answer.text)
