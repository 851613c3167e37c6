"""Where this process trains: a device, and which share of its memory.

Engines say so once per process; tasks ask. Default: the first GPU, otherwise the CPU.

>>> place("cpu")
>>> device()
'cpu'
"""

from __future__ import annotations

from dataclasses import dataclass

from snapsearch.errors import SearchError


@dataclass
class _Place:
    wanted: str = ""
    index: int = 0
    of: int = 1
    found: str = ""


_here = _Place()


def place(device: str, index: int = 0, of: int = 1) -> None:
    """Train on `device` (`"cpu"`, `"cuda:1"`); on `""`, process `index` of `of`, on its share."""
    _here.wanted, _here.index, _here.of, _here.found = device, index, of, ""


def there(device: str, place: str | None = None) -> None:
    """Raise `SearchError` S404 for a GPU that torch does not see; `place` is where it was named."""
    if not device.startswith("cuda"):
        return
    import torch

    gpus = torch.cuda.device_count()
    if int(device.partition(":")[2] or 0) >= gpus:
        known = ", ".join(["cpu", *(f"cuda:{i}" for i in range(gpus))])
        hint = f"there is {known}; the default is the first GPU, otherwise the CPU"
        raise SearchError("S404", f"there is no device `{device}`", place, hint)


def device() -> str:
    """The device to train on, as torch names it. A share of a GPU is all that can be allocated."""
    if not _here.found:
        _here.found = _find()
    return _here.found


def _find() -> str:
    import torch

    gpus = torch.cuda.device_count()
    found = _here.wanted or (f"cuda:{_here.index % gpus}" if gpus else "cpu")
    if found.startswith("cuda"):
        beside = 1 if _here.wanted.partition(":")[2] else max(1, gpus)
        share = min(1.0, beside / _here.of)
        torch.cuda.set_per_process_memory_fraction(share, torch.device(found))
    return found
