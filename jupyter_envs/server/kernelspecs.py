"""`GET /api/kernelspecs` as jupyter_server answers it, with no text of a thousand kernels made in the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernelspecs.handlers import MainKernelSpecHandler

from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager

if TYPE_CHECKING:
    import asyncio

_END = "}}"


class KernelSpecs(MainKernelSpecHandler):
    """jupyter_server's own handler makes the answer of what the wrapped manager has; ours are put in as text."""

    _ours = b""

    @property
    def kernel_spec_manager(self) -> Any:  # noqa: ANN401 -- whatever was configured
        """What jupyter_server's handler asks."""
        manager = self.settings["kernel_spec_manager"]
        return _Theirs(self, manager) if type(manager) is EnvironmentKernelSpecManager else manager

    def take(self, ours: bytes) -> None:
        """Members of the object of kernel specs, to be put behind those of the wrapped manager."""
        self._ours = ours

    def finish(self, chunk: Any = None, *args: Any, **kwargs: Any) -> asyncio.Future[None]:  # noqa: ANN401 -- as above
        """End the request, with ours where it is answered with kernel specs."""
        if self._ours and isinstance(chunk, str) and chunk.endswith(_END):
            before = chunk.removesuffix(_END).encode()
            comma = b"" if before.endswith(b"{") else b", "
            chunk = b"".join((before, comma, self._ours, _END.encode()))
            self._ours = b""
        return super().finish(chunk, *args, **kwargs)


class _Theirs:
    """The specs that jupyter_server's handler is to make models of."""

    def __init__(self, handler: KernelSpecs, manager: EnvironmentKernelSpecManager) -> None:
        self._handler = handler
        self._manager = manager

    async def get_all_specs(self) -> dict[str, Any]:
        theirs, ours = await self._manager.encoded()
        self._handler.take(ours)
        return theirs
