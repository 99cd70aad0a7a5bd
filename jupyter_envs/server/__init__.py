"""The server extension: wires the catalogue, the kernel spec manager and the REST interface into a Jupyter server.

jupyter_server calls `_link_jupyter_server_extension` before it makes its managers, and
`_load_jupyter_server_extension` when its web application stands. Whatever goes wrong in either is one line in the
log, and the server starts without us.
"""

from __future__ import annotations

import atexit
import functools
import logging
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import url_path_join

from jupyter_envs.beside import CatalogueBeside
from jupyter_envs.host import Host
from jupyter_envs.kernels.manager import EnvironmentKernelSpecManager
from jupyter_envs.server import config
from jupyter_envs.server.announcing import Announcer
from jupyter_envs.server.base import SERVICES, Services
from jupyter_envs.server.borrowing import Preparer
from jupyter_envs.server.handlers import routes, switched_off
from jupyter_envs.server.jobs import JobRunner
from jupyter_envs.server.kernels import kernel_routes
from jupyter_envs.server.kernelspecs import KernelSpecs
from jupyter_envs.server.making import Maker
from jupyter_envs.server.places import Places
from jupyter_envs.server.registering import KERNEL_ACTIONS, Registrar
from jupyter_envs.server.telling import Telling
from jupyter_envs.server.threads import Threads
from jupyter_envs.server.watching import Watcher

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_server.serverapp import ServerApp

    from jupyter_envs.creator import Creator
    from jupyter_envs.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Linked:
    """What was made for a server before its managers were."""

    settings: Settings
    catalogue: CatalogueBeside


_linked: weakref.WeakKeyDictionary[ServerApp, Linked] = weakref.WeakKeyDictionary()


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Called by jupyter_server before it makes its kernel spec manager: arranges that environments are added to it."""
    _attempt(app, "offer no environments as kernels", lambda: _link(app))


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Called by jupyter_server when its web application stands: adds the REST interface."""
    _attempt(app, "have no panel of environments", lambda: _load(app))


def _link(app: ServerApp) -> None:
    host = Host.current()
    settings, complaints = config.settings(host, app.config)
    for complaint in complaints:
        app.log.warning("jupyter_envs: %s", complaint)
    if not settings.roots:
        settings = replace(settings, roots=(app.root_dir,))
    linked = _linked[app] = Linked(settings, CatalogueBeside(host, settings))
    if not settings.enabled:
        app.log.info("jupyter_envs: switched off by the setting 'enabled'.")
        return
    app.observe(
        lambda change: _attempt(app, "offer no environments as kernels", lambda: _wrap(app, linked, change.new)),
        "kernel_spec_manager",
    )


def _wrap(app: ServerApp, linked: Linked, manager: KernelSpecManager | None) -> None:
    """Put ours around the kernel spec manager that was configured, before anything takes hold of that one."""
    if isinstance(manager, EnvironmentKernelSpecManager):
        manager.catalogue = linked.catalogue
    elif getattr(app.gateway_config, "gateway_enabled", False):
        app.log.info("jupyter_envs: kernels come from a gateway, so no environment of this machine is one.")
    elif manager is not None:
        app.log.info("jupyter_envs: environments are added to the kernels of %s.", type(manager).__name__)
        app.kernel_spec_manager = EnvironmentKernelSpecManager(parent=app, wrapped=manager, catalogue=linked.catalogue)


def _load(app: ServerApp) -> None:
    if app not in _linked:
        _link(app)
    linked = _linked[app]
    if not linked.settings.enabled:
        app.web_app.add_handlers(".*$", switched_off(app.base_url))  # type: ignore[no-untyped-call]  # tornado's
        return
    loop: asyncio.AbstractEventLoop = app.io_loop.asyncio_loop  # type: ignore[attr-defined]  # it is there
    announcer = Announcer(app.event_logger, loop)  # type: ignore[arg-type]  # as above
    services = _services(linked, app.web_app.settings["contents_manager"], announcer, loop)
    if isinstance(app.kernel_spec_manager, EnvironmentKernelSpecManager):
        app.kernel_spec_manager.prepare = services.preparer.prepare
        app.kernel_spec_manager.awaits = True
    linked.catalogue.on_change = announcer.changed
    _register(app, linked)
    linked.catalogue.on_asked = services.watcher.asked
    app.web_app.settings[SERVICES] = services
    kernel_specs = (url_path_join(app.base_url, "api", "kernelspecs"), KernelSpecs)
    added = [kernel_specs, *kernel_routes(app.base_url), *routes(app.base_url)]
    app.web_app.add_handlers(".*$", added)  # type: ignore[no-untyped-call]  # tornado's
    services.maker.recover(app.log)
    atexit.register(services.jobs.close)
    weakref.finalize(app, linked.catalogue.rest)


def _register(app: ServerApp, linked: Linked) -> None:
    """Arranges that kernel specs are written, where a setting asks for it and the kernels are this machine's."""
    if getattr(app.gateway_config, "gateway_enabled", False):
        return
    registrar = Registrar(linked.catalogue, app.log, app.kernel_manager)
    if linked.settings.register == "used" and app.event_logger:
        app.event_logger.add_listener(schema_id=KERNEL_ACTIONS, listener=registrar.started)
    elif linked.settings.register == "all":
        linked.catalogue.on_change = registrar.beside(linked.catalogue.on_change)


def _services(
    linked: Linked, contents_manager: object, announcer: Announcer, loop: asyncio.AbstractEventLoop
) -> Services:
    on_disk = isinstance(contents_manager, FileManagerMixin)
    root = Path(contents_manager.root_dir) if on_disk else None  # type: ignore[attr-defined]  # its subclasses have it
    places, threads, jobs = Places(root), Threads(), JobRunner()
    jobs.on_state = announcer.job
    roots = [*([root] if root is not None else []), *map(linked.catalogue.host.expand, linked.settings.roots)]
    creator = functools.cache(lambda: _creator(linked.catalogue, roots))
    return Services(
        settings=linked.settings,
        catalogue=linked.catalogue,
        creator=creator,
        jobs=jobs,
        maker=Maker(linked.catalogue, creator, jobs, threads),
        preparer=Preparer(jobs, linked.catalogue, loop),
        places=places,
        telling=Telling(places, threads),
        threads=threads,
        watcher=Watcher(linked.catalogue, jobs, announcer.has_listeners),
    )


def _creator(catalogue: CatalogueBeside, roots: list[Path]) -> Creator:
    from jupyter_envs.creator import Creator  # with all managers; the start need not wait for them

    return Creator(catalogue.finder, roots)


def _attempt(app: ServerApp, without: str, action: Callable[[], None]) -> None:
    """Do it, or log one line on why this server will do without."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 -- a defect of ours must not keep anybody's server from starting
        app.log.warning("jupyter_envs: this server will %s: %s: %s", without, type(error).__name__, error)
        _log.debug("jupyter_envs: the cause", exc_info=True)
