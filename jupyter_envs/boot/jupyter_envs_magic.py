"""What makes `%pip` work in an environment that has no pip (Python 2.7 and 3.6 up).

This is the one file beside the one that is run, and only loaded, under a name that nobody else has, by that one.
"""

import os
import sys

PIP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip.py")


def start(app, site=None):
    """Runs ipykernel's application, with our `%pip` where there is no pip; `site` holds what is only borrowed."""
    if has_pip(site):
        app.launch_instance()
        return
    kernel = app.instance()
    kernel.initialize()
    if kernel.shell is not None:
        add_magic(kernel.shell, site)
    kernel.start()


def has_pip(site=None):
    """Whether the interpreter, when started anew, would have a pip."""
    folders = [folder for folder in sys.path if folder not in ("", site)]
    return any(os.path.isfile(os.path.join(folder, "pip", "__main__.py")) for folder in folders)


def add_magic(shell, site):
    """Makes `%pip` run ours for as long as there is no pip, and IPython's own (if it has one) after that."""
    original = shell.find_line_magic("pip")

    def pip(line):
        """Run pip in this kernel's environment: `%pip install <package>`."""
        if original is not None and has_pip(site):
            return original(line)
        words = "-m pip" if has_pip(site) else quoted(PIP)
        shell.system(" ".join([quoted(sys.executable), words, line]))
        sys.stdout.write("Note: you may need to restart the kernel to use updated packages.\n")
        return None

    shell.register_magic_function(pip, "line", "pip")


def quoted(path):
    """A path as one word of a shell."""
    return "'" + path.replace("'", "'\"'\"'") + "'"
