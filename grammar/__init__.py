"""The grammar of SNAP, as data: `snap.lark`, and `snap.json`, the LALR(1) table made of it."""
