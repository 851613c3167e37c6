"""Reports: what a run found, as one HTML page that needs nothing beside itself.

`record` is what a report is made of, `measures` the numbers, `figures` the plots, `landscape` the
map of architectures, `pictures` the blocks' drawings, `page` the page, `beside` several runs
compared. Nothing here runs a search or reads a store.
"""

from __future__ import annotations

from snapsearch.report.beside import write_comparison
from snapsearch.report.page import write
from snapsearch.report.record import Record

__all__ = ["Record", "write", "write_comparison"]
