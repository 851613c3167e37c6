"""`digits`: scikit-learn's handwritten digits, 1,797 images of 8x8 pixels; real, and no download.

Half of the images train, a quarter choose, a quarter are kept for the report (stratified, fixed).
Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from snapsearch.tasks.base import Options
from snapsearch.tasks.classify import Classification, NetworkOptions
from snapsearch.tasks.data import Data, checked

SPACE: dict[str, Any] = {
    "symbols": "conv1 conv3 dwconv3 dwconv5 bn relu silu maxpool3 avgpool3 dup swap add",
    "length": 12,
}


class DigitsOptions(NetworkOptions):
    """As for every network, but small: a trial takes seconds on one core."""

    width: int = Field(8, ge=1, le=4096, description="channels of the first stage")
    epochs: tuple[float, ...] = Field((2, 4, 8), description="the budgets, ascending")
    rate: float = Field(1e-2, gt=0, description="peak learning rate")


class Digits(Classification):
    """Handwritten digits, by a network that repeats the block."""

    name = "digits"
    summary = "handwritten digits that come with scikit-learn; seconds a trial on one core"
    options_type: ClassVar[type[Options]] = DigitsOptions
    default_space = SPACE

    def load(self) -> Data:
        """898 images to train on, 449 to choose by, 450 to report."""
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        x, y = load_digits(return_X_y=True)
        x = x.reshape(-1, 1, 8, 8).astype("float32")
        x, rest_x, y, rest_y = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
        parts = train_test_split(rest_x, rest_y, test_size=0.5, stratify=rest_y, random_state=0)
        valid_x, test_x, valid_y, test_y = parts
        return checked((x, y), (valid_x, valid_y), (test_x, test_y))
