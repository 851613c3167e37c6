"""Write all golden pictures anew."""

from __future__ import annotations

from tests.pictures.golden import kinds, made, programs

for path in programs():
    for kind in kinds(path):
        path.with_suffix(f".{kind}").write_text(made(path, kind), "utf-8")
