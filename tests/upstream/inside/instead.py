"""A plug-in of pytest's that puts our kernel spec manager in the place of jupyter_client's, before it is imported."""

from __future__ import annotations

from jupyter_client import kernelspec

from jupyter_envs.kernels import EnvironmentKernelSpecManager

kernelspec.KernelSpecManager = EnvironmentKernelSpecManager  # type: ignore[misc]  # that is what it is for
