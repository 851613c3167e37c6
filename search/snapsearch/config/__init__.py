"""What a run is asked to do: the configuration, and the parts that it names.

    sections  the sections of a TOML file
    reading   a file to a configuration, with errors that have places
    registry  names of tasks, strategies and engines

TOML -> tables -> sections -> parts. Everything wrong with a file is said at once.
Nothing is imported here: lists of what there is come without pydantic.
"""
