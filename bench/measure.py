"""What a process has used of the machine, as Linux counts it: processor time, and memory at its peak."""

from pathlib import Path

RESET_PEAK = "5"


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, its threads and its children, in the scheduler's count."""
    total = 0
    for process in _with_children(pid):
        for task in Path(f"/proc/{process}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                # A thread that ended just now; those of the sides live as long as they do.
                continue
    return total / 1e9


def peak_bytes(pid: int) -> int:
    """Return the most memory that the process and its children had resident since the last reset."""
    return sum(_status(process, "VmHWM") for process in _with_children(pid))


def resident_bytes(pid: int) -> int:
    """Return the memory that is resident now."""
    return sum(_status(process, "VmRSS") for process in _with_children(pid))


def reset_peak(pid: int) -> None:
    """Let the peak begin anew at what is resident now."""
    for process in _with_children(pid):
        Path(f"/proc/{process}/clear_refs").write_text(RESET_PEAK)


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _with_children(int(child))
    return found
