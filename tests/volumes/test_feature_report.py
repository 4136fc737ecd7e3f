"""The measures of learning, the report, and the commands `multivis volume …`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("vtkmodules")

from multivis.cli import main
from multivis.errors import EmptySourceError, MissingExtraError, OptionError
from multivis.llm.pictures import picture_asker
from multivis.testing import ScriptedChatModel
from multivis.volumes import open_volume
from multivis.volumes.features import FeatureIndex, learn
from multivis.volumes.features.captions import ViewCaption
from multivis.volumes.features.finetune import FinetuneOptions, finetune
from multivis.volumes.features.metrics import (
    consistency,
    mann_whitney_u,
    pairwise_similarities,
    vocabulary,
)
from multivis.volumes.features.report import known_truth, learning_report

HEAD = "phantom:head?seed=7&size=32"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


# ── measures ────────────────────────────────────────────────────────────────────────────────


def test_vocabulary_counts_words_and_no_numbers() -> None:
    assert vocabulary(["Bone at 300 HU.", "bone at 1550 hu"]) == 3
    assert vocabulary([]) == 0


def test_consistency_is_the_mean_similarity_of_all_pairs() -> None:
    assert consistency(["a b", "a b", "a b"]) == pytest.approx(1.0)
    assert consistency(["a", "b"]) == 0.0
    assert consistency(["a", "a", "b"]) == pytest.approx(1 / 3)
    assert consistency(["a"]) == 0.0


def test_many_captions_are_compared_in_part() -> None:
    assert len(pairwise_similarities([f"a {number}" for number in range(400)])) <= 20_000


def test_mann_whitney_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    chance = np.random.default_rng(0)
    for one, two in (
        (chance.normal(0, 1, 40), chance.normal(0.5, 1, 55)),
        (chance.integers(0, 5, 60), chance.integers(1, 5, 33)),
        ([1.0], [2.0]),
        ([3, 3, 3], [3, 3]),
    ):
        mine = mann_whitney_u(one, two)
        theirs = stats.mannwhitneyu(one, two, method="asymptotic")
        assert mine.u == theirs.statistic
        if np.isfinite(theirs.pvalue):
            assert mine.p == pytest.approx(theirs.pvalue, rel=1e-9)


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
)
@settings(max_examples=100, deadline=None)
def test_mann_whitney_counts_pairs(one: list[int], two: list[int]) -> None:
    result = mann_whitney_u(one, two)
    assert result.u == sum((a > b) + (a == b) / 2 for a in one for b in two)
    assert 0.0 <= result.p <= 1.0
    assert result.u + mann_whitney_u(two, one).u == len(one) * len(two)


def test_a_test_of_nothing_is_refused() -> None:
    with pytest.raises(OptionError, match="two samples"):
        mann_whitney_u([], [1.0])


def test_the_truth_of_a_phantom_is_known_and_of_nothing_else() -> None:
    assert set(known_truth(HEAD)) == {"skin", "bone", "brain", "teeth"}
    assert known_truth("phantom:plume") == {}
    assert known_truth("head.vti") == {}


# ── the report and the commands ─────────────────────────────────────────────────────────────


def test_learn_look_up_and_report_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = str(tmp_path / "features.sqlite")
    assert run("volume", "learn", HEAD, "--views", "14", "--index", index) == 0
    told = capsys.readouterr()
    assert "14 views made" in told.out and "skin" in told.out
    assert run("volume", "learn", HEAD, "--views", "18", "--index", index, "--no-pictures") == 0
    assert "4 views made" in capsys.readouterr().out
    with FeatureIndex(index) as kept:
        assert sum(kept.picture(view.number) is not None for view in kept.views(1)) >= 12
    assert run("volume", "feature", HEAD, "the nose", "--index", index) == 0
    assert "The nose is part of the skin" in capsys.readouterr().out
    assert run("volume", "feature", HEAD, "the liver", "--index", index) == 1
    assert "was not found" in capsys.readouterr().out
    assert run("volume", "report", HEAD, "--index", index, "--out", str(tmp_path / "out")) == 0
    assert "consistency" in capsys.readouterr().out
    assert (tmp_path / "out" / "report.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["views"][-1] == 36  # the look-up made the views that it wanted
    assert report["vocabulary"] == sorted(report["vocabulary"])
    assert max(report["errors"]["skin"].values()) < 0.05


def test_a_budget_ends_learning_and_the_command_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = str(tmp_path / "f.sqlite")
    given = ["--budget", "0.3s", "--views", "9000", "--no-pictures", "--index", index]
    assert run("volume", "learn", HEAD, *given) == 0
    told = capsys.readouterr().out
    assert "the time is over" in told and "goes on where it ended" in told


@pytest.mark.slow
def test_ctrl_c_ends_learning_after_the_view_at_hand(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    code = "import sys; from multivis.cli import main; main(sys.argv[1:])"
    arguments = ["volume", "learn", HEAD, "--views", "90000", "--no-pictures", "--index", str(path)]
    cycle = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        with FeatureIndex(path) as index:
            while not index.count(1) and cycle.poll() is None:
                time.sleep(0.05)
            cycle.send_signal(signal.SIGINT)
            out, err = cycle.communicate(timeout=120)
            assert cycle.returncode == 0, err
            assert b"stopped" in out and b"goes on where it ended" in out
            assert f"{index.count(1):,} in ".encode() in out
    finally:
        cycle.kill()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["learn", HEAD, "--budget", "soon"], "The budget 'soon' is no time"),
        (["learn", HEAD, "--adapter", "x"], "needs its base model"),
        (["learn", "phantom:nobody"], "no phantom 'nobody'"),
        (["feature", HEAD, " "], "empty"),
        (["learn", HEAD, "--variable", "heat"], "no variable 'heat'"),
        (["finetune", HEAD, "--model", "m", "--out", "o", "--rank", "0"], "The option rank"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("volume", *arguments, "--index", str(tmp_path / "f.sqlite")) == 2
    assert message in capsys.readouterr().err


def test_a_report_of_nothing_says_how_to_begin() -> None:
    with (
        open_volume(HEAD) as source,
        FeatureIndex() as index,
        pytest.raises(EmptySourceError, match="holds no view") as error,
    ):
        learning_report(source, index)
    assert "multivis volume learn" in error.value.hint


def test_without_the_extra_fine_tuning_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("multivis.volumes.features.finetune.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="LoRA") as error:
        finetune([(b"", "a"), (b"", "b")], "model", tmp_path)
    assert "multivis[finetune]" in error.value.hint


def test_fine_tuning_without_pictures_says_where_they_come_from(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="there are 0") as error:
        finetune([], "model", tmp_path)
    assert "multivis volume learn" in error.value.hint
    with pytest.raises(OptionError, match="learning_rate"):
        FinetuneOptions.of(learning_rate=-1.0)


def test_a_chat_model_captions_through_a_form() -> None:
    model = ScriptedChatModel(
        [
            {
                "name": "ViewCaption",
                "args": {"caption": "A face.", "features": [{"name": "face", "share": 0.9}]},
            }
        ]
    )
    answer = picture_asker(model, "volume_caption")("At -470 HU.", b"\x89PNG", ViewCaption)
    assert answer.features[0].name == "face"
    (call,) = model.calls
    text, image = call.messages[1].content
    assert "At -470 HU." in text["text"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,")


def test_documents_are_asked_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ct.md").write_text("# 12 November 2026\nBone: isovalue 300 HU looks best.\n")
    assert run("documents", "what isovalue for bone?", "--folder", str(tmp_path)) == 0
    assert "300 HU" in capsys.readouterr().out
    assert run("documents", "what about the liver?", "--folder", str(tmp_path)) == 1
    assert run("documents", "bone", "--folder", str(tmp_path / "none")) == 2


def test_estimates_are_written_down_as_views_are_made() -> None:
    with open_volume(HEAD) as source, FeatureIndex() as index:
        learn(source, index, views=20, pictures=False)
        report = learning_report(source, index)
        assert {views for views, *_ in index.estimates(1)} == {10, 20}
    assert set(report.estimates["skin"]) == {10, 20}
    assert report.test is not None and 0.0 <= report.test.p <= 1.0
