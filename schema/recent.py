"""What was worked out once, kept while it is used."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Keeps a number of values by their keys; for a new one, that goes which was not asked for longest."""

    def __init__(self, greatest: int) -> None:
        self._greatest = greatest
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """The value that is kept, None when there is none."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, key: Hashable, value: Value) -> None:
        """Keep a value."""
        self._values[key] = value
        if len(self._values) > self._greatest:
            self._values.popitem(last=False)
