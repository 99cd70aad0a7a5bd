"""Kernel spec managers of somebody's own, for a server that is told to use them."""

from __future__ import annotations

from typing import Any

from jupyter_client.kernelspec import KernelSpecManager


class Listing(KernelSpecManager):
    """One that lists a kernel more."""

    def get_all_specs(self) -> dict[str, Any]:
        """Those on disk, and another."""
        spec = {"argv": ["extra"], "display_name": "Extra", "language": "extra", "env": {}, "metadata": {}}
        extra = {"resource_dir": "/nonexistent", "spec": {**spec, "interrupt_mode": "signal"}}
        return {**super().get_all_specs(), "extra": extra}


class Awaited(Listing):
    """One whose list is awaited, as jupyter_server allows."""

    async def get_all_specs(self) -> dict[str, Any]:  # type: ignore[override]  # as jupyter_server's gateway does
        """As above."""
        return super().get_all_specs()
