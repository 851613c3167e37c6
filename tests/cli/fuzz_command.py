"""Hostile command lines: `snapc` with strange files and options that do not belong together.

`python -m tests.cli.fuzz_command 10000` runs that many. A case passes if `snapc` ends with one of
its exit codes without waiting for anyone, says nothing of an internal error, and leaves the sources
as they were; output goes to new files. Anything else is raised, with the seed that gives it again.
"""

from __future__ import annotations

import io
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path

import click

from snaplang.cli import main, snapc
from tests.syntax.fuzz import mutated, seeds

LIMIT = 10.0  # seconds of work, the import of libraries among them
WAIT = 60  # seconds, after which a command is one that waits for ever
COMMANDS = ["check", "fmt", "equal", "hash", "count", "import", "ops", "explain", "compile"]
FLAGS = ["--inference", "--opaque", "--trust", "--json", "--check", "--help", "--version", "--"]
VALUED = ["--emit", "-o", "--weights", "--opset", "--block", "--input", "--set", "--choose"]
VALUED += ["--seed", "--level", "--limit", "--vocabulary", "--max-length", "--network", "-e"]
VALUED += ["--channels", "--cells", "--diagnostics"]
VALUES = ["onnx", "weights", "torch", "snap", "dot", "mermaid", "json", "stats", "svg", "cifar"]
VALUES += ["", "-", "-1", "0", "1", "2", "18", "999999999999", "N,4,H,W", "x=N,4,8,8", "N", "c=4"]
VALUES += ["c=", "=", "p=0", "p=0,p=1", "random", "structure", "algebra", "\0", "\udcff", "e202"]
VALUES += ["nb201", "darts", "pnas", "3", "|none~0|", "text", "relu dup add", "dup conv3 add"]


def furnish(folder: Path) -> list[str]:
    """Fill a folder with files of every kind; the paths to try, some of which are elsewhere."""
    good = folder / "good.snap"
    good.write_text('use "words.snap"\ndup twice <relu | tanh> add')
    (folder / "words.snap").write_text("def twice { conv3 conv3 }")
    (folder / "bad.snap").write_bytes(b"dup \xff add")
    (folder / "nul.snap").write_bytes(b'use "a\0b" relu\0')
    (folder / "ends.snap").write_bytes(b"\xef\xbb\xbfdup\r\nconv3\radd\r\n")
    (folder / "out.snap").write_text('use "../../../../etc/passwd" relu')
    (folder / "itself.snap").write_text('use "itself.snap" relu')
    (folder / "fake.onnx").write_bytes(b"\x08\x07fake")
    (folder / "fake.safetensors").write_bytes(b"\xff" * 20)
    (folder / "locked.snap").write_text("relu")
    (folder / "locked.snap").chmod(0)
    (folder / "folder.snap").mkdir()
    for name in ("hole.snap", "hole.onnx", "hole.safetensors"):
        with open(folder / name, "wb") as file:
            file.truncate(1 << 30)
    links = {"loop.snap": "loop.snap", "dangling.snap": "nowhere", "away.snap": "/etc/passwd"}
    for name, target in {**links, "soft.snap": "good.snap"}.items():
        (folder / name).symlink_to(target)
    os.link(good, folder / "hard.snap")
    os.mkfifo(folder / "pipe.snap")
    (folder / "uses_pipe.snap").write_text('use "pipe.snap" relu')
    (folder / "uses_away.snap").write_text('use "away.snap" relu')
    names = [*os.listdir(folder), "missing.snap", "x" * 300, "good.snap/x", ".", "..", "/", ""]
    names += ["/dev/null", "/dev/zero", "/dev/tty", "/dev/stdin", "-", "new.py", "new.onnx"]
    return [n for n in names if n not in ("/dev/tty",)] + ["new.safetensors", "new", "a/b.json"]


def command(rng: random.Random, paths: list[str], texts: list[str]) -> list[str]:
    """A command line of up to eight words that may belong together."""
    name = rng.choice(COMMANDS)
    words = [name]
    options = [p for p in snapc.commands[name].params if isinstance(p, click.Option)]
    for _ in range(rng.randrange(1, 5)):
        kind = rng.choice([0, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4, 4])
        if rng.random() < 0.1:
            one = ["good.snap", "hard.snap", "soft.snap"]
            words += [rng.choice(one), "--emit", rng.choice(["snap", "dot"]), "-o", rng.choice(one)]
        elif kind == 0:
            words.append(rng.choice(FLAGS))
        elif kind == 1:
            words += ["-e", mutated(rng, texts).decode("utf-8", "surrogateescape")]
        elif kind == 2:
            words += [rng.choice(VALUED), rng.choice([*VALUES, *paths])]
        else:
            if kind == 4 and options:  # an option of this command, with a value that may do
                option = rng.choice(options)
                words.append(option.opts[-1])
                if isinstance(option.type, click.Choice):
                    words.append(rng.choice(list(option.type.choices)))
                elif not option.is_flag:
                    words.append(rng.choice([*VALUES, *paths]))
            else:
                words.append(rng.choice(paths))
    return words


@contextmanager
def _streams(data: bytes) -> Iterator[io.BytesIO]:
    """Streams of bytes below; yields what comes on standard error."""
    before, err = sys.stdin, io.BytesIO()
    sys.stdin, errors = io.TextIOWrapper(io.BytesIO(data)), io.TextIOWrapper(err, errors="replace")
    try:
        with redirect_stdout(io.TextIOWrapper(io.BytesIO())), redirect_stderr(errors):
            yield err
    finally:
        sys.stdin = before


def _waits(*_: object) -> None:
    raise AssertionError("it waits")


def attempt(args: list[str], data: bytes) -> int:
    """The exit code of a command; raises for an internal error and whatever is no exit."""
    with _streams(data) as err:
        try:
            main(args)
        except SystemExit as stop:
            code = stop.code
        else:
            raise AssertionError("it did not exit")
        sys.stderr.flush()
        said = err.getvalue()
    assert code in (0, 1, 2, 3), code
    assert b"internal error" not in said and b"Traceback" not in said, said
    assert (
        b"root:" not in said or "--trust" in args or any("away" in a or "passwd" in a for a in args)
    ), said
    return int(code or 0)


def _harmless(args: list[str], known: Container[str]) -> list[str]:
    """Without what may replace a file that it does not read: `fmt`, and `-o` of another file."""
    args = ["fmt", "--check", *args[1:]] if args[:1] == ["fmt"] else args
    one = ("good.snap", "hard.snap", "soft.snap")
    kept = args[:1]
    for option, word in pairwise(args):
        strange = word in known or word in one
        reads = word in one and any(a in one for a in args[: len(kept) - 1])
        kept.append("new.snap" if option == "-o" and strange and not reads else word)
    return kept


def contents(folder: Path) -> dict[str, bytes]:
    """What the sources hold."""
    names = ("good.snap", "words.snap", "bad.snap", "ends.snap", "fake.onnx", "fake.safetensors")
    return {name: (folder / name).read_bytes() for name in names}


def run(count: int, seed: int = 0) -> dict[int, int]:
    """Run `count` command lines in a new folder: how often each exit code came."""
    texts, codes, before = seeds(), dict.fromkeys(range(4), 0), os.getcwd()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = furnish(folder)
        known = contents(folder)
        os.chdir(folder)
        handler = signal.signal(signal.SIGALRM, _waits)
        try:
            for number in range(seed, seed + count):
                rng = random.Random(number)
                args, data = command(rng, paths, texts), mutated(rng, texts)
                args = _harmless(args, known)
                start = time.process_time()
                signal.alarm(WAIT)
                try:
                    codes[attempt(args, data)] += 1
                    assert contents(folder) == known, "a source was changed"
                except BaseException as error:
                    raise AssertionError(f"seed {number}: {args!r}") from error
                took = time.process_time() - start
                assert took < LIMIT, f"seed {number} took {took:.1f} s: {args!r}"
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, handler)
            os.chdir(before)
    return codes


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(run(total, first))
