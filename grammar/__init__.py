"""The grammar of SNAP, as data: `snap.lark`, read by `snaplang.parser`."""
