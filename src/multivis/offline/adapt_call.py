"""Scenario C: let reference code shape a plan."""

from __future__ import annotations

from dataclasses import replace

from multivis.errors import MultiVisError
from multivis.offline.plan import Plan

__all__ = ["adapt_to_reference"]


def adapt_to_reference(reference_code: str, plan: Plan, question: str = "") -> Plan:
    """Take marks, channels, layers, interactions and styling over from reference code.

    A reference that cannot be read leaves the plan as it is, and the plan says so.
    """
    from multivis.offline.adapt import adapt_reference

    try:
        return adapt_reference(reference_code, plan, question)
    except MultiVisError as error:
        note = f"The reference code could not be followed: {error.message}"
        return replace(plan, left_out=(*plan.left_out, note))
