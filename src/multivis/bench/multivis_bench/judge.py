"""Ask a vision model for the perceptual score (§5.2), once for each pair of pictures."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from multivis.bench.multivis_bench.record import write_json
from multivis.charts.metrics.perceptual import Judgement

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from multivis.rules import RuleBook

__all__ = ["PictureJudge"]

_VERSION = 1


class PictureJudge:
    """Gives the perceptual score of pictures; the same question is never paid for twice.

    Args:
        model: ``"provider:name"`` or a LangChain chat model that sees pictures; RC-3 picks it
            for content with images.
        folder: Where answers are kept, by what was asked of whom; not kept by default.
        rules: The rule book; all twelve rules by default.

    Raises:
        OptionError: There is no such model.
    """

    def __init__(
        self,
        model: str | BaseChatModel,
        folder: Path | None = None,
        rules: RuleBook | None = None,
    ) -> None:
        from multivis.llm import resolve_models
        from multivis.rules import RuleBook

        self.rules = rules or RuleBook()
        self.router = resolve_models(model, vision=True, rules=self.rules)
        self.model = self.router.select("judge", images=True)
        self.folder = folder

    def judge(self, question: str, picture: bytes, gold: bytes | None = None) -> Judgement:
        """Judge one picture.

        Args:
            question: What was asked for.
            picture: The rendered chart, PNG.
            gold: The picture that was wanted, if it is to be shown.

        Raises:
            StructuredAnswerError: The model never answered in the form.
            ProviderError: The provider failed for good.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        from multivis.llm.prompts import render_prompt
        from multivis.llm.structured import ask_structured

        prompt = render_prompt("judge_picture", question=question)
        kept = self._place(prompt, picture, gold)
        found = _read(kept)
        if found is not None:
            return found
        parts: list[Any] = [{"type": "text", "text": "The chart, then what was wanted, if known."}]
        parts += [_image(content) for content in (picture, gold) if content is not None]
        answer, _, _ = ask_structured(
            self.model,
            [SystemMessage(prompt), HumanMessage(parts)],
            Judgement,
            rules=self.rules,
        )
        if kept is not None:
            write_json(kept, answer.model_dump())
        return answer

    def _place(self, prompt: str, picture: bytes, gold: bytes | None) -> Path | None:
        """The file of an answer: named by model, prompt and pictures."""
        if self.folder is None:
            return None
        from multivis.llm.calls import model_name

        content = hashlib.sha256()
        for part in (str(_VERSION).encode(), model_name(self.model).encode(), prompt.encode()):
            content.update(hashlib.sha256(part).digest())
        for image in (picture, gold or b""):
            content.update(hashlib.sha256(image).digest())
        return self.folder / f"{content.hexdigest()[:32]}.json"


def _read(path: Path | None) -> Judgement | None:
    """A kept answer, if it is there and whole."""
    if path is None or not path.is_file():
        return None
    try:
        return Judgement.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None


def _image(content: bytes) -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url}}
