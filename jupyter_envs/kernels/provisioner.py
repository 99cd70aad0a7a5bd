"""Checks an environment inside the server, before its kernel's process starts, so that a person reads the reason."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode

from jupyter_envs.kernels.checks import Check
from jupyter_envs.kernels.launch import decode
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager

if TYPE_CHECKING:
    from jupyter_envs.environment import Environment


class EnvironmentProvisioner(LocalProvisioner):
    """jupyter_client's local provisioner, with one look at the environment first.

    JupyterLab shows the message of what `pre_launch` raises in its dialog; without it the kernel would merely die.
    """

    prefix: Unicode[str, str | bytes] = Unicode(
        "", help="The environment, percent-encoded; empty for the one of the notebook's folder."
    )

    kernel: Unicode[str, str | bytes] = Unicode(
        "", help="The name of another kernel that the environment holds; empty for its ipykernel."
    )

    roots: List[str] = List(
        Unicode(),
        help="The server's roots, percent-encoded, above which no project is looked for; empty for the settings'.",
    )

    started: Environment | None = None
    """The environment that was looked at before the last start, which a kernel's name need not tell."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # jupyter_client's signature
        """Called by jupyter_client's kernel manager before every start and restart; the disk is read in a thread."""
        cwd = kwargs.get("cwd")
        try:
            await asyncio.to_thread(self._check, kwargs.get("env") or {}, None if cwd is None else os.fspath(cwd))
            result: dict[str, Any] = await super().pre_launch(**kwargs)
        except BaseException:  # being cancelled, too, ends the start
            self._forget_start()
            raise
        return result

    def _forget_start(self) -> None:
        """Takes a refused or failed start off the kernel manager's list of pending ones.

        jupyter_client (8.10) leaves it there when a start raises; a server that is told to end then looks for a
        kernel which is not there, and never ends.
        """
        pending = getattr(getattr(self.parent, "parent", None), "_pending_kernels", None)
        if isinstance(pending, dict):
            pending.pop(self.kernel_id, None)

    def _check(self, variables: dict[str, str], cwd: str | None) -> None:
        manager = getattr(self.parent, "kernel_spec_manager", None)
        ours = manager if isinstance(manager, EnvironmentKernelSpecManager) else None
        settings = ours.catalogue.settings if ours else None
        prepare = ours.prepare if ours else None
        check = Check.current([decode(root) for root in self.roots], settings, prepare, self.log.warning)
        if self.kernel:
            check.own_kernel(decode(self.prefix), self.kernel)
            return
        start = check.at(decode(self.prefix)) if self.prefix else check.of_project(variables, cwd)
        self.started = start.environment
