"""Numbers as programs write them: exact floats, sizes in `c`, kernels.

>>> [real(x) for x in (0.1, 1e-05, 1e6, 6.0, -0.5)]
['0.1', '1e-5', '1e6', '6', '-0.5']
"""

from __future__ import annotations

from snaplang.dims import Dim

DIGITS = 18  # no number may have more, nor an exponent beyond ±300
EXPONENT = 300


def real(value: float) -> str:
    """The shortest decimal that reads back as exactly this double; it must be finite."""
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0").rstrip("0")
    if not digits:
        return "0"
    # value = digits * 10**power
    power = int(exponent or 0) - len(fraction)
    power += len(whole + fraction) - len((whole + fraction).rstrip("0"))
    return sign + min(_spellings(digits, power), key=len)


def _spellings(digits: str, power: int) -> list[str]:
    """Plain, and scientific with the point after each digit or behind zeros."""
    found = []
    if 0 <= power <= DIGITS - len(digits):
        found.append(digits + "0" * power)
    if -2 * DIGITS <= power < 0:  # zeros in front do not count, but make it long
        padded = digits.rjust(1 - power, "0")
        found.append(f"{padded[:power]}.{padded[power:]}")
    for point in range(1, DIGITS + 1):
        padded = digits.ljust(point, "0")
        exponent = power - (len(padded) - len(digits)) + (len(padded) - point)
        if abs(exponent) <= EXPONENT:
            tail = padded[point:]
            found.append(f"{padded[:point]}{'.' * bool(tail)}{tail}e{exponent}")
    if not found:  # below 1e-300
        found.append(f"0.{digits.rjust(-power - EXPONENT, '0')}e-{EXPONENT}")
    return found


def width(value: Dim) -> str | None:
    """A size in letters, as `2*c`; None where a floor stands in it."""
    if any(atom.arg is not None for monomial, _ in value.terms for atom in monomial):
        return None
    return str(value)


def kernel(value: int | tuple[int, ...]) -> str:
    """`3`, `1x7`; equal sizes are one."""
    sizes = (value,) if isinstance(value, int) else value
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))
