"""LoRA on a tiny vision-language model with random weights: run by `make test-finetune`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra 'finetune' is not installed")
pytest.importorskip("transformers", reason="the extra 'finetune' is not installed")
pytest.importorskip("peft", reason="the extra 'finetune' is not installed")

import torch
from PIL import Image, ImageDraw

from multivis.errors import ModelError, OptionError
from multivis.volumes.features.finetune import (
    PROMPT,
    FinetuneOptions,
    FinetuneResult,
    TunedCaptioner,
    finetune,
)

pytestmark = pytest.mark.filterwarnings("default")  # those of torch and transformers are theirs

CAPTIONS = {
    "ellipse": "the skull seen from the front in one part",
    "rectangle": "soft skin around a head cut open",
}


def picture(shape: str, place: int) -> bytes:
    """A black shape on white, 32 pixels wide."""
    image = Image.new("RGB", (32, 32), "white")
    box = (4 + place % 4, 4 + place // 4 % 4, 24 + place % 3, 24 + place % 5)
    getattr(ImageDraw.Draw(image), shape)(box, fill="black")
    content = io.BytesIO()
    image.save(content, format="PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def pairs() -> list[tuple[bytes, str]]:
    return [(picture(shape, place), text) for place in range(8) for shape, text in CAPTIONS.items()]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LLaVA of a few ten thousand parameters, never trained, in a folder."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("tiny-llava")
    words = sorted({word for text in (*CAPTIONS.values(), PROMPT) for word in text.split()})
    special = ["<pad>", "<s>", "</s>", "<unk>", "<image>"]
    vocabulary = {word: number for number, word in enumerate([*special, *words])}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>"],
    )
    torch.set_num_threads(1)  # a matrix of 32 × 32 is done before a second thread wakes up
    torch.manual_seed(3)
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
    )
    text = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.3,  # so that the frozen head can tell words apart
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=4)
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessor(
            size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}
        ),
        tokenizer=tokenizer,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tuned(
    tiny: Path, pairs: list[tuple[bytes, str]], tmp_path_factory: pytest.TempPathFactory
) -> FinetuneResult:
    options = FinetuneOptions(rank=8, alpha=64, epochs=15, learning_rate=2e-2, batch=4)
    return finetune(pairs, tiny, tmp_path_factory.mktemp("adapter"), options=options)


def test_the_loss_falls(tuned: FinetuneResult) -> None:
    assert len(tuned.losses) == 15
    assert tuned.losses[-1] < 0.8 * tuned.losses[0]
    assert tuned.steps == 15 * 4


def test_only_attention_projections_are_trained(tuned: FinetuneResult) -> None:
    assert set(tuned.targets) == {"k_proj", "o_proj", "out_proj", "q_proj", "v_proj"}
    assert 0 < tuned.trainable < tuned.parameters


def test_the_adapter_is_saved_with_what_made_it(tuned: FinetuneResult, tiny: Path) -> None:
    names = {path.name for path in tuned.adapter.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "finetune.json"} <= names
    told = json.loads((tuned.adapter / "finetune.json").read_text())
    assert told["options"]["rank"] == 8
    assert told["losses"] == list(tuned.losses)
    assert told["pairs"] == 16
    whole = sum(path.stat().st_size for path in tiny.glob("*.safetensors"))
    assert (tuned.adapter / "adapter_model.safetensors").stat().st_size < whole


def test_the_adapter_loads_and_changes_captions(
    tuned: FinetuneResult, tiny: Path, pairs: list[tuple[bytes, str]]
) -> None:
    before, after = TunedCaptioner(tiny, tokens=10), TunedCaptioner(tiny, tuned.adapter, tokens=10)
    shown = [picture for picture, _ in pairs[:4]]
    untuned = [before.describe(one) for one in shown]
    adapted = [after.describe(one) for one in shown]
    assert adapted != untuned
    words = {word for text in CAPTIONS.values() for word in text.split()}

    def known(captions: list[str]) -> float:
        said = [word for caption in captions for word in caption.split()]
        return sum(word in words for word in said) / max(1, len(said))

    assert known(adapted) > known(untuned)
    assert adapted == [after.describe(one) for one in shown]  # the same picture, the same words
    caption = after.caption(None, shown[0])
    assert caption.by.startswith("tuned:")
    assert caption.text == adapted[0]


def test_the_rank_sets_how_much_is_trained(
    tiny: Path, pairs: list[tuple[bytes, str]], tmp_path: Path
) -> None:
    sizes = []
    for rank in (2, 4):
        options = FinetuneOptions(rank=rank, epochs=1, targets=("q_proj", "v_proj"))
        result = finetune(pairs[:4], tiny, tmp_path / str(rank), options=options)
        assert result.targets == ("q_proj", "v_proj")
        sizes.append(result.trainable)
    assert sizes[1] == 2 * sizes[0]


def test_the_same_seed_gives_the_same_losses(
    tiny: Path, pairs: list[tuple[bytes, str]], tmp_path: Path
) -> None:
    options = FinetuneOptions(epochs=2, seed=5)
    first, second = (
        finetune(pairs[:6], tiny, tmp_path / name, options=options).losses for name in "ab"
    )
    assert first == second


def test_progress_is_told_after_each_step(
    tiny: Path, pairs: list[tuple[bytes, str]], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    finetune(
        pairs[:4],
        tiny,
        tmp_path,
        options=FinetuneOptions(epochs=2, batch=2),
        on_progress=lambda done, total, loss: told.append((done, total)),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_layers_that_are_not_there_are_named(
    tiny: Path, pairs: list[tuple[bytes, str]], tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match="no linear layer named nothing") as error:
        finetune(pairs, tiny, tmp_path, options=FinetuneOptions(targets=("nothing",)))
    assert "q_proj" in error.value.hint


def test_a_folder_that_is_no_model_is_named(pairs: list[tuple[bytes, str]], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be opened"):
        finetune(pairs, tmp_path, tmp_path / "out")


def test_an_adapter_that_is_not_there_is_named(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="adapter"):
        TunedCaptioner(tiny, tmp_path)


def test_views_of_a_phantom_become_an_adapter_from_the_command_line(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("vtkmodules", reason="the extra 'volumes' is not installed")
    from multivis.cli import main

    index, source = str(tmp_path / "features.sqlite"), "phantom:head?size=32"
    common = [source, "--index", index]
    for arguments in (
        ["volume", "learn", *common, "--views", "6"],
        [
            *("volume", "finetune", *common, "--model", str(tiny), "--out"),
            *(str(tmp_path / "adapter"), "--epochs", "2", "--rank", "2"),
        ],
        [
            *("volume", "learn", *common, "--views", "8", "--model", str(tiny)),
            *("--adapter", str(tmp_path / "adapter")),
        ],
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "6 pairs, 4 steps, loss " in shown
    assert "2 views made" in shown
