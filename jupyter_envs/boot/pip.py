"""A pip for an environment that has none, run by that environment's interpreter (Python 2.7 and 3.6 up).

    <prefix>/bin/python pip.py <what pip is told>

It is the first of these that there is: a pip that the interpreter can import all the same; the one that Python brings
for `ensurepip`; `uv pip`, with the uv of the Jupyter server or another on PATH (some systems' Pythons bring no pip).
Nothing is installed by that: an environment gets a pip of its own by `pip install pip`.
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


def run(wheel):
    """Runs pip, out of a wheel where one is given, and ends."""
    import runpy

    if wheel:
        sys.path.insert(0, wheel)
        import pip  # noqa: F401  # from here on it finds its own modules through itself

        sys.path.remove(wheel)  # and does not list itself as installed
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
        run(wheel)
        return
    path = find_uv()
    if path is None:
        sys.exit("pip: %s came without pip, and there is no uv. Install uv, or python3-venv." % sys.executable)
    become_uv(path, sys.argv[1:])


if __name__ == "__main__":
    main()
