"""``multivis verify``: check the theorems and say what was walked."""

from __future__ import annotations

from multivis.cli.console import output

__all__ = ["verify"]


def verify(*, steps: int | None, agent_steps: int | None, failures: int | None, paths: bool) -> int:
    """Walk, print, and give the exit status: 0 when all four theorems hold.

    Args:
        steps: T_max of the coordinator; None for the standard one, likewise the next two.
        agent_steps: T_max of each agent.
        failures: Failures in a row that end a loop.
        paths: Whether the longest path of each loop is printed.
    """
    from rich.table import Table

    from multivis.settings import Limits
    from multivis.verify import verify as walk

    given = {"max_steps": steps, "max_agent_steps": agent_steps, "max_failures": failures}
    limits = Limits.model_validate({k: v for k, v in given.items() if v is not None})
    found = walk(limits=limits)
    table = Table(box=None, pad_edge=False)
    for name in ("loop", "states", "transitions", "calls of rules", "longest path", "bound"):
        table.add_column(name, justify="left" if name == "loop" else "right")
    for loop in found.loops:
        numbers = (loop.states, loop.transitions, loop.calls, loop.longest, loop.bound)
        table.add_row(loop.name, *(f"{number:,}" for number in numbers))
    console = output()
    console.print(table)
    console.print()
    if paths:
        for loop in found.loops:
            console.print(f"The longest path of {loop.name}:")
            for number, state in enumerate(loop.path, start=1):
                console.print(f"  {number}. {state}", soft_wrap=True)
            console.print()
    for violation in found.violations:
        console.print(str(violation), soft_wrap=True, style="red")
    names = ("1 parameter safety", "2 bounded recovery", "3 termination", "4 reliability, routing")
    for number, name in enumerate(names, start=1):
        wrong = sum(violation.theorem == number for violation in found.violations)
        console.print(f"Theorem {name}: {'holds' if not wrong else f'{wrong} violations'}")
    console.print(
        f"{found.states:,} states, {found.transitions:,} transitions, {found.seconds:.1f} s"
    )
    return 0 if found.holds else 1
