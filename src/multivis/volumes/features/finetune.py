"""Fine-tune a vision-language model on the pictures and captions of the index (LoRA).

VizGenie (§5.2.6) adapts the attention projections of a vision-language model to captioned views
of a domain and leaves all other weights as they are. Here the pairs come from the feature index;
any model that transformers opens as "image-text-to-text" can be adapted. torch, transformers
and peft come with the extra ``[finetune]``.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multivis.errors import MissingExtraError, ModelError, OptionError, OutputError
from multivis.volumes.features.materials import FEATURES
from multivis.volumes.features.records import Caption, Mention

if TYPE_CHECKING:
    from multivis.volumes.features.records import ViewFacts

__all__ = ["FinetuneOptions", "FinetuneResult", "TunedCaptioner", "finetune", "require_finetune"]

ATTENTION_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "out_proj")
PROMPT = "Describe the isosurface in this picture."
IGNORED = -100
"""Label of a token that the loss leaves out."""


class FinetuneOptions(BaseModel):
    """How a model is adapted.

    Attributes:
        rank: Rank of the added matrices.
        alpha: Their scale is alpha / rank; None: twice the rank.
        dropout: On the way into them.
        epochs: How often each pair is seen.
        learning_rate: Of AdamW.
        batch: Pairs a step.
        targets: Names of the linear layers that are adapted: the attention projections.
        longest: Most tokens of a pair.
        seed: Of the initial matrices and of the order of pairs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int = Field(8, ge=1, le=256)
    alpha: int | None = Field(None, ge=1, le=1_024)
    dropout: float = Field(0.0, ge=0.0, le=0.9)
    epochs: int = Field(3, ge=1, le=1_000)
    learning_rate: float = Field(2e-4, gt=0.0, le=1.0)
    batch: int = Field(4, ge=1, le=512)
    targets: tuple[str, ...] = Field(ATTENTION_PROJECTIONS, min_length=1, max_length=32)
    longest: int = Field(512, ge=16, le=8_192)
    seed: int = Field(0, ge=0)

    @classmethod
    def of(cls, **given: Any) -> FinetuneOptions:
        """Options from values that may be out of bounds.

        Raises:
            OptionError: One is, with its name.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            raise OptionError(
                f"The option {first['loc'][0]!s} of fine-tuning cannot be used: "
                f"{first['msg'].lower()}.",
                hint="See docs/volume_features.md for the bounds.",
            ) from error


@dataclass(frozen=True)
class FinetuneResult:
    """What fine-tuning came to.

    Attributes:
        adapter: Folder with the adapter.
        losses: Mean loss of each epoch.
        steps: Optimizer steps.
        pairs: Pictures with captions.
        trainable: Parameters that were trained.
        parameters: All parameters.
        targets: Names of the layers that were adapted.
        seconds: Wall-clock time.
    """

    adapter: Path
    losses: tuple[float, ...]
    steps: int
    pairs: int
    trainable: int
    parameters: int
    targets: tuple[str, ...]
    seconds: float


def require_finetune() -> None:
    """Raise MissingExtraError where torch, transformers or peft is not installed."""
    if any(find_spec(name) is None for name in ("torch", "transformers", "peft")):
        raise MissingExtraError("LoRA adapters", extra="finetune")


def finetune(
    pairs: Sequence[tuple[bytes, str]],
    model: str | Path,
    out: str | Path,
    *,
    options: FinetuneOptions | None = None,
    on_progress: Callable[[int, int, float], None] | None = None,
) -> FinetuneResult:
    """Adapt a model to pictures and their captions; only the adapter is written.

    Args:
        pairs: Pictures (PNG) with captions, see `FeatureIndex.pairs`.
        model: Folder or name of an image-text-to-text model of transformers.
        out: Folder for the adapter and ``finetune.json``.
        options: Rank, epochs and so on.
        on_progress: Told after each step: steps done, steps in all, loss.

    Raises:
        OptionError: There are fewer than two pairs, or no layer has one of the names.
        MissingExtraError: torch, transformers or peft is not installed.
        ModelError: The model cannot be opened, or the loss is no number.
        OutputError: The folder cannot be written.
    """
    chosen = options or FinetuneOptions()
    if len(pairs) < 2:
        raise OptionError(
            f"Fine-tuning needs captioned pictures, and there are {len(pairs)}.",
            hint="Make some first: multivis volume learn SRC.",
        )
    require_finetune()
    import torch

    started = time.monotonic()
    folder = _folder(out)
    torch.manual_seed(chosen.seed)
    base, processor = _opened(str(model))
    adapted, targets = _adapted(base, chosen)
    examples = [_example(processor, picture, text, chosen.longest) for picture, text in pairs]
    losses, steps = _train(adapted, processor, examples, chosen, on_progress)
    adapted.save_pretrained(str(folder))
    trainable, parameters = adapted.get_nb_trainable_parameters()
    result = FinetuneResult(
        folder,
        losses,
        steps,
        len(pairs),
        int(trainable),
        int(parameters),
        targets,
        time.monotonic() - started,
    )
    told = {**asdict(result), "adapter": folder.name, "model": str(model)}
    told["options"] = chosen.model_dump()
    (folder / "finetune.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return result


def _folder(out: str | Path) -> Path:
    """The folder for the adapter, made."""
    folder = Path(out).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {str(folder)!r} cannot be made: {error.strerror or error}."
        ) from error
    return folder


def _opened(name: str) -> tuple[Any, Any]:
    """A model and its processor."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    try:
        model = AutoModelForImageTextToText.from_pretrained(name)
        return model, AutoProcessor.from_pretrained(name)
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            f"The model {name!r} cannot be opened for pictures and text: {reason}",
            hint="Name a folder or a model that transformers opens as image-text-to-text.",
        ) from error


def _adapted(base: Any, options: FinetuneOptions) -> tuple[Any, tuple[str, ...]]:
    """The model with low-rank matrices beside its attention projections."""
    import torch
    from peft import LoraConfig, get_peft_model

    found = sorted(
        {
            name.rpartition(".")[2]
            for name, module in base.named_modules()
            if isinstance(module, torch.nn.Linear) and name.rpartition(".")[2] in options.targets
        }
    )
    if not found:
        linear = {
            name.rpartition(".")[2]
            for name, module in base.named_modules()
            if isinstance(module, torch.nn.Linear)
        }
        raise OptionError(
            f"The model has no linear layer named {', '.join(options.targets)}.",
            hint=f"It has: {', '.join(sorted(linear)[:12])}.",
        )
    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha or 2 * options.rank,
        lora_dropout=options.dropout,
        target_modules=found,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(base, config), tuple(found)


def _asked(processor: Any) -> str:
    """The text before the caption, in the model's own form where it has one."""
    if getattr(processor, "chat_template", None):
        content = [{"type": "image"}, {"type": "text", "text": PROMPT}]
        messages = [{"role": "user", "content": content}]
        return str(processor.apply_chat_template(messages, add_generation_prompt=True))
    token = getattr(processor, "image_token", "<image>")
    return f"{token} {PROMPT} "


def _image(picture: bytes) -> Any:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as opened:
        return opened.convert("RGB")


def _example(processor: Any, picture: bytes, caption: str, longest: int) -> dict[str, Any]:
    """A pair as tensors; the loss counts on the tokens of the caption alone."""
    asked, image = _asked(processor), _image(picture)
    end = str(getattr(processor.tokenizer, "eos_token", "") or "")
    before = processor(images=image, text=asked, return_tensors="pt")
    whole = processor(images=image, text=asked + caption + end, return_tensors="pt")
    example = {name: value[0] for name, value in whole.items()}
    length = before["input_ids"].shape[1]
    labels = example["input_ids"].clone()
    labels[:length] = IGNORED
    example["labels"] = labels
    for name in ("input_ids", "attention_mask", "labels"):
        if name in example:
            example[name] = example[name][: max(longest, length + 1)]
    return example


def _batch(processor: Any, examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Examples side by side, the shorter ones padded on the right."""
    import torch

    padding = getattr(processor.tokenizer, "pad_token_id", None) or 0
    fill = {"input_ids": padding, "attention_mask": 0, "labels": IGNORED}
    batch: dict[str, Any] = {}
    for name in examples[0]:
        values = [example[name] for example in examples]
        if values[0].dim() == 1:
            batch[name] = torch.nn.utils.rnn.pad_sequence(
                values, batch_first=True, padding_value=fill.get(name, 0)
            )
        else:
            batch[name] = torch.stack(values)
    return batch


def _train(
    model: Any,
    processor: Any,
    examples: Sequence[dict[str, Any]],
    options: FinetuneOptions,
    on_progress: Callable[[int, int, float], None] | None,
) -> tuple[tuple[float, ...], int]:
    """AdamW over the added matrices; the mean loss of each epoch, and the steps."""
    import math

    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=options.learning_rate, weight_decay=0.0)
    order = torch.Generator().manual_seed(options.seed)
    total = options.epochs * -(-len(examples) // options.batch)
    losses: list[float] = []
    done = 0
    for _ in range(options.epochs):
        mean: list[float] = []
        places = torch.randperm(len(examples), generator=order).tolist()
        for first in range(0, len(places), options.batch):
            chosen = [examples[place] for place in places[first : first + options.batch]]
            batch = {name: value.to(device) for name, value in _batch(processor, chosen).items()}
            loss = model(**batch).loss
            value = float(loss.detach())
            if not math.isfinite(value):
                raise ModelError(
                    "The loss of fine-tuning is no number any more.",
                    hint="Lower the learning rate.",
                )
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            mean.append(value)
            done += 1
            if on_progress is not None:
                on_progress(done, total, value)
        losses.append(sum(mean) / len(mean))
    return tuple(losses), done


class TunedCaptioner:
    """Captions pictures with a model of transformers, with or without an adapter.

    Args:
        model: Folder or name of the model.
        adapter: Folder that `finetune` wrote; None: the model as it is.
        tokens: Most tokens of a caption.

    Raises:
        MissingExtraError: torch, transformers or peft is not installed.
        ModelError: The model or the adapter cannot be opened.
    """

    needs_picture = True

    def __init__(
        self, model: str | Path, adapter: str | Path | None = None, *, tokens: int = 128
    ) -> None:
        require_finetune()
        self._model, self._processor = _opened(str(model))
        self.name = f"model:{Path(model).name}"
        self._tokens = tokens
        if adapter is not None:
            from peft import PeftModel

            try:
                self._model = PeftModel.from_pretrained(self._model, str(adapter))
            except (OSError, ValueError, KeyError) as error:
                raise ModelError(
                    f"The adapter {str(adapter)!r} cannot be opened: {error}",
                    hint="Name a folder that 'multivis volume finetune' wrote.",
                ) from error
            self.name = f"tuned:{Path(adapter).name}"
        self._model.eval()

    def caption(self, facts: ViewFacts | None, picture: bytes | None) -> Caption:
        """Caption a picture; the same picture has always the same caption."""
        del facts
        if picture is None:
            raise ValueError("a captioner that sees needs a picture")
        text = self.describe(picture)
        low = f" {text.lower()} "
        named = [one.name for one in FEATURES if f" {one.name} " in low]
        return Caption(text, tuple(Mention(name, 1.0 / len(named)) for name in named), self.name)

    def describe(self, picture: bytes) -> str:
        """What the model says of a picture (greedy decoding)."""
        import torch

        asked = self._processor(
            images=_image(picture), text=_asked(self._processor), return_tensors="pt"
        )
        asked = {name: value.to(self._model.device) for name, value in asked.items()}
        with torch.no_grad():
            made = self._model.generate(**asked, max_new_tokens=self._tokens, do_sample=False)
        fresh = made[0, asked["input_ids"].shape[1] :]
        return str(self._processor.tokenizer.decode(fresh, skip_special_tokens=True)).strip()
