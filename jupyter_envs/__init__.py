"""Every Python environment of a person is a Jupyter kernel.

This module stays light: the launcher imports it before every kernel, so it loads nothing beyond the version's literal.
"""

from jupyter_envs._version import __version__

__all__ = ["__version__"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where jupyter_server finds the extension; it calls this for the package that `jpserver_extensions` names."""
    return [{"module": "jupyter_envs.server"}]
