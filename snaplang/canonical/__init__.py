"""One architecture, one form, one fingerprint.

`canonicalize` gives the canonical graph, `fingerprint` its identity, `equivalent` compares two, and
`explain_difference` says where they part. All take text, a file, a Program or a Graph.
`docs/theory.md` says what is decided and why it is exact.

The modules: `laws` is the table of what makes architectures equal; `kinds`, `terms` and `normal`
bring a graph to normal form; `colours`, `partition`, `ties` and `order` tell its instances apart;
`factor`, `sequence` and `form` write it as a graph again; `difference` compares.
"""

from snaplang.canonical.api import canonicalize, equivalent, explain_difference, fingerprint

__all__ = ["canonicalize", "equivalent", "explain_difference", "fingerprint"]
