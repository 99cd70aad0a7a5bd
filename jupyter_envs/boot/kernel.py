"""Starts the ipykernel of the environment whose interpreter runs this file (Python 2.7 and 3.6 up).

`python -m ipykernel_launcher` would import a file of that name from the notebook's folder, before any cell runs;
running ipykernel's own file by its path would put site-packages before the standard library. This file only takes
its own folder off the path. IPython adds the notebook's folder for the cells later, as always.
"""

import os
import sys

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    outside = [folder for folder in sys.path if folder and os.path.abspath(folder) != here]
    sys.path[:] = [here]
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # not into the server's packages
    import jupyter_envs_magic

    sys.path[:], sys.dont_write_bytecode = outside, written
    from ipykernel import kernelapp

    jupyter_envs_magic.start(kernelapp.IPKernelApp)
