"""The kernel spec manager that adds environments to those of the manager that was configured."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import Instance, directional_link

from jupyter_envs import packing
from jupyter_envs.catalogue import Known
from jupyter_envs.environment import OwnKernel
from jupyter_envs.kernels import specs
from jupyter_envs.kernels.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from jupyter_envs.catalogue import Catalogue
    from jupyter_envs.environment import Environment
    from jupyter_envs.kernels.planning import Prepare


_NAME = re.compile(r"[A-Za-z0-9._-]+")
_FIRST_SECONDS = 3.0
_SHARED = (
    "allowed_kernelspecs",
    "data_dir",
    "ensure_native_kernel",
    "kernel_dirs",
    "kernel_spec_class",
    "user_kernel_dir",
)


class EnvironmentKernelSpecManager(KernelSpecManager):
    """Wraps another kernel spec manager. Names that the other one has stay its own.

    Where the wrapped one answers with awaitables, so does this; in a server it always does, because listing may
    read folders, which happens in a thread.
    """

    wrapped = Instance(KernelSpecManager, allow_none=True, help="The manager that was configured.")
    catalogue = Instance(Known, help="The environments that are known.")

    prepare: Prepare | None = None
    """What a server does for a start that needs an ipykernel which must be downloaded first."""
    awaits = False
    """Whether who starts kernels awaits `know` before; if not, the first look is waited for where a name needs it."""
    _offer = Offer()
    _followed = (Offer(), Offer())
    _waited = False
    _encoded: tuple[object, tuple[frozenset[str], Offer] | None, bytes] = (None, None, b"")

    def _catalogue_default(self) -> Catalogue:
        from jupyter_envs.kernels.alone import make_catalogue  # a server gives its own

        return make_catalogue()

    def _wrapped_default(self) -> KernelSpecManager:
        """jupyter_client's own. Nobody else was configured, so what this one is told to list is meant for that one."""
        stock = KernelSpecManager(parent=self.parent, **{name: getattr(self, name) for name in _SHARED})
        for name in _SHARED:
            directional_link((self, name), (stock, name))
        return stock

    def find_kernel_specs(self) -> Any:  # noqa: ANN401  # a dict, or an awaitable of one where the wrapped manager's is
        """Name of each kernel spec, with the folder of its logos."""
        if not _in_event_loop():
            self._fill()
        theirs = self._inner.find_kernel_specs()
        if inspect.isawaitable(theirs):
            return self._with_ours(theirs, folders=True)
        if not _in_event_loop() and not inspect.isawaitable(models := self._inner.get_all_specs()):
            self._with_project(models)
        return {**dict(self._folders()), **theirs}

    def get_all_specs(self) -> Any:  # noqa: ANN401  # as above
        """Name of each kernel spec, with the spec and the folder of its logos."""
        overridden = type(self).find_kernel_specs is not EnvironmentKernelSpecManager.find_kernel_specs
        if _in_event_loop():
            return self._all_specs_of_subclass() if overridden else self._all_specs_beside()
        if overridden:
            return super().get_all_specs()
        self._fill()
        theirs = self._inner.get_all_specs()
        return self._with_ours(theirs, folders=False) if inspect.isawaitable(theirs) else self._merged(theirs)

    def get_kernel_spec(self, kernel_name: str) -> Any:  # noqa: ANN401  # as above
        """One kernel spec. Every environment has one by its id, also while it is not offered.

        Even one that must not start: whoever asks for it by a name that a notebook remembers is told the reason then.
        """
        if not _in_event_loop():
            self._fill()
        elif not (self.awaits or self._waited or self.catalogue.is_filled):
            self._wait_for(kernel_name)
        own = self._own_spec(kernel_name)
        if own is None:
            return self._inner.get_kernel_spec(kernel_name)
        return own if (theirs := self._theirs(kernel_name)) is None else theirs

    def remove_kernel_spec(self, name: str) -> Any:  # noqa: ANN401  # as above
        """Removes a kernel spec on disk; an environment is no such thing."""
        return self._inner.remove_kernel_spec(name)

    @property
    def _inner(self) -> KernelSpecManager:
        if self.wrapped is None:
            self.wrapped = self._wrapped_default()
        inner: KernelSpecManager = self.wrapped
        return inner

    @property
    def _settings(self) -> Any:  # noqa: ANN401  # traitlets' Instance hides the type
        return self.catalogue.settings

    async def _all_specs_beside(self) -> dict[str, Any]:
        theirs, _ = await asyncio.gather(self._their_specs(), self.catalogue.fresh())
        return await asyncio.to_thread(self._merged, theirs)

    async def _all_specs_of_subclass(self) -> dict[str, Any]:
        """Of those that a subclass finds: it may leave kernels out or add some there, as jupyter_client's may."""
        await self.catalogue.fresh()
        found: dict[str, Any] = super().get_all_specs()
        return found

    async def encoded(self) -> tuple[dict[str, Any], bytes]:
        """The wrapped manager's specs with `project-env`, and the models of ours as members of a JSON object.

        The text is made beside the event loop, once for each snapshot.
        """
        theirs, _ = await asyncio.gather(self._their_specs(), self.catalogue.fresh())
        theirs = self._with_project(theirs)
        environments, others = self.catalogue.snapshot.environments, (self._allowed, self._offer)
        if environments is not self._encoded[0] or others != self._encoded[1]:
            self._encoded = (environments, others, await asyncio.to_thread(self._encode, theirs))
        return theirs, packing.unpacked(self._encoded[2])

    def _encode(self, theirs: dict[str, Any]) -> bytes:
        """One by one, so that the interpreter can change threads between two."""
        members = (json.dumps({name: model})[1:-1] for name, model in self._models() if name not in theirs)
        return packing.packed(members)

    async def _their_specs(self) -> dict[str, Any]:
        found = self._inner.get_all_specs()
        result: dict[str, Any] = await found if inspect.isawaitable(found) else found
        return result

    async def _with_ours(self, theirs: Awaitable[dict[str, Any]], *, folders: bool) -> dict[str, Any]:
        return {**dict(self._folders()), **await theirs} if folders else self._merged(await theirs)

    def _merged(self, theirs: dict[str, Any]) -> dict[str, Any]:
        merged = self._with_project(theirs)
        for name, model in self._models():
            merged.setdefault(name, model)
        return merged

    def _with_project(self, theirs: dict[str, Any]) -> dict[str, Any]:
        merged = {name: model for name, model in theirs.items() if not self._stands_for(name, model)}
        self._offer = Offer.of(merged)
        if specs.PROJECT_KERNEL in theirs or self._allows(specs.PROJECT_KERNEL):
            project = specs.project_spec(self._settings)
            merged.setdefault(specs.PROJECT_KERNEL, self._model(specs.PROJECT_KERNEL, project, "project"))
        return merged

    def _stands_for(self, name: str, model: dict[str, Any]) -> bool:
        """Whether a kernel spec on disk is ours, and the one that is served in its place can tell why it fails."""
        environment = self.catalogue.snapshot.get(name)
        listed = name == specs.PROJECT_KERNEL or (environment is not None and environment.kernel and self._allows(name))
        return listed and specs.is_ours(name, model.get("spec", {}).get("metadata"))

    def _models(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Our kernels by name, ready-made as `GET /api/kernelspecs` tells them: nobody need look for their logos."""
        offer = self._real_offer()
        for one in self._offered(offer):
            yield one.id, self._model(one.id, specs.spec_of(one, self._settings), one.manager)
        for each in self._others_offered(offer):
            name = specs.own_name(*each)
            yield name, self._model(name, specs.own_spec_of(*each, self._settings), each[0].manager)

    def _model(self, name: str, spec: specs.Spec, manager: str) -> dict[str, Any]:
        address = f"{getattr(self.parent, 'base_url', '/')}kernelspecs/{name}/"
        resources = {key: address + file for key, file in specs.logo_files(manager).items()}
        return {"name": name, "spec": spec, "resources": resources, "resource_dir": specs.logos(manager)}

    def _folders(self) -> Iterator[tuple[str, str]]:
        if self._allows(specs.PROJECT_KERNEL):
            yield specs.PROJECT_KERNEL, specs.logos("project")
        offer = self._real_offer()
        for environment in self._offered(offer):
            yield environment.id, specs.logos(environment.manager)
        for environment, kernel in self._others_offered(offer):
            yield specs.own_name(environment, kernel), specs.logos(environment.manager)

    def _real_offer(self) -> Offer:
        """What the wrapped manager listed last. Links in it are followed where that may wait for a disk."""
        if not _in_event_loop():
            self._followed = (self._offer, self._offer.real(self.catalogue.host.mounts()))
        offer, real = self._followed
        return real if offer == self._offer else self._offer

    def _offered(self, offer: Offer) -> Iterator[Environment]:
        """Environments that are kernels of ours: offered, allowed, and not another manager's already."""
        for environment in self.catalogue.snapshot.environments:
            if environment.kernel and self._allows(environment.id) and not offer.has(environment):
                yield environment

    def _others_offered(self, offer: Offer) -> Iterator[tuple[Environment, OwnKernel]]:
        """Other kernels that environments hold: R, xeus, a second Python with variables of its own."""
        for environment in self.catalogue.snapshot.environments:
            for kernel in environment.kernels:
                if offer.has_other(environment, kernel) or not kernel.offered:
                    continue
                if self._allows(specs.own_name(environment, kernel)):
                    yield environment, kernel

    def _allows(self, name: str) -> bool:
        return not self._allowed or name in self._allowed

    @property
    def _allowed(self) -> frozenset[str]:
        return frozenset(self.allowed_kernelspecs or self._inner.allowed_kernelspecs)

    def _own_spec(self, name: str) -> KernelSpec | None:
        """Our kernel spec of that name, whoever else may have one."""
        environment = self.catalogue.snapshot.get(name)
        if environment is None and self._allows(name) and (found := self._other(name)):
            spec = specs.own_spec_of(*found, self._settings)
            other: KernelSpec = self.kernel_spec_class(resource_dir=specs.logos(found[0].manager), **spec)
            return other
        if not self._allows(name) or (environment is None and name != specs.PROJECT_KERNEL):
            return None
        if environment is None:
            folder, spec = specs.logos("project"), specs.project_spec(self._settings)
        else:
            folder, spec = specs.logos(environment.manager), specs.spec_of(environment, self._settings)
        own: KernelSpec = self.kernel_spec_class(resource_dir=folder, **spec)
        return own

    def _other(self, name: str) -> tuple[Environment, OwnKernel] | None:
        """The environment and the other kernel that a name means, be it that the kernel is gone or may not start."""
        for environment in self.catalogue.snapshot.environments:
            short = name.removeprefix(f"{environment.id}.")
            if short != name and _NAME.fullmatch(short):
                gone = OwnKernel(short, f"{short} ({environment.name})", "")
                return environment, next((kernel for kernel in environment.kernels if kernel.name == short), gone)
        return None

    def _theirs(self, name: str) -> Any:  # noqa: ANN401  # as above
        """The wrapped manager's kernel spec of a name that we have too; None where it has none, or only ours on disk.

        A manager that must be awaited is not asked, because jupyter_client needs ours at once: its last list counts.
        """
        try:
            spec: Any = self._inner.get_kernel_spec(name)
        except NoSuchKernel:
            return None
        if not inspect.isawaitable(spec):
            return None if specs.is_ours(name, spec.metadata) else spec
        if name in self._offer.names:
            return spec
        if inspect.iscoroutine(spec):
            spec.close()
        return None

    async def know(self) -> None:
        """Waits until something is known, as long as a first question does."""
        if not self.catalogue.is_filled:
            await self.catalogue.fresh()

    def _wait_for(self, name: str) -> None:
        """Wait until something is known, once and not for long: jupyter_client asks for a kernel without awaiting it.

        A server with our extension awaits that before it starts a kernel. Elsewhere jupyter_client's loop serves nobody
        else, or a gateway's, which is held up once.
        """
        if name != specs.PROJECT_KERNEL and self._theirs(name) is None:
            self._waited = True
            self.catalogue.wait_for_first(_FIRST_SECONDS)

    def _fill(self) -> None:
        """Outside a server nobody else fills the catalogue."""
        if not self.catalogue.is_filled:
            self.catalogue.refresh()


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
