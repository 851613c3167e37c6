"""Write the messages of all golden cases anew."""

from __future__ import annotations

from tests.diagnostics.golden import cases, message

for case in cases():
    head, _, _ = case.path.read_text("utf-8").partition("=== message\n")
    case.path.write_text(f"{head}=== message\n{message(case)}\n", "utf-8")
