"""Every error code of searches: what it means, and where it is short a configuration that has it.

`snapsearch explain` prints these, docs/search/errors.md is made of them, and a test runs every
`wrong`. Codes are stable: one that is given up is never used again. Programs' own errors begin with
E; `snapc explain` has those.

>>> CODES["S308"].title
'fewer trials than there are'
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A code's meaning; `wrong` is a configuration (TOML) with this error, where it is a short one.

    `right` is one that mends it.
    """

    title: str
    text: str
    wrong: str = ""
    right: str = ""


def _space(section: str) -> str:
    return f'task = "digits"\nstrategy = "random"\n\n[space]\n{section}'


def _strategy(section: str) -> str:
    return f'task = "digits"\n\n[strategy]\n{section}'


CONFIGURATION = {
    "S101": Code(
        "a value of the configuration",
        "A key that is unknown or missing, or a value out of its range. All are reported at once,\n"
        "each with its place: a line of the file, a flag, or an argument of `search`.",
        'task = "digits"\ntrials = 0',
        'task = "digits"\ntrials = 64',
    ),
    "S102": Code(
        "a configuration that cannot be read",
        "The file is not there, is no text, or is no TOML: text stands in quotes.",
        "task = digits",
        'task = "digits"',
    ),
    "S121": Code(
        "unknown name",
        "There is no task, strategy, engine or kind of output of this name. `snapsearch tasks`,\n"
        "`snapsearch strategies` and `snapsearch engines` list them; a name with a colon is your\n"
        "own, `module:attribute`.",
        'task = "digit"',
        'task = "digits"',
    ),
    "S122": Code(
        "a name of yours that cannot be loaded",
        "`module:attribute` is looked up from the working directory too. The module cannot be\n"
        "imported or has no such attribute; or it is neither class nor function, or a class of\n"
        "something else than is wanted; or what is to make a space raised, or made none.",
        'task = "nowhere:data"',
    ),
    "S123": Code(
        "options of a strategy or an engine",
        "The strategy or engine has no option of this name, or one that it needs is missing.",
        _strategy('name = "evolution"\npopul = 20'),
        _strategy('name = "evolution"\npopulation = 20'),
    ),
}

SPACES = {
    "S124": Code(
        "nothing within the limits",
        "No program of the space is well-typed and within `max_nodes`, `max_params` and\n"
        "`max_macs`, or none of 5,000 in a row that were drawn.",
    ),
    "S125": Code(
        "no symbols",
        "A free space is made of symbols.",
        _space('symbols = ""\nlength = 8'),
        _space('symbols = "dup add conv3 relu"\nlength = 8'),
    ),
    "S126": Code(
        "a symbol stands twice",
        "Each symbol of a free space is named once: draws are uniform over programs.",
        _space('symbols = "dup add relu relu"\nlength = 8'),
        _space('symbols = "dup add relu"\nlength = 8'),
    ),
    "S127": Code(
        "a template without choices",
        "A template is a program with choices, <this | that>; without one there is nothing to\n"
        "search.",
        _space('template = "dup conv3 add"'),
        _space('template = "dup <conv3 | conv5> add"'),
    ),
    "S128": Code(
        "no such file of a space",
        "The `.snap` file that `space` names is not there; names are looked up from the working\n"
        "directory.",
        _space('file = "nowhere.snap"'),
    ),
    "S129": Code(
        "no space",
        "A space is given by `symbols` and `length`, by `file` or by `template`. Tasks that train\n"
        "have one of their own, for which limits alone suffice; `table` has none.",
        _space('inputs = ["N,16,H,W"]'),
        _space('symbols = "dup add conv3 relu"\nlength = 8\nmax_nodes = 20'),
    ),
    "S130": Code(
        "no symbol of a space",
        "A symbol of a free space stands alone: an op with its arguments, a word of the prelude,\n"
        "or wiring. Choices and brackets are none. All that are wrong are reported at once.",
        _space('symbols = "dup add conv4x"\nlength = 8'),
        _space('symbols = "dup add conv4"\nlength = 8'),
    ),
    "S131": Code(
        "a free space without a program",
        "No program of up to `length` symbols leaves one tensor (with `same`, one of the first\n"
        "input's shape). Allow longer ones, or add symbols that bring tensors together.",
    ),
    "S132": Code(
        "programs that cannot be counted",
        "Stacks of this space are of too many types to count its programs exactly. Searching it\n"
        "works all the same.",
    ),
    "S133": Code(
        "not of this space",
        "A program, or a symbol in it, that the space does not have.",
    ),
    "S134": Code(
        "choices that hang on each other",
        "Which choices are asked depends on more than 100,000 combinations of others.\n"
        "Put choices beside each other instead of into each other.",
    ),
    "S135": Code(
        "a number of a space",
        "`length` is from 1 to 200, limits are whole numbers from 0. In a configuration this is\n"
        "S101.",
    ),
    "S136": Code(
        "sizes that are missing or wrong",
        "Parameters and multiply-accumulates can be counted only where widths and sizes of the\n"
        'inputs are numbers: give `sizes`, a shape for each input, such as ["N,16,32,32"].',
        _space('max_params = 500\nsizes = ["N,8"]'),
        _space('max_params = 500\nsizes = ["N,8,8,8"]'),
    ),
}

STRATEGIES = {
    "S140": Code(
        "a value of an option of `evolution`",
        "`population` is a whole number from 2, `sample` one from 1 to `population`.",
        _strategy('name = "evolution"\npopulation = 1'),
        _strategy('name = "evolution"\npopulation = 20'),
    ),
    "S141": Code(
        "an option of `latent`",
        "There is no such option, or its value is out of its range or of another type.\n"
        "`snapsearch strategies latent` shows what there is.",
        _strategy('name = "latent"\ntopp = 5'),
        _strategy('name = "latent"\ntop = 5'),
    ),
    "S142": Code(
        "nothing to learn a latent space from",
        "No program that was drawn of the space is valid.",
    ),
    "S143": Code(
        "a strategy that failed",
        "A method of the strategy raised; the place is the line that did.",
    ),
}

TASKS = {
    "S201": Code(
        "no such budget",
        "A task knows certain budgets: the `epochs` of its options, or the `signals` of a table.",
        'task = "digits"\nbudget = 3',
        'task = "digits"\nbudget = 4',
    ),
    "S202": Code(
        "data that cannot be read",
        "A folder, a picture or a table that is not there, is none, or may not be read.",
        '[task]\nname = "images"\nfolder = "nowhere"',
    ),
    "S203": Code(
        "no table",
        "A table is CSV with a header and rows below it, as many cells in each, and no column\n"
        "twice.",
    ),
    "S204": Code(
        "no such column",
        "`key`, `signals`, `metrics` and `cost` name columns of the table's header.",
    ),
    "S205": Code(
        "data that do not fit together",
        "Examples are arrays [N, C, *sizes] of one shape with one to three sizes, classes whole\n"
        "numbers from 0, at least two of them, as many as there are examples. A folder of\n"
        "pictures has a folder for each class with two pictures at least.",
    ),
    "S206": Code(
        "a function of yours that failed",
        "The function that a task names raised.",
    ),
    "S207": Code(
        "a row of another space",
        "The key of a row is no member of the space, or has words that `words` does not name.",
    ),
    "S208": Code(
        "a row that is no row",
        "A key stands in two rows, or a cell that is needed is no number.",
    ),
    "S209": Code(
        "examples of other axes",
        "Networks are built for examples with channels first and one to three sizes.",
    ),
}

RECORDS = {
    "S301": Code(
        "a folder that is taken",
        "A run begins in a folder that is new or empty. Go on with a run by `snapsearch resume`.",
    ),
    "S302": Code(
        "no run",
        "The folder has no `run.json`: give the one that `out` named.",
    ),
    "S303": Code(
        "a damaged record",
        "The run's `run.json` or its trials are missing, damaged, or of another format. Nothing\n"
        "was changed.",
    ),
    "S304": Code(
        "a run that another process holds",
        "One process writes. Wait until it ends, or stop it; reading is possible all the time.",
    ),
    "S305": Code(
        "writing failed",
        "The disk is full, or the place may not be written. What was there stays; make room, then\n"
        "`snapsearch resume` goes on.",
    ),
    "S306": Code(
        "another run",
        "The run was begun with another configuration, task or space, or with data that changed\n"
        "since. Only `trials`, `engine`, `workers`, `device` and the limits of time and memory\n"
        "may change.",
    ),
    "S307": Code(
        "a storage that fails",
        "The database that `storage` names cannot be reached or used.",
    ),
    "S308": Code(
        "fewer trials than there are",
        "`trials` counts all trials of a run, those that are there too. Name more to go on; leave\n"
        "it out to finish what was begun.",
    ),
}

RUNNING = {
    "S402": Code(
        "a worker that does not begin",
        "A worker process ended before its first trial. The engine `inline` shows why.",
    ),
    "S403": Code(
        "no trial was complete",
        "All trials failed, so there is no best one. The reason of the first is shown.",
    ),
    "S404": Code(
        "no such device",
        "There is no such GPU, as far as PyTorch sees.",
        'task = "digits"\ndevice = "cuda:99"',
    ),
    "S405": Code(
        "a script that starts itself again",
        "Worker processes import the script that starts them. Where it searches on import, each\n"
        "worker would search again; so the call of `search` stands in a function, or below\n"
        '`if __name__ == "__main__":`.',
    ),
    "S406": Code(
        "an engine that failed",
        "A method of the engine raised, or it gave an outcome of a trial that is not under way.\n"
        "`snapsearch.testing.check_engine` tries whether an engine keeps its contract.",
    ),
}

RESULTS = {
    "S501": Code(
        "a report that cannot be written",
        "Its place may not be written, or the disk is full. Nothing is left half written.",
    ),
    "S502": Code(
        "runs that cannot be compared",
        "Runs are compared of one task with the same options, one space, one budget and one\n"
        "measure, with a complete trial each.",
    ),
    "S503": Code(
        "a block that cannot be exported",
        "The format cannot say what the block does; the language's own error tells what.",
    ),
    "S504": Code(
        "no Graphviz",
        "Pictures are drawn by Graphviz's `dot`; `dot`, `mermaid` and `json` can do without.",
    ),
    "S505": Code(
        "no such trial",
        "The run has no trial of this number, or no complete one yet.",
    ),
    "S506": Code(
        "a suffix that means something else",
        "The suffix of the file to write means another kind of output than `--emit` names, or\n"
        "none, where none is named.",
    ),
}

CODES: dict[str, Code] = {
    **CONFIGURATION,
    **SPACES,
    **STRATEGIES,
    **TASKS,
    **RECORDS,
    **RUNNING,
    **RESULTS,
}


def explanation(code: str) -> str:
    """The page that `snapsearch explain` prints."""
    entry = CODES[code]
    parts = [f"{code}: {entry.title}", entry.text]
    for head, text in (("Wrong", entry.wrong), ("Right", entry.right)):
        if text:
            shown = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
            parts.append(f"{head}:\n\n{shown}")
    return "\n\n".join(parts)
