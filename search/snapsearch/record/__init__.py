"""What a run keeps: trials in a study on disk.

    base     the contract of a store; trials in memory
    storage  Optuna's storage, guarded
    store    the trials of one run

One run, one study; several processes may write to it.
"""
