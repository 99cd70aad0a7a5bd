"""Environments as Jupyter kernels."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager

__all__ = ["EnvironmentKernelSpecManager"]


def __getattr__(name: str) -> object:
    """The public class is loaded when it is asked for: the launcher, in this package too, must not load Jupyter."""
    if name != "EnvironmentKernelSpecManager":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager

    return EnvironmentKernelSpecManager
