"""One architecture, one form, one fingerprint.

`laws` is the table of what makes architectures equal. `kinds`, `family`, `terms` and `normal` bring
a graph to normal form; `colours`, `partition`, `ties` and `order` tell its instances apart;
`fingerprint` hashes what they find. `factor`, `sequence`, `route`, `inputs` and `form` write a
normal form as a graph again; `difference` says where two part. `docs/theory.md` says why it is
exact.
"""
