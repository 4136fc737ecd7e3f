"""Ask a model about one picture, and get the answer in a form."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from multivis.llm.brief import render_brief
from multivis.llm.prompts import render_prompt
from multivis.llm.structured import ask_structured
from multivis.settings import Limits

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["picture_asker"]

M = TypeVar("M", bound=BaseModel)


def picture_asker(
    model: BaseChatModel, prompt: str, *, limits: Limits | None = None
) -> Callable[[str, bytes, type[M]], M]:
    """A function that shows a PNG to a model and gives its answer in a form.

    Args:
        model: Any chat model that sees.
        prompt: Name of the prompt (`multivis.prompts`) that says what is wanted.
        limits: Bounds of each call.

    Returns:
        ``ask(measured, picture, form)``: what is known of the picture in words, the PNG, the
        form of the answer. It raises what `ask_structured` raises.
    """
    system = render_prompt(prompt)

    def ask(measured: str, picture: bytes, form: type[M]) -> M:
        from langchain_core.messages import HumanMessage, SystemMessage

        url = f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}"
        content: list[str | dict[Any, Any]] = [
            {"type": "text", "text": render_brief({"measured": measured})},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        messages = [SystemMessage(system), HumanMessage(content)]
        answer, _, _ = ask_structured(model, messages, form, limits=limits)
        return answer

    return ask
