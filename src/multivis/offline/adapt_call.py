"""Scenarios B and C: let a reference shape a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from multivis.errors import MultiVisError
from multivis.offline.plan import Plan

__all__ = ["adapt_to_reference", "dress_like_picture"]


def adapt_to_reference(reference_code: str, plan: Plan, question: str = "") -> Plan:
    """Take marks, channels, layers, interactions and styling over from reference code.

    A reference that cannot be read leaves the plan as it is, and the plan says so.
    """
    from multivis.offline.adapt import adapt_reference
    from multivis.offline.adapt_errors import with_errors_like
    from multivis.offline.adapt_idle import without_idle_parts

    try:
        adapted = adapt_reference(reference_code, plan, question)
        adapted = with_errors_like(reference_code, adapted, question)
        return without_idle_parts(reference_code, adapted, question)
    except MultiVisError as error:
        note = f"The reference code could not be followed: {error.message}"
        return replace(plan, left_out=(*plan.left_out, note))


def dress_like_picture(style: Mapping[str, Any], plan: Plan, question: str = "") -> Plan:
    """Take the look of a picture over: colours, points on lines, lying bars."""
    from multivis.offline.adapt import dress_like
    from multivis.offline.style_code import style_as_code

    try:
        return dress_like(style_as_code(style), plan, question)
    except MultiVisError as error:
        note = f"The reference picture could not be followed: {error.message}"
        return replace(plan, left_out=(*plan.left_out, note))
