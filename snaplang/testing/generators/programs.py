"""Program text that uses the syntax freely: words, blocks, bodies, repeats, branches, names.

A piece of program is its text and what it does to a stack; pieces are tried on tensors of the
program's shapes as they are made, so that what comes out is well-typed. Expected effects are
computed here, not by the machine that will run the text.

>>> import random
>>> from snaplang.api import lower
>>> made = write(random.Random(4))
>>> len(lower(made.text, list(made.inputs) or None, made.block).outputs) in range(1, 5)
True
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from snaplang.dims import Dim, dim, letter
from snaplang.graph import Graph, Node
from snaplang.graph.builder import Assembly, attributes
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import OpSpec
from snaplang.testing.generators.arguments import arguments
from snaplang.testing.generators.draft import MISFITS, NOWHERE
from snaplang.testing.generators.growing import Plan, based, chances, too_large, usable
from snaplang.testing.generators.inputs import DrawnInputs
from snaplang.testing.generators.pieces import Maker, MisfitError, Piece, Stack, run
from snaplang.testing.generators.spelling import spelling

WORDS = ("ka", "kb", "kc", "kd", "ke", "kf", "kg", "kh", "km", "kn")
NAMES = tuple(f"t{i}" for i in range(60))


@dataclass(frozen=True)
class Written:
    """A program's text, the shapes and the block to lower, and what comes of it."""

    text: str
    inputs: tuple[str, ...]
    block: str | None
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]


def write(rng: random.Random, plan: Plan = Plan()) -> Written:  # noqa: B008
    """A well-typed program; the shapes are those that its inputs need, if any."""
    return _ProgramWriter(rng, *based(rng, plan), plan).written()


class _ProgramWriter:
    def __init__(self, rng: random.Random, given: DrawnInputs, base: Graph, plan: Plan) -> None:
        self.rng, self.given, self.base, self.plan = rng, given, base, plan
        self.ops = usable(plan)
        self.chances = chances(rng, self.ops)
        self.definitions: list[str] = []
        self.words = [w for w in WORDS if w not in TABLE]
        self.free = [n for n in NAMES]

    # -- the whole ---------------------------------------------------------------------------

    def written(self) -> Written:
        """The program."""
        rng, count = self.rng, len(self.base.inputs)
        stack = Stack(Assembly(shapes=list(self.base.input_shapes())), [], self.base.width)
        untyped = not any("(" in port for port in self.given.ports)
        if untyped and rng.random() < 0.5:
            header = "" if count == 1 else f"in {count}"
            stack.values = list(range(count))
        else:
            header = self.given.header
            stack.names = dict(zip(self.given.names, range(count), strict=True))
        pieces = [self.done(self.push(stack), stack) for _ in range(2) if stack.names]
        pieces += self.series(stack, rng.randint(2, 2 + self.plan.size), 2)
        pieces += self.cleared(stack)
        pieces = self.worded(pieces)
        body = " ".join([header, *(p.text for p in pieces), self.outputs(stack)]).strip()
        blocks = any(text.startswith("block") for text in self.definitions)
        name = "main" if blocks or rng.random() < 0.1 else None
        if name:
            body = f"block {name} {{ {body} }}"
        text = self.set([*self.definitions, body])
        nodes = tuple(replace(node, span=None) for node in stack.assembly.nodes)
        return Written(text, self.given.given, name, nodes, tuple(stack.values))

    def set(self, parts: list[str]) -> str:
        """Words with white space and comments between."""
        words = " ".join(parts).split(" ")
        gaps = self.rng.choices((" ", "\n", "  # why not\n"), (60, 2, 1), k=len(words))
        return "".join(word + gap for word, gap in zip(words, gaps, strict=True) if word)

    def cleared(self, stack: Stack) -> list[Piece]:
        """What brings the stack to one to four outputs."""
        found: list[Piece] = []
        if not stack.values:
            found.append(self.done(self.push(stack), stack))
        while len(stack.values) > 4 or (len(stack.values) > 1 and self.rng.random() < 0.6):
            piece = self.tried(self.merge, stack) or self.tried(self.dropping, stack)
            assert piece is not None
            found.append(piece)
        return found

    def outputs(self, stack: Stack) -> str:
        """How the program ends."""
        count = len(stack.values)
        return f"out {count}" if count > 1 or self.rng.random() < 0.05 else ""

    # -- pieces ------------------------------------------------------------------------------

    def series(self, stack: Stack, size: int, depth: int) -> list[Piece]:
        """Pieces in a row, run on a stack."""
        makers: list[tuple[Maker, int]] = [(self.op, 12), (self.wiring, 4), (self.bind, 1)]
        makers.append((self.push, 2))
        makers += [(self.branches, 2), (self.repeat, 1), (self.inner, 1)] if depth else []
        found: list[Piece] = []
        for _ in range(size):
            (maker,) = self.rng.choices([m for m, _ in makers], [w for _, w in makers])
            piece = self.tried(maker, stack, depth)
            if piece is not None:
                found.append(piece)
        return found

    def tried(self, maker: Maker, stack: Stack, depth: int = 0) -> Piece | None:
        """A piece that runs, and has run; None where several tries did not fit."""
        for _ in range(12):
            mark, values = stack.assembly.mark(), list(stack.values)
            names = dict(stack.names)
            piece = maker(stack, depth) if maker in self.nested() else maker(stack)
            stack.assembly.reset(mark)
            if piece is None:
                continue
            try:
                piece.act(stack)
                large = any(map(too_large, stack.assembly.shapes[mark[1] :]))
                if not large and (stack.values or stack.names):
                    return piece
            except (MisfitError, *MISFITS):
                pass
            stack.assembly.reset(mark)
            stack.values, stack.names = values, names
        return None

    def nested(self) -> tuple[Maker, ...]:
        """The makers of pieces that hold others."""
        return (self.branches, self.repeat, self.inner)

    def done(self, piece: Piece | None, stack: Stack) -> Piece:
        """A piece that is known to fit, run."""
        assert piece is not None
        piece.act(stack)
        return piece

    def op(self, stack: Stack) -> Piece | None:
        """An op with arguments."""
        if not stack.values:
            return None
        (op,) = self.rng.choices(self.ops, self.chances)
        shape = stack.assembly.shapes[stack.values[-1]]
        given = arguments(self.rng, op, shape)
        own_width = stack.width != letter("c")  # in a block `c` means something else
        if own_width and any(isinstance(v, Dim) and v.letters() for v in given.values()):
            return None
        return self.spelled(op, given)

    def spelled(self, op: OpSpec, given: Mapping[str, Argument]) -> Piece | None:
        """An op with these arguments, in one of its spellings."""
        sizes = [value for value in given.values() if isinstance(value, Dim)]
        if any(size.letters() - {"c"} for size in sizes):
            return None  # a letter that was given, or that words do not see
        text, number = spelling(self.rng, op, given)

        def act(stack: Stack) -> None:
            attrs = attributes(op, given, stack.width)
            taken = tuple(stack.pop(op.input_count(attrs)))
            stack.values += stack.assembly.apply(op, attrs, taken, (), NOWHERE)

        unary = op.inputs == 1 and op.outputs == 1
        return Piece(text, act, unary=unary, number=number)

    def merge(self, stack: Stack) -> Piece | None:
        """A merge of the two on top."""
        name = self.rng.choice(("add", "max", "cat", "mul", "like"))
        return self.spelled(TABLE[name], {})

    def dropping(self, stack: Stack) -> Piece | None:
        """`drop`."""

        def act(stack: Stack) -> None:
            stack.pop(1)

        return Piece("drop", act)

    def wiring(self, stack: Stack) -> Piece | None:
        """A word that moves tensors on the stack."""
        op = self.rng.choice([spec for spec in TABLE.values() if spec.moves is not None])
        given: dict[str, Argument] = {p.name: dim(self.rng.randint(0, 3)) for p in op.params}
        if op.name == "drop" and self.rng.random() < 0.7:
            return None
        text, _ = spelling(self.rng, op, given)
        attrs = attributes(op, given, stack.width)
        assert op.moves is not None
        places = op.moves(attrs)
        count = max((*places, op.inputs - 1 if isinstance(op.inputs, int) else 0)) + 1

        def act(stack: Stack) -> None:
            taken = stack.pop(count if op.params else int(op.inputs))
            stack.values += [taken[place] for place in places]

        return Piece(text, act)

    def bind(self, stack: Stack) -> Piece | None:
        """`-> name`."""
        if not stack.values or not self.free:
            return None
        name = self.free.pop()

        def act(stack: Stack) -> None:
            (stack.names[name],) = stack.pop(1)

        return Piece(f"-> {name}", act, names=True)

    def push(self, stack: Stack) -> Piece | None:
        """A name."""
        if not stack.names:
            return None
        name = self.rng.choice(sorted(stack.names))

        def act(stack: Stack) -> None:
            if name not in stack.names:
                raise MisfitError
            stack.values.append(stack.names[name])

        return Piece(name, act, names=True)

    def branches(self, stack: Stack, depth: int) -> Piece | None:
        """`[ a | b ]`."""
        if not stack.values:
            return None
        series = []
        for _ in range(self.rng.randint(1, 3)):
            mark = stack.assembly.mark()
            inner = stack.on(stack.values[-1:])
            pieces = self.series(inner, self.rng.randint(0, 3), depth - 1)
            while len(inner.values) > 1:
                piece = self.tried(self.merge, inner) or self.tried(self.dropping, inner)
                assert piece is not None
                pieces.append(piece)
            if not inner.values:
                return None
            stack.assembly.reset(mark)
            series.append(pieces)

        def act(stack: Stack) -> None:
            top = stack.pop(1)
            for pieces in series:
                inner = stack.on(top)
                run(pieces, inner)
                if len(inner.values) != 1:
                    raise MisfitError
                stack.values += inner.values

        text = " | ".join(" ".join(p.text for p in pieces) for pieces in series)
        return Piece(f"[ {text} ]", act, names=any(p.names for s in series for p in s))

    def inner(self, stack: Stack, depth: int) -> Piece | None:
        """A block, or a word with an input of its own, that is made where it is used.

        A block has a width of its own, that of its input; neither sees the names around it.
        """
        if not stack.values or not self.words:
            return None
        block = self.rng.random() < 0.6

        def within(stack: Stack, top: list[int]) -> Stack:
            width = stack.assembly.shapes[top[0]].channels if block else stack.width
            return Stack(stack.assembly, list(top), width)

        mark, made = stack.assembly.mark(), within(stack, stack.values[-1:])
        pieces = self.series(made, self.rng.randint(1, 3), depth - 1)
        while len(made.values) > 1:
            piece = self.tried(self.merge, made) or self.tried(self.dropping, made)
            assert piece is not None
            pieces.append(piece)
        stack.assembly.reset(mark)
        if not made.values or not self.words:
            return None

        def act(stack: Stack) -> None:
            inner = within(stack, stack.pop(1))
            run(pieces, inner)
            if len(inner.values) != 1:
                raise MisfitError
            stack.values += inner.values

        name = self.words.pop()
        body = " ".join(p.text for p in pieces)
        head = self.rng.choice(("in it; it", "in 1;", "")) if block else "in it; it"
        self.definitions.append(f"{'block' if block else 'def'} {name} {{ {head} {body} }}")
        return Piece(name, act, unary=True)

    def repeat(self, stack: Stack, depth: int) -> Piece | None:
        """`{ … }*n`."""
        mark, inner = stack.assembly.mark(), replace(stack, values=list(stack.values))
        inner.names = dict(stack.names)
        pieces = self.series(inner, self.rng.randint(1, 3), depth - 1)
        stack.assembly.reset(mark)
        n = self.rng.choice((0, 1, 1, 2, 2, 3))

        def act(stack: Stack) -> None:
            for _ in range(n):
                names = dict(stack.names)
                run(pieces, stack)
                stack.names = names

        texts = {0: ("0", "false", "(1-1)"), 1: ("1", "true", "(3-2)")}
        count = self.rng.choice(texts.get(n, (str(n), f"({n}*2/2)")))
        text = " ".join(p.text for p in pieces)
        return Piece(f"{{ {text} }}*{count}", act, names=any(p.names for p in pieces))

    # -- words -------------------------------------------------------------------------------

    def worded(self, pieces: list[Piece]) -> list[Piece]:
        """Some runs of pieces as words of their own; what they do stays."""
        for _ in range(self.rng.choice((0, 0, 1, 2, 3))):
            starts = [i for i, p in enumerate(pieces) if not p.names and p.text]
            if not starts or not self.words:
                return pieces
            start = self.rng.choice(starts)
            end = start + 1
            while end < len(pieces) and not pieces[end].names and self.rng.random() < 0.6:
                end += 1
            call = self.word(pieces[start:end])
            pieces = [*pieces[:start], call, *pieces[end:]]
        return pieces

    def word(self, pieces: list[Piece]) -> Piece:
        """A call of a new word that runs these pieces."""
        name = self.words.pop()
        body = " ".join(p.text for p in pieces)
        whole = Piece("", lambda stack: run(pieces, stack))
        way = self.rng.random()
        if way < 0.25:
            self.definitions.append(f"def {name}(body) {{ body }}")
            return replace(whole, text=f"{name}({{ {body} }})")
        numbered = [i for i, p in enumerate(pieces) if p.number]
        if numbered and way < 0.65:
            at = self.rng.choice(numbered)
            number = pieces[at].number
            texts = [p.text for p in pieces]
            texts[at] = texts[at].replace(f"({number}", "(k", 1)
            default = self.rng.random() < 0.5
            head = f"{name}(k={number})" if default else f"{name}(k)"
            self.definitions.append(f"def {head} {{ {' '.join(texts)} }}")
            calls = [f"{name}({number})", f"{name}{number}", f"{name}(k={number})"]
            return replace(whole, text=self.rng.choice([name] if default else calls))
        self.definitions.append(f"def {name} {{ {body} }}")
        return replace(whole, text=name)
