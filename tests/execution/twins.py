"""Both executors side by side: graphql-core's own, and the compiled one, whose answers must be the same bytes."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import orjson
import pytest
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from schema import documents
from schema.documents import Invalid, follow, prepare, run
from schema.execution import CompiledExecutor
from schema.info import Request

Stock = ExecutorThrowingOnIncremental


class Watched(CompiledExecutor):
    """Counts root fields, and what the stock code completes below them: nothing, when a compiled writer has written."""

    roots = 0
    below = 0

    def complete_value(self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any) -> Any:
        if path.prev is None:
            Watched.roots += 1
        else:
            Watched.below += 1
        return super().complete_value(return_type, details, info, path, result, position)


@contextmanager
def executing(executor: type[Stock]) -> Iterator[None]:
    """Have documents executed by this class meanwhile."""
    usual = documents.CompiledExecutor
    documents.CompiledExecutor = executor  # type: ignore[misc]
    try:
        yield
    finally:
        documents.CompiledExecutor = usual  # type: ignore[misc]


class Twins:
    """Asks the same of both, as one viewer."""

    def __init__(self, request: Callable[[], Awaitable[Request]], following: Callable[[], Awaitable[Request]]) -> None:
        self._request = request
        self._following = following

    async def ask(self, text: str, /, *, compiled: bool = True, **variables: Any) -> dict[str, Any]:
        """The answer, after both were seen to give it; and that it was written by compiled writers, or not."""
        Watched.roots = Watched.below = 0
        with executing(Watched):
            answer = await self._answer(text, variables)
        roots, below = Watched.roots, Watched.below
        with executing(Stock):
            assert answer == await self._answer(text, variables), text
        assert roots, text
        assert bool(below) is not compiled, f"{below} values below {roots} root fields were completed by stock: {text}"
        return orjson.loads(answer)

    async def same(self, text: str, /, **variables: Any) -> dict[str, Any]:
        """The answer, after both were seen to give it, however it was written."""
        with executing(CompiledExecutor):
            answer = await self._answer(text, variables)
        with executing(Stock):
            assert answer == await self._answer(text, variables), text
        return orjson.loads(answer)

    async def _answer(self, text: str, variables: dict[str, Any]) -> bytes:
        try:
            response = await run(prepare(text), variables, await self._request())
        except Invalid as invalid:
            response = invalid.response()
        return orjson.dumps(response)

    async def frames(self, text: str, /, **variables: Any) -> AsyncGenerator[dict[str, Any], None]:
        """The responses of a feed, each after both were seen to give it. Ends when both end."""
        with executing(Watched):
            compiled = await follow(prepare(text), variables, await self._following())
            first = await anext(compiled)
        with executing(Stock):
            # Another text: the same one would make both of one audience, whose frames are written once.
            stock = await follow(prepare(f"{text} # stock"), variables, await self._following())
            assert first == await anext(stock)
        with closing(compiled), closing(stock):
            yield orjson.loads(first)
            async for response in compiled:
                assert response == await anext(stock)
                yield orjson.loads(response)
            with pytest.raises(StopAsyncIteration):
                await anext(stock)
