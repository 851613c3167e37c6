"""What a configuration may say of a space: the keys of `[space]`, checked all at once.

A free space is given by its `symbols`, a template by its `file` or its text. This builds none.

>>> FreeSection(symbols="dup add", length=4).length
4
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from snapsearch.space.programs.free import LONGEST

Shapes = str | list[str]


class SpaceSection(BaseModel):
    """What both kinds of spaces know. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_nodes: int | None = Field(None, ge=0, description="most instances of a program")
    max_params: int | None = Field(
        None, ge=0, description="most parameters of a program, counted at `sizes`"
    )
    max_macs: int | None = Field(
        None, ge=0, description="most multiply-accumulates of a program, counted at `sizes`"
    )


class FreeSection(SpaceSection):
    """All programs over some symbols."""

    symbols: str | list[str] = Field(description="ops, words and wiring, as text or one by one")
    length: int = Field(ge=1, le=LONGEST, description="most symbols of a program")
    inputs: Shapes = Field(["N,c,H,W"], description="shapes of the inputs; letters are open")
    sizes: Shapes | None = Field(
        None,
        description='shapes of the inputs in numbers (`["N,16,32,32"]`), at which parameters and '
        "MACs are counted; None: `inputs`",
    )
    same: bool = Field(False, description="only programs that leave the shape of the first input")


class TemplateSection(SpaceSection):
    """The members of a program with choices."""

    file: str | None = Field(None, description="the `.snap` file with choices")
    template: str | None = Field(None, description="its text, instead of a file")
    block: str | None = Field(None, description="which block, where there are several")
    inputs: Shapes | None = Field(None, description="shapes of the inputs; None: as the text says")
    sizes: Shapes | None = Field(
        None,
        description='shapes of the inputs in numbers (`["N,16,32,32"]`), at which parameters and '
        "MACs are counted; None: `inputs`",
    )
    exact: bool | None = Field(
        None, description="whether all members are sorted into architectures; None: if few"
    )
