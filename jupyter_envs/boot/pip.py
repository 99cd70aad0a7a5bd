"""A pip for an environment that has none, run by that environment's interpreter (Python 2.7 and 3.6 up).

    <prefix>/bin/python pip.py <what pip is told>

It is the first of these that there is: a pip that the interpreter can import all the same; the one that Python brings
for `ensurepip`; `uv pip`, with the uv of the Jupyter server or another on PATH (some systems' Pythons bring no pip).
Nothing is installed by that: an environment gets a pip of its own by `pip install pip`. What Python brings is packed,
and unpacked once in the person's cache.
"""

import os
import sys

UV = "JUPYTER_ENVS_UV"
HERE = os.path.dirname(os.path.abspath(__file__))
INDEXES = (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_INDEX"))


def is_environment():
    """Whether this Python is nobody's but its environment's."""
    if hasattr(sys, "real_prefix") or os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        return True
    return sys.prefix != getattr(sys, "base_prefix", sys.prefix)


def bundled():
    """The newest wheel of pip that came with this Python; None where none did."""
    try:
        import ensurepip
    except ImportError:
        return None
    system = getattr(ensurepip, "_WHEEL_PKG_DIR", None)  # where Debian and Fedora keep it
    folders = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), system]
    for folder in folders:
        names = os.listdir(folder) if folder and os.path.isdir(folder) else []
        found = [name for name in names if name.startswith("pip-") and name.endswith(".whl")]
        if found:
            return os.path.join(folder, max(found, key=version))
    return None


def version(name):
    """The numbers in a wheel's name, for comparing."""
    return [int(part) for part in name.split("-")[1].split(".") if part.isdigit()]


def unpacked(wheel):
    """A folder with what is in a wheel, made once in the person's cache; the wheel itself where that cannot be.

    Python keeps no bytecode of what is in a wheel, so each start of pip from there takes seconds.
    """
    import tempfile

    name = "%s-%s" % (os.path.basename(wheel)[: -len(".whl")], int(os.path.getmtime(wheel)))
    place = os.path.join(cache_folder(), "jupyter-envs", "pip")
    try:
        make(place)
        if os.stat(place).st_uid != os.getuid() or os.stat(place).st_mode & 0o022:  # somebody else's code
            return wheel
        folder = os.path.join(place, name)
        if not os.path.isdir(folder):
            unpack(wheel, folder, tempfile.mkdtemp(dir=place))
    except OSError:
        return wheel
    return folder


def make(place):
    """Makes a folder, unless somebody else does at the same time. Raises OSError."""
    try:
        os.makedirs(place, 0o700)
    except OSError:
        if not os.path.isdir(place):
            raise


def unpack(wheel, folder, temporary):
    """Makes that folder, all at once; one that somebody else made meanwhile is as good. Raises OSError."""
    import shutil
    import zipfile

    try:
        zipfile.ZipFile(wheel).extractall(temporary)
        os.rename(temporary, folder)
    except (OSError, zipfile.BadZipfile) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if not os.path.isdir(folder):
            raise OSError(str(error))  # noqa: B904  # Python 2 knows no cause


def cache_folder():
    """Where a person's programs keep what they can make again."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    own = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return given if os.path.isabs(given) else os.path.join(os.path.expanduser("~"), *own)


def run(place):
    """Runs pip, from a folder or wheel where one is given, and ends."""
    import runpy

    if place:
        sys.path.insert(0, place)
        import pip  # noqa: F401  # from here on it finds its own modules through itself

        sys.path.remove(place)  # and does not list itself as installed
    sys.argv[0] = "pip"
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def find_uv():
    """The server's uv, or the first on PATH; None where there is none."""
    folders = filter(None, os.environ.get("PATH", "").split(os.pathsep))
    places = [os.environ.get(UV, "")] + [os.path.join(folder, "uv") for folder in folders]
    return next((path for path in places if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def become_uv(path, words):
    """Goes on as uv, on this Python and with the index that pip is told of by variables."""
    if words in (["--version"], ["-V"]):  # which uv does not know
        sys.stdout.write("pip of uv from %s (python %d.%d)\n" % ((path,) + sys.version_info[:2]))
        return
    told = dict(os.environ, UV_PYTHON=sys.executable)
    for ours, theirs in INDEXES:
        if ours in told:
            told.setdefault(theirs, told[ours])
    os.execve(path, [path, "pip"] + words, told)


def main():
    """Does what pip is told."""
    sys.path[:] = [folder for folder in sys.path if folder and os.path.abspath(folder) != HERE]
    if not is_environment():
        sys.exit("pip: %s belongs to no environment, so nothing is done. Run its own pip." % sys.executable)
    try:
        import pip
    except ImportError:
        pip = None
    wheel = None if pip else bundled()
    if pip or wheel:
        run(unpacked(wheel) if wheel else None)
        return
    path = find_uv()
    if path is None:
        sys.exit("pip: %s came without pip, and there is no uv. Install uv, or python3-venv." % sys.executable)
    become_uv(path, sys.argv[1:])


if __name__ == "__main__":
    main()
