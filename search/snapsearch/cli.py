"""The command `snapsearch`: parses, calls, prints; exit code 1 for errors, 2 for wrong usage.

Nothing is imported before a command needs it, so that help is there at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from snapsearch import __version__
from snapsearch.errors import SearchError

if TYPE_CHECKING:
    from snapsearch.record.store import Store
    from snapsearch.run.loop import Watcher

STOPPED = {"interrupt": 130, "terminated": 143}


class Command(click.Command):
    """A command whose errors become messages on standard error, and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except SearchError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            ctx.exit(1)
        except Exception as error:
            if not _of_language(error):
                raise
            click.echo(str(error), err=True)
            ctx.exit(1)


def _of_language(error: Exception) -> bool:
    """Whether it is a `SnapError`, of a snaplang that was imported in the meantime."""
    language = sys.modules.get("snaplang")
    return language is not None and isinstance(error, language.SnapError)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="snapsearch")
def main() -> None:
    """Find the block that works best on your data, within your budget.

    \b
    snapsearch run --task digits --trials 64 --out runs/digits
    snapsearch resume runs/digits
    snapsearch report runs/digits
    snapsearch export runs/digits --best --emit onnx
    """


def _flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags of a configuration's keys."""
    options = [
        click.option("--task", help="A task's name (see `snapsearch tasks`), or MODULE:FUNCTION."),
        click.option("--space", help="A SNAP file with choices. Default: the task's own space."),
        click.option(
            "--strategy", help="See `snapsearch strategies`, or MODULE:CLASS. Default: latent."
        ),
        click.option("--trials", type=int, help="How many architectures to evaluate. Default: 64."),
        click.option("--seed", type=int, help="Seed of everything random. Default: 0."),
        click.option(
            "--budget", type=float, help="Budget of a trial. Default: the task's full one."
        ),
        click.option("--parallel", type=int, help="Trials that run at a time. Default: 1."),
        click.option("--storage", help="SQLAlchemy URL of the trials. Default: SQLite in --out."),
        click.option("--out", type=click.Path(path_type=Path), help="The run's folder."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _machine(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags that may change on resume."""
    options = [
        click.option("--engine", help="inline, workers (see `snapsearch engines`), MODULE:CLASS."),
        click.option("--workers", type=int, help="Worker processes; implies --engine workers."),
        click.option(
            "--device", help="cpu, cuda, cuda:1. Default: the first GPU, otherwise the CPU."
        ),
        click.option("--time-limit", type=float, help="Seconds that a trial may take."),
        click.option("--memory-limit", type=float, help="GiB that a trial may allocate."),
        click.option("--quiet", is_flag=True, help="No progress, only the result."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@main.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@_flags
@_machine
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key, dotted.")
def run(config: Path | None, settings: tuple[str, ...], quiet: bool, **flags: Any) -> None:
    """Start a search: from CONFIG (TOML), from flags, or both; flags win.

    \b
    snapsearch run --task digits --strategy random --trials 16 --out runs/first
    snapsearch run search.toml --seed 1 --out runs/seed1
    snapsearch run --task digits --set task.width=32 --workers 4 --parallel 4
    snapsearch run --task images --set task.folder=photos --time-limit 600
    """
    from snapsearch.config.reading import Origin, read, value_of
    from snapsearch.run.session import begin

    given = _given(flags)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"--set takes KEY=VALUE, not `{setting}`")
        given[key.strip()] = value_of(text.strip())
    made = read(config, given)
    text = config.read_text(encoding="utf-8") if config else ""
    origin = Origin(config, text, list(given))
    _note_idle(made.engine.name, made.workers, made.parallel)
    _watched(quiet, made.folder, lambda watcher: begin(made, watcher, origin))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--trials", type=int, help="How many architectures in all, if more than before.")
@_machine
def resume(folder: Path, quiet: bool, **flags: Any) -> None:
    """Go on with a run that was cut off, or with more trials; nothing finished is repeated.

    \b
    snapsearch resume runs/first
    snapsearch resume runs/first --trials 128 --workers 2
    """
    from snapsearch.run.session import resume as go_on

    _watched(quiet, folder, lambda watcher: go_on(folder, _given(flags), watcher))


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given, as a configuration's keys."""
    given = {key: value for key, value in flags.items() if value is not None}
    if given.get("workers") and "engine" not in given:
        given["engine"] = "workers"
    if "out" in given:
        given["out"] = str(given["out"])
    return given


def _note_idle(engine: str, workers: int, parallel: int) -> None:
    if engine == "workers" and workers > parallel:
        idle = f"{workers - parallel} of {workers} workers will have nothing to do"
        click.echo(f"note: {idle}; --parallel {workers} keeps them busy", err=True)


def _watched(quiet: bool, folder: Path, work: Callable[[Watcher | None], Store]) -> None:
    """Do the work with a progress bar; say what came of it, or how to go on."""
    from snapsearch.run.interrupts import Terminated, stoppable

    try:
        with stoppable():
            store = _shown(quiet, work)
    except KeyboardInterrupt as stop:
        if (folder / "run.json").exists():
            click.echo(f"stopped; go on with: snapsearch resume {folder}", err=True)
        sys.exit(STOPPED["terminated" if isinstance(stop, Terminated) else "interrupt"])
    with store:
        _summary(store)


def _shown(quiet: bool, work: Callable[[Watcher | None], Store]) -> Store:
    if quiet:
        return work(None)
    from rich.console import Console

    from snapsearch.run.progress import Bar

    with Bar(Console(stderr=True)) as bar:
        return work(bar)


def _summary(store: Store) -> None:
    """The best of a run, on standard output. Raises `SearchError` S403 where there is none."""
    from snapsearch.run.session import best_among

    trials = store.trials()
    failed = sum(t.reason is not None for t in trials)
    click.echo(f"{len(trials)} trials, {failed} failed, in {store.folder}")
    if store.used_up:
        click.echo("the space is exhausted: every architecture has been tried")
    best = best_among(trials)
    assert best.result is not None
    click.echo(f"best: trial {best.number}, {store.facts['metric']} {best.result.value:.6g}")
    for name, value in best.result.metrics.items():
        click.echo(f"  {name}: {value:.6g}")
    click.echo(best.candidate.readable)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--best", is_flag=True, help="The best trial. This is the default.")
@click.option("--trial", type=click.IntRange(min=0), help="A trial by its number.")
@click.option(
    "--emit", help="snap, onnx, torch, svg, png, dot, mermaid, json; else by -o's suffix, or snap."
)
@click.option("--network", is_flag=True, help="The whole network, not the block alone.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The output file. Default: a name in the run's folder.",
)
def export(
    folder: Path,
    best: bool,
    trial: int | None,
    emit: str | None,
    network: bool,
    output: Path | None,
) -> None:
    """Write a block, or the network around it, as SNAP, ONNX, PyTorch source or a picture.

    \b
    snapsearch export runs/first --best --emit onnx
    snapsearch export runs/first --trial 7 -o block.svg
    snapsearch export runs/first --best --network --emit torch
    """
    if best and trial is not None:
        raise click.UsageError("--best and --trial name two trials: give one of them")
    from snapsearch.record.store import Store
    from snapsearch.run.export import write

    with Store.open(folder) as store:
        path = write(store, trial, emit, network, output)
    click.echo(f"wrote {path}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--beside", multiple=True, type=click.Path(path_type=Path), help="A run to draw too.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The page. Default: FOLDER/report.html."
)
def report(folder: Path, beside: tuple[Path, ...], output: Path | None) -> None:
    """Write what a run found as one HTML page.

    \b
    snapsearch report runs/latent --beside runs/random
    """
    from snapsearch.report import write
    from snapsearch.run.session import record_of

    path = output or folder / "report.html"
    click.echo(f"wrote {write(record_of(folder), path, [record_of(other) for other in beside])}")


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("comparison.html"),
    help="The page. Default: comparison.html in this folder.",
)
def compare(folders: tuple[Path, ...], output: Path) -> None:
    """Compare runs of one task: a table, and a page with mean and spread by strategy.

    The page is comparison.html in the folder you are in, unless -o names another.

    \b
    snapsearch compare runs/latent-0 runs/latent-1 runs/random-0 runs/random-1
    """
    from snapsearch.report import write_comparison
    from snapsearch.report.beside import rows
    from snapsearch.run.session import record_of

    records = [record_of(folder) for folder in folders]
    path = write_comparison(records, output)
    click.echo(f"{'strategy':12}  runs  trials  best: {records[0].metric}")
    for row in rows(records):
        spread = "" if row["spread"] is None else f" ± {row['spread']:.4g}"
        click.echo(
            f"{row['strategy']:12}  {row['runs']:4}  {row['trials']:6}  {row['mean']:.6g}{spread}"
        )
    click.echo(f"wrote {path}")


@main.command()
@click.argument("name", required=False)
def tasks(name: str | None) -> None:
    """List the tasks; with NAME, the options of that one.

    \b
    snapsearch tasks
    snapsearch tasks digits
    """
    _list("task", name)


@main.command()
@click.argument("name", required=False)
def strategies(name: str | None) -> None:
    """List the strategies; with NAME, the options of that one.

    \b
    snapsearch strategies
    snapsearch strategies latent
    """
    _list("strategy", name)


@main.command()
@click.argument("name", required=False)
def engines(name: str | None) -> None:
    """List the engines: where trials can run; with NAME, the options of that one.

    \b
    snapsearch engines
    snapsearch engines workers
    """
    _list("engine", name)


def _list(kind: str, name: str | None) -> None:
    from snapsearch.run.listing import KINDS, described, listed

    click.echo(described(kind, name) if name else listed(KINDS[kind]))


@main.command()
@click.argument("code")
def explain(code: str) -> None:
    """Explain an error CODE.

    \b
    snapsearch explain S101
    """
    from snapsearch.codes import CODES, explanation

    if code.upper() not in CODES:
        other = "; `snapc explain` has those of programs" if code[:1].upper() == "E" else ""
        raise click.UsageError(f"there is no code {code}{other}; there are " + ", ".join(CODES))
    click.echo(explanation(code.upper()))


if __name__ == "__main__":
    main()
