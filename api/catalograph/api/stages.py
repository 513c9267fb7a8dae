"""What extensions do around the stages of a request, with no more ceremony than that takes.

Strawberry looks through all extensions for hooks and wraps each one it finds, four times a request;
together that is a tenth of what a small request takes.
"""

from collections.abc import Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from functools import cache
from inspect import isasyncgenfunction
from types import TracebackType
from typing import Any

from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner


class StagesRunner(SchemaExtensionsRunner):
    """Enters what extensions have to do around a stage; their hooks are generators."""

    def operation(self) -> Any:
        """The whole operation."""
        return self._stage("on_operation")

    def parsing(self) -> Any:
        """Parsing the document."""
        return self._stage("on_parse")

    def validation(self) -> Any:
        """Validating it."""
        return self._stage("on_validate")

    def executing(self) -> Any:
        """Executing it."""
        return self._stage("on_execute")

    def _stage(self, name: str) -> AbstractAsyncContextManager[Any]:
        managers = [
            manager(extension)
            for extension in self.extensions
            if (manager := _manager(getattr(type(extension), name), name)) is not None
        ]
        if not managers:
            return nullcontext()
        if len(managers) == 1 and hasattr(managers[0], "__aenter__"):
            alone: AbstractAsyncContextManager[Any] = managers[0]
            return alone
        return _Stage(managers)


class _Stage:
    """Enters all of them in their order; leaves them in the other."""

    def __init__(self, managers: list[Any]) -> None:
        self._managers = managers
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        for manager in self._managers:
            if hasattr(manager, "__aenter__"):
                await self._stack.enter_async_context(manager)
            else:
                self._stack.enter_context(manager)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._stack.__aexit__(kind, exc, trace)


@cache
def _manager(hook: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """Make a hook a context manager; None where an extension has none of its own."""
    if hook is getattr(SchemaExtension, name):
        return None
    return asynccontextmanager(hook) if isasyncgenfunction(hook) else contextmanager(hook)
