"""Running a search: from a configuration to results.

    assembly   a configuration to its parts: task, space, strategy
    loop       propose, evaluate, record
    session    a run with a record on disk; finding is one without
    progress   what people see of it
    export     results as files
    listing    what there is to configure
    interrupts control-C

Configuration -> parts -> loop -> record.
"""
