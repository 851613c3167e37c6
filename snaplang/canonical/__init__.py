"""One architecture, one form, one fingerprint.

`laws` is the table of what makes architectures equal, `rules` and `parts` what each does. `kinds`,
`family`, `terms` and `normal` bring a graph to normal form. `layout` has the bytes; `colours`,
`readers`, `wires`, `partition`, `exchange`, `ties` and `order` tell instances apart; `fingerprint`
hashes what they find. `factor`, `sequence`, `cutting`, `route` and `form` write a normal form as a
graph again, on what `inputs` and `fitting` find for it; `difference` says where two part.
`docs/theory.md` says why it is exact.
"""
