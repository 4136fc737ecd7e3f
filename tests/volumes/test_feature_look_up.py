"""Features by name: what is found on the head, how sure, and what is not found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("vtkmodules")

from multivis.errors import OptionError, QuestionError, SourceFormatError
from multivis.memory import SqliteMemory
from multivis.volumes import head_phantom, open_volume
from multivis.volumes.dataset import VolumeSource
from multivis.volumes.features import FeatureIndex, learn, look_up
from multivis.volumes.features.cycle import volume_number
from multivis.volumes.features.materials import FEATURES, find_feature, material_of
from multivis.volumes.features.observe import Observer
from multivis.volumes.features.records import Caption, Mention

SEED = 11


@pytest.fixture(scope="module")
def head() -> Iterator[VolumeSource]:
    with open_volume(f"phantom:head?seed={SEED}") as source:
        yield source


@pytest.fixture(scope="module")
def index(head: VolumeSource) -> Iterator[FeatureIndex]:
    with FeatureIndex() as opened:
        learn(head, opened, views=80, pictures=False)
        yield opened


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("skin", "skin"),
        ("the nose", "nose"),
        ("half transparent skin", "skin"),
        ("soft tissue", "skin"),
        ("the skull", "skull"),
        ("bone", "skull"),
        ("the brain", "brain"),
    ],
)
def test_a_named_feature_has_the_isovalue_of_its_boundary(
    name: str, truth: str, head: VolumeSource, index: FeatureIndex
) -> None:
    answer = look_up(name, head, index=index)
    known = head_phantom(64, SEED).truth[truth]
    assert answer.found
    assert known.minimum < answer.isovalue < known.maximum
    assert answer.interval[0] < answer.isovalue < answer.interval[1]
    assert 0.5 < answer.confidence <= 1.0
    assert answer.variable == "density"


def test_an_answer_says_what_it_rests_on(head: VolumeSource, index: FeatureIndex) -> None:
    answer = look_up("the nose", head, index=index)
    assert answer.feature == "skin"
    assert "The nose is part of the skin" in answer.text
    assert "Hounsfield" in answer.text
    shown = [view for one in answer.evidence for view in one.views]
    assert shown and set(shown) <= {view.number for view in index.views(1)}


def test_what_is_not_known_is_not_found_and_what_was_found_is_named(
    head: VolumeSource, index: FeatureIndex
) -> None:
    answer = look_up("the liver", head, index=index)
    assert not answer.found
    assert answer.isovalue is None
    assert answer.confidence == 0.0
    assert "skin at -" in answer.text and "bone at" in answer.text


def test_what_the_table_knows_but_no_view_shows_is_not_found(
    head: VolumeSource, index: FeatureIndex
) -> None:
    answer = look_up("lungs", head, index=index)
    assert not answer.found
    assert "No view of 80 shows a surface between lung" in answer.text


def test_mixed_voxels_at_the_skin_are_not_taken_for_fat(index: FeatureIndex) -> None:
    assert {feature for _, feature, *_ in index.estimates(1)} == {"skin", "bone", "brain"}


def test_outside_hounsfield_units_no_table_is_used() -> None:
    with open_volume("phantom:plume") as source, FeatureIndex() as index:
        bone = look_up("bone", source, index=index, views=24)
        plume = look_up("the water plume", source, index=index, views=24)
    assert not bone.found
    assert "its units are 'K'" in bone.text
    assert plume.found
    assert 450.0 < plume.isovalue < 1_050.0
    assert "Nothing is known of 'water'" in plume.text
    assert plume.confidence < 0.5


def test_an_unknown_volume_is_looked_at_first_and_views_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "features.sqlite"
    with open_volume("phantom:head?size=32") as source:
        with FeatureIndex(path) as index:
            first = look_up("skin", source, index=index, views=16)
        with FeatureIndex(path) as index:
            again = look_up("skin", source, index=index, views=16)
    assert first.found and first.views == 16
    assert again == first


def test_captions_of_a_model_that_sees_come_before_the_table(head: VolumeSource) -> None:
    with FeatureIndex() as index:
        learn(head, index, views=40, pictures=False)
        volume = volume_number(index, Observer(head))
        for view in index.views(volume):
            if -700.0 < view.plan.isovalue < -200.0:
                seen = (Mention("turbinate", 0.2),)
                index.add_caption(view.number, Caption("A turbinate.", seen, by="eye"))
        answer = look_up("the turbinates", head, index=index)
        nothing = look_up("the tail", head, index=index)
    assert answer.found
    assert answer.feature == "skin"  # the boundary that was measured there
    assert -700.0 < answer.isovalue < -200.0
    assert "captions name it" in answer.text
    assert not nothing.found and "turbinate" in nothing.text


def test_an_empty_name_is_refused(head: VolumeSource, index: FeatureIndex) -> None:
    with pytest.raises(QuestionError, match="empty"):
        look_up("  ", head, index=index)


def test_another_database_is_no_feature_index(tmp_path: Path) -> None:
    SqliteMemory(tmp_path / "memory.sqlite").close()
    with pytest.raises(SourceFormatError, match="not a feature index"):
        FeatureIndex(tmp_path / "memory.sqlite")


def test_a_caption_needs_a_view() -> None:
    with FeatureIndex() as index, pytest.raises(OptionError, match="no view 7"):
        index.add_caption(7, Caption("Nothing."))


# ── the table ───────────────────────────────────────────────────────────────────────────────


def test_the_longest_word_names_the_feature() -> None:
    assert find_feature("show the brain surface")[0].name == "brain"
    assert find_feature("soft tissue")[0].name == "skin"
    assert find_feature("hard tissue")[0].name == "bone"
    assert find_feature("the skulls of others") is None
    assert find_feature("") is None


def test_no_word_of_the_table_names_two_features() -> None:
    words = [word for one in FEATURES for word in (one.name, *one.words, *one.parts)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("value", "name"), [(-1000, "air"), (0, "fluid"), (35, "brain"), (900, "bone"), (160, "")]
)
def test_a_value_in_hounsfield_units_is_a_material(value: float, name: str) -> None:
    assert material_of(value) == name


def test_the_isovalue_is_finite_whatever_the_name(head: VolumeSource, index: FeatureIndex) -> None:
    for name in ("'; DROP TABLE view; --", "skin " * 500, "\0", "ß", "surface"):
        answer = look_up(name, head, index=index)
        assert answer.isovalue is None or math.isfinite(answer.isovalue)
