"""Holds the newest good extract: looks at the file, has it read by another process, and maps what that made.

A broken file leaves the one before in use. Each worker of the gateway holds an extract of its own, which is
outside Python's memory.
"""

import asyncio
import mmap
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec
import structlog

from upstreams.delius.extract.index import Index
from upstreams.delius.extract.report import Broken, Report
from upstreams.delius.extract.route import Held

log = structlog.get_logger("upstreams")

LOOK_SECONDS = 0.5
RETRY_SECONDS = 60.0
"""Until a file is read again whose reader was ended by something else than the file."""
START_SECONDS = 10.0
"""How long the start waits for the first file; it goes on without it."""
LOAD_SECONDS = 900.0
PACKAGES = Path(__file__).parents[3]
"""From where the other process has the same code."""

Stamp: TypeAlias = tuple[int, int, int, int]
NEVER: Stamp = (0, 0, 0, 0)
"""No file's."""


class LoadObserver(Protocol):
    """Who counts what came of reading files."""

    def extract_load(self, report: Report) -> None:
        """Another file was read, or could not be."""


class ExtractFile:
    """The file of the settings, and what is held of it."""

    def __init__(self, path: Path, observer: LoadObserver) -> None:
        self.held: Held | None = None
        self._path = path.absolute()
        self._observer = observer
        self._report: Report | None = None
        self._tried = asyncio.Event()

    async def report(self) -> Report:
        """Return what came of the newest attempt, once there was one."""
        await self._tried.wait()
        assert self._report is not None
        return self._report

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["ExtractFile"]:
        """Watch the file meanwhile; the first one is waited for, for a moment."""
        watch = asyncio.create_task(self._watch())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(START_SECONDS):
                    await self.report()
            yield self
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self) -> None:
        """Look at the file for ever, and read it when it has changed and is no longer changing."""
        read: Stamp | None = NEVER
        seen: Stamp | None = NEVER
        while True:
            stamp = await asyncio.to_thread(self._stamp)
            pause = LOOK_SECONDS
            if stamp == seen != read:
                read = stamp
                self._report = report = await self._load()
                self._tried.set()
                if report.broken is Broken.CRASHED:
                    read, pause = NEVER, RETRY_SECONDS
            seen = stamp
            await asyncio.sleep(pause)

    def _stamp(self) -> Stamp | None:
        """Return what changes when the file does, its rights among it; None where there is none."""
        try:
            file = self._path.stat()
        except OSError:
            return None
        return file.st_ino, file.st_mtime_ns, file.st_ctime_ns, file.st_size

    async def _load(self) -> Report:
        try:
            report = await self._take_up()
        except Exception as error:  # noqa: BLE001 - whatever it is, the file is looked at again
            # There was no memory, descriptor or process to be had, or its time is none that there is.
            log.error("extract_not_read", error=type(error).__name__)
            report = Report(broken=Broken.CRASHED)
        if report.broken is None:
            log.info("extract_taken_up", rows=report.rows, doubled=report.doubled)
        else:
            log.error("extract_not_taken_up", reason=report.broken.value, missing=report.missing)
        self._observer.extract_load(report)
        return report

    async def _take_up(self) -> Report:
        descriptor = _memory()
        try:
            report = await _read(self._path, descriptor)
            if report.tables is not None:
                content = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
                self.held = Held(Index(content, report.tables), report.modified)
        finally:
            os.close(descriptor)
        return report


async def _read(path: Path, descriptor: int) -> Report:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "upstreams.delius.extract", str(path), str(descriptor)),
        stdin=DEVNULL,
        stdout=PIPE,
        # What a library says of a file may hold what is in it.
        stderr=DEVNULL,
        cwd=PACKAGES,
        pass_fds=(descriptor,),
    )
    return await _report_of(process)


async def _report_of(process: Process) -> Report:
    try:
        async with asyncio.timeout(LOAD_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return Report(broken=Broken.TOO_SLOW)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == -signal.SIGXCPU:
        return Report(broken=Broken.TOO_SLOW)
    try:
        return msgspec.json.decode(said, type=Report)
    except msgspec.MsgspecError:
        return Report(broken=Broken.CRASHED)


def _memory() -> int:
    """Return a file that no folder has: an index holds people, and is to be gone with the process."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("extract")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
