"""Generated modules: run in the sandbox, validated beyond "it ran", kept in the memory.

A module defines ``PARAMETERS`` and ``build(data, parameters)`` and returns a renderer. It gets
the data as a file in its folder; what comes back is a picture and what was read back from the
VTK objects (`multivis.volumes.module_worker`).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.errors import MultiVisError, OptionError, RenderError
from multivis.memory.modules import ModuleMemory, Signature, Variable
from multivis.scratch import ScratchFolder
from multivis.state import CheckResult, Failure, FailureKind
from multivis.volumes.data import VolumeData
from multivis.volumes.delivery import versions
from multivis.volumes.drawing import Drawing
from multivis.volumes.specification import Camera

if TYPE_CHECKING:
    from multivis.protocols import ArtifactStore, RunError, Sandbox
    from multivis.rules import RuleBook
    from multivis.rules.code import StandardCode
    from multivis.rules.ruling import Ruling
    from multivis.settings import Settings
    from multivis.tool import Dependencies
    from multivis.volumes.dataset import VolumeFacts
    from multivis.volumes.delivery import Delivery

__all__ = ["ModuleRun", "ModuleRunner", "deliver_module", "signature_of", "standard_module"]

_KEPT_FILES = 4

#: Appended to a module: it is called, rendered and read back by multivis' own code.
_EPILOGUE = (
    "\n\nfrom multivis.volumes.module_worker import finish as _finish\n"
    "_finish(globals().get('build'), globals().get('PARAMETERS'))\n"
)


@dataclass(frozen=True)
class ModuleRun:
    """What running a module gave.

    Attributes:
        picture: A PNG, or None.
        read_back: What the VTK objects say: a record for each actor or volume, the camera.
        checks: Whether that is what was asked for.
        failure: Why there is no picture.
        seconds: Wall time, the sandbox included.
    """

    picture: bytes | None = None
    read_back: tuple[dict[str, Any], ...] = ()
    checks: tuple[CheckResult, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether there is a picture and no check of severity error failed."""
        return self.failure is None and all(
            check.passed for check in self.checks if check.severity.value == "error"
        )


class ModuleRunner:
    """Runs modules in a sandbox that has VTK loaded, and keeps the memory of them. Thread-safe.

    Both are opened when they are first needed.

    Args:
        settings: Limits, the sandbox, the folder of the memory.
        store: Where pictures are kept.
        memory: The memory or its file; ``modules.db`` in the cache folder by default.
        sandbox: Where modules run; the one that the settings ask for by default.
    """

    def __init__(
        self,
        settings: Settings,
        store: ArtifactStore,
        *,
        memory: ModuleMemory | str | Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self._memory_given = memory
        self._memory = memory if isinstance(memory, ModuleMemory) else None
        self._sandbox_given = sandbox
        self._sandbox = sandbox
        self._folder: ScratchFolder | None = None
        self._files: dict[str, Path] = {}
        self._lock = threading.RLock()

    @property
    def memory(self) -> ModuleMemory:
        """The memory of modules."""
        with self._lock:
            if self._memory is None:
                given = self._memory_given
                path = self.settings.cache_dir / "modules.db" if given is None else given
                self._memory = ModuleMemory(path if isinstance(path, Path) else str(path))
            return self._memory

    @property
    def sandbox(self) -> Sandbox:
        """Where modules run."""
        from multivis.sandbox import open_sandbox

        with self._lock:
            if self._sandbox is None:
                self._sandbox = open_sandbox(self.settings, profile="volumes")
            return self._sandbox

    def run(self, code: str, drawing: Drawing, data: VolumeData, *, preset: str = "") -> ModuleRun:
        """Run a module on data and check what it draws.

        Names are looked up in the installed VTK before anything runs.

        Args:
            code: The module.
            drawing: Its parameters, the size and, where one was chosen, the camera.
            data: The volume.
            preset: Runs before it in the same namespace: the standard imports (TE-2).
        """
        from multivis.volumes.module_checks import check_module_run, check_names

        started = time.monotonic()
        failure = check_names(code, preset)
        if failure is not None:
            return ModuleRun(failure=failure, seconds=time.monotonic() - started)
        call = drawing.module
        request = {
            "parameters": {} if call is None else call.parameters,
            "size": list(drawing.size),
            "background": drawing.background,
            "camera": drawing.camera.model_dump() if drawing.camera != Camera() else None,
        }
        with data.lock:
            time_index = drawing.time or 0
            path = self._data_file(data, time_index)
            request["orientation"] = data.volume.dataset(time_index).orientation
        limits = self.settings.limits
        run = self.sandbox.run(
            code.rstrip() + _EPILOGUE,
            {f"data{path.suffix}": path, "request.json": json.dumps(request).encode()},
            limits,
            preset=preset,
        )
        seconds = time.monotonic() - started
        if run.error is not None:
            return ModuleRun(failure=_failure(run.error, run.stdout), seconds=seconds)
        picture, told = run.files.get("picture.png"), run.files.get("read_back.json")
        if picture is None or told is None:
            return ModuleRun(failure=_no_picture(), seconds=seconds)
        try:
            records = tuple(record for record in json.loads(told) if isinstance(record, dict))
        except (ValueError, TypeError):
            return ModuleRun(failure=_no_picture(), seconds=seconds)
        return ModuleRun(
            picture=picture,
            read_back=records,
            checks=check_module_run(drawing, records, picture),
            seconds=seconds,
        )

    def answer(self, drawing: Drawing, data: VolumeData, *, check: bool = True) -> ModuleRun | None:
        """What a kept module showed on exactly these data with exactly these choices.

        Args:
            drawing: Its module, parameters and choices.
            data: The volume.
            check: Check what was read back anew; what does not pass is no answer, and the module
                is to be run again. The picture's own checks hold for the bytes of that hash.
        """
        from multivis.volumes.module_checks import check_records

        call = drawing.module
        if call is None or not call.key:
            return None
        with data.lock:
            fingerprint = data.volume.fingerprint()
        found = self.memory.answer(call.key, fingerprint, _choices(drawing))
        if found is None:
            return None
        try:
            picture = self.store.get(found.picture)
        except MultiVisError:  # pruned from the artefacts: it is drawn again
            return None
        records = tuple(found.answer.get("read_back", ()))
        checks = tuple(CheckResult.model_validate(c) for c in found.answer.get("checks", ()))
        if check:
            anew = check_records(drawing, records)
            known = {result.id for result in anew}
            checks = (*anew, *(result for result in checks if result.id not in known))
        run = ModuleRun(picture=picture, read_back=records, checks=checks)
        return run if run.passed else None

    def settle(self, drawing: Drawing, data: VolumeData, run: ModuleRun) -> None:
        """Write down in the memory whether a kept module passed on some data."""
        call = drawing.module
        if call is None or not call.key:
            return
        failed = [check for check in run.checks if check.applicable and not check.passed]
        if not run.passed or run.picture is None:
            reason = failed[0].message if failed else "It left no picture."
            self.memory.failed(call.key, reason)
            return
        with data.lock:
            fingerprint = data.volume.fingerprint()
        self.memory.succeeded(
            call.key,
            data=fingerprint,
            parameters=_choices(drawing),
            picture=self.store.put(run.picture, "image/png", "module.png"),
            checks={check.id: check.passed for check in run.checks if check.applicable},
            answer={
                "read_back": list(run.read_back),
                "checks": [check.model_dump(mode="json") for check in run.checks],
            },
        )

    def _data_file(self, data: VolumeData, time_index: int) -> Path:
        """The data as a VTK file that the sandbox may read; kept for the next run."""
        from multivis.volumes.module_worker import write_data

        key = f"{data.volume.fingerprint()}-{time_index}"
        with self._lock:
            known = self._files.get(key)
            if known is not None and known.is_file():
                return known
            if self._folder is None:
                self._folder = ScratchFolder("modules")
            while len(self._files) >= _KEPT_FILES:
                self._files.pop(next(iter(self._files))).unlink(missing_ok=True)
            path = write_data(data.volume.dataset(time_index).vtk, self._folder.path / key[:40])
            self._files[key] = path
            return path

    def close(self) -> None:
        """Stop the sandbox, close the memory, remove the data files; twice is allowed."""
        with self._lock:
            if self._sandbox is not None and self._sandbox_given is None:
                self._sandbox.close()
                self._sandbox = None
            if self._memory is not None and not isinstance(self._memory_given, ModuleMemory):
                self._memory.close()
                self._memory = None
            if self._folder is not None:
                self._folder.close()
                self._folder = None
                self._files.clear()


def _choices(drawing: Drawing) -> dict[str, Any]:
    """Everything that a module's picture depends on, besides its code and the data."""
    call = drawing.module
    return {
        "parameters": {} if call is None else call.parameters,
        "camera": drawing.camera.model_dump(mode="json"),
        "size": list(drawing.size),
        "background": drawing.background,
        "time": drawing.time or 0,
        "versions": versions(),
    }


def _failure(error: RunError, printed: str) -> Failure:
    """Why a module gave no picture, in the classes that EH-2 knows."""
    kinds = {kind.value: kind for kind in FailureKind}
    detail: dict[str, Any] = {}
    if error.line is not None and error.source_line is not None:
        detail = {"line": error.line, "source_line": error.source_line}
    message = error.message.replace("multivis.volumes.module_worker.", "")
    said = " ".join(printed.split())[-300:]
    if error.kind == "execution" and said and said not in message:
        message = f"{message} It printed: {said}"
    kind = kinds.get(error.kind, FailureKind.INTERNAL)
    return Failure(kind=kind, where="module", message=message, detail=detail)


def _no_picture() -> Failure:
    return Failure(
        kind=FailureKind.NO_CHART, where="module", message="The module ran and left no picture."
    )


def standard_module(code: str, rules: RuleBook) -> Ruling[StandardCode]:
    """TE-2 on a module: without what stood around it, and the imports that it may count on."""
    from multivis.volumes.backend import VtkBackend

    backend = VtkBackend()
    return rules.code_environment(
        code, backend.name, frame="data", environment=backend.environment()
    )


def signature_of(facts: VolumeFacts) -> Signature:
    """The signature of data: what a module in the memory must fit."""
    sides = zip(facts.bounds[::2], facts.bounds[1::2], strict=True)
    return Signature(
        kind=facts.kind,
        dimensions=sum(high > low for low, high in sides),
        variables=tuple(
            sorted(Variable(v.name, v.components, v.association) for v in facts.variables)
        ),
    )


def deliver_module(drawing: Drawing, data: VolumeData, dependencies: Dependencies) -> Delivery:
    """The picture of a module: from its evidence on exactly these data, or by running it.

    Raises:
        OptionError: There is nowhere to run modules.
        RenderError: It does not run, or leaves no picture.
    """
    from multivis.volumes.delivery import Delivery
    from multivis.volumes.scripts import module_script

    runner, call = dependencies.modules, drawing.module
    if runner is None or call is None:
        raise OptionError("There is nowhere to run modules.", hint="Use MultiVis as it is.")
    standard = standard_module(call.code, dependencies.rules).value
    run = runner.answer(drawing, data) or runner.run(
        standard.code, drawing, data, preset=standard.preset
    )
    if run.failure is not None or run.picture is None:
        message = run.failure.message if run.failure else "The module left no picture."
        if call.key:
            runner.memory.failed(call.key, message)
        raise RenderError(message)
    if call.key and run.seconds:
        runner.settle(drawing, data, run)
    return Delivery(
        picture=run.picture,
        checks=run.checks,
        read_back=run.read_back,
        script=module_script(drawing),
        notes=(_ORIGIN[call.origin],),
    )


_ORIGIN = {
    "written": "No ready tool does this: a module was written, checked and kept.",
    "stored": "A stored module was used, and checked anew on these data.",
    "shown": "A stored module had drawn exactly this before; its checked picture is shown.",
}
