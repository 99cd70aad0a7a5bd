"""Walking trees for environments and project folders: pruned, bounded, and never through a link or into a mount.

`child.py` is a program: `jupyter_envs.walks` starts it, so that a walk can be ended whatever it hangs in. It starts
bare and once for each walk, so nothing that it loads (all of this package but `order.py`) imports more than the
interpreter has loaded already.
"""
