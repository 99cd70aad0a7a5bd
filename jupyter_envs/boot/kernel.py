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
    import jupyter_envs_magic

    sys.path[:] = outside
    from ipykernel import kernelapp

    jupyter_envs_magic.start(kernelapp.IPKernelApp)
