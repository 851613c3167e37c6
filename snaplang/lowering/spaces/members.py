"""What a survey of a space comes to: alternatives that never fit, and members that do not.

An alternative that fits in no member is an error. Members that do not fit otherwise are listed with
their decisions, as `--choose` takes them; the first that fits is the one that the graph shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from snaplang.diagnostics import Diagnostic, Note
from snaplang.graph import Choice, Graph, Misfit, Space
from snaplang.lowering.spaces.survey import Finding, Survey


def decisions(survey: Survey, member: Mapping[int, int]) -> str:
    """The decisions of a member as `--choose` takes them, for the choices that it meets."""
    named = survey.chooser.named
    parts = [f"{name}={index}" for name, index in named.items()]
    for choice in survey.choices:
        if choice.name in named and choice.decided is not None:
            continue
        if survey.known.at(survey.met[choice.number], member):
            own = member.get(choice.number, 0)
            parts.append(str(own if choice.decided is None else choice.decided))
    return ",".join(parts)


def shown(survey: Survey, strict: bool) -> str:
    """The decisions of the first member that fits.

    Raises `SnapError` where no member does; where `strict`, also for an alternative that never
    does.
    """
    known = survey.known
    good = known.without(known.always, survey.bad)
    notes: dict[int, list[Note]] = {}
    blamed: dict[int, Diagnostic] = {}
    for members, choice in _unfit(survey, good) if strict or good == known.never else ():
        for found in _reasons(survey, members):
            own = known.first(known.both(found.members, members)) or {}
            blamed.setdefault(id(found), found.problem)
            told = notes.setdefault(id(found), [])
            if choice is not None or found.varied or found.members != known.always:
                told.append(_told(survey, own, choice))
    if blamed:
        problems = [
            replace(found, notes=(*found.notes, *notes[key])) for key, found in blamed.items()
        ]
        for problem in problems:
            survey.log.add(problem)
        survey.log.raise_if_any()
    return decisions(survey, known.first(good) or {})


def _told(survey: Survey, member: Mapping[int, int], choice: Choice | None) -> Note:
    text = f"so it is with `--choose {decisions(survey, member)}`"
    if choice is None:
        return Note(text)
    taken = choice.alternatives[member.get(choice.number, 0)] or "identity"
    return Note(f"{text}; no member that takes `{taken}` fits", choice.span)


def _unfit(survey: Survey, good: int) -> Iterator[tuple[int, Choice | None]]:
    """Members that all fail: everything, or all that take some alternative."""
    known = survey.known
    if good == known.never:
        yield known.always, None
        return
    dead: set[tuple[int, int] | None] = set()
    for choice in survey.choices:
        size = len(choice.alternatives)
        for index in range(size) if choice.decided is None else ():
            taken = known.literal(choice.number, size, index)
            members = known.both(survey.met[choice.number], taken)
            if members != known.never and known.both(members, good) == known.never:
                dead.add((choice.number, index))
                if choice.within not in dead:
                    yield members, choice


def _reasons(survey: Survey, members: int) -> Iterator[Finding]:
    """Problems that between them concern all of the members, the first found first."""
    for found in survey.problems.values():
        if members == survey.known.never:
            return
        if survey.known.both(members, found.members) != survey.known.never:
            yield found
            members = survey.known.without(members, found.members)


def space(survey: Survey, graph: Graph, member: str) -> Graph:
    """The graph of the member shown, as that of the space."""
    known = survey.known
    misfits, members, fitting = [], 0, 0
    if survey.bad != known.never:
        for found in survey.problems.values():
            first = known.first(found.members) or {}
            misfits.append(Misfit(decisions(survey, first), found.problem))
        members, fitting = _counts(survey)
    others = []
    for condition, where in survey.demands.items():
        if condition not in graph.conditions:
            others.append((decisions(survey, known.first(where) or {}), condition))
    found_out = Space(member, tuple(misfits), members, fitting, tuple(others))
    return replace(graph, choices=tuple(survey.choices), space=found_out)


def _counts(survey: Survey) -> tuple[int, int]:
    """How many members there are, and how many fit; a choice that is not met has one way."""
    known = survey.known
    real, sizes = known.always, []
    for choice in survey.choices:
        size = len(choice.alternatives) if choice.decided is None else 1
        sizes.append(size)
        if size > 1 and survey.met[choice.number] != known.always:
            idle = known.either(survey.met[choice.number], known.literal(choice.number, size, 0))
            real = known.both(real, idle)
    return known.share(real, sizes), known.share(known.without(real, survey.bad), sizes)


def tries(survey: Survey, limit: int) -> Iterator[str]:
    """Some members: the first, and those that differ from it in one decision."""
    known = survey.known
    yield decisions(survey, {})
    for choice in reversed(survey.choices):
        size = len(choice.alternatives)
        for index in range(1, size) if choice.decided is None else ():
            limit -= 1
            if limit <= 0:
                return
            taken = known.literal(choice.number, size, index)
            member = known.first(known.both(survey.met[choice.number], taken))
            if member is not None:
                yield decisions(survey, member)
