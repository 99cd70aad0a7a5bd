"""Starts an ipykernel that the environment does not have, with the environment's own interpreter (CPython 3.8 up).

    <prefix>/bin/python borrowed.py <site> <modules>;<distributions>[;<descriptor>] -f <connection file>

`site` is the folder that holds the borrowed ipykernel and what it needs. It stands at the end of the path, so all that
the environment has comes from the environment, but for the named top-level modules, which the borrowed ones could not
work with; the metadata of the named distributions (names as PEP 503 normalises them) come from the same place. What is
named is separated by commas, and either part may be empty.

`descriptor` is a file that whoever starts this has locked for as long as the kernel runs, so that nobody removes the
folder meanwhile; without one it is locked here. What cells start does not get it, nor anything else of all this.
"""

import os
import sys
from importlib.machinery import PathFinder


class Borrowed:
    """Finds the named modules, and the metadata of the named distributions, in one folder, before all others."""

    def __init__(self, site, modules, distributions):
        self._places = [site]
        self._modules = frozenset(modules)
        self._distributions = frozenset(distributions)

    def find_spec(self, name, path=None, target=None):
        """Where a top-level module is, if it is one of those; what it contains is found through it, as always."""
        if path is not None or name not in self._modules:
            return None
        return PathFinder.find_spec(name, self._places, target)

    def find_distributions(self, context):
        """What importlib.metadata is told, one by one; nothing where it asks about one place.

        Also the package importlib_metadata asks, with a context of its own, and wants distributions of its own.
        """
        wanted = self._distributions
        if context.name is not None:
            wanted = wanted & {_normalized(context.name)}
        if not wanted or "path" in vars(context):
            return iter(())
        finder = getattr(sys.modules[type(context).__module__], "MetadataPathFinder", PathFinder)()
        kinds = [type(context)(name=name, path=self._places) for name in sorted(wanted)]
        return (found for kind in kinds for found in finder.find_distributions(kind))


def _normalized(name):
    """The name of a distribution as PEP 503 writes it."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def lend(site, words):
    """Lends the running interpreter what lies in `site`."""
    modules, distributions = (part.split(",") if part else [] for part in words[:2])
    for name in list(sys.modules):  # what a .pth file of the environment has imported already
        if name.partition(".")[0] in modules:
            del sys.modules[name]
    sys.path.append(site)
    sys.meta_path.insert(0, Borrowed(site, modules, distributions))


def hold(site, descriptors):
    """Keeps the folder from being removed while this process lives, and the lock from what it starts."""
    import fcntl

    try:
        if descriptors:
            os.set_inheritable(int(descriptors[0]), False)  # noqa: FBT003  # it takes no keywords
            return
        descriptor = os.open(os.path.join(os.path.dirname(site), "overlay.json"), os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # a disk without locks; the kernel runs all the same
        return


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    outside = [folder for folder in sys.path if folder and os.path.abspath(folder) != here]
    sys.path[:] = [here]
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # not into the server's packages
    import jupyter_envs_magic

    sys.path[:], sys.dont_write_bytecode = outside, written
    words = sys.argv[2].split(";")
    hold(sys.argv[1], words[2:])
    lend(sys.argv[1], words)
    place = sys.argv.pop(1)
    del sys.argv[1]

    from ipykernel import kernelapp

    jupyter_envs_magic.start(kernelapp.IPKernelApp, place)
