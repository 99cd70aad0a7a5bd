"""A borrowed ipykernel: a folder of ours behind the environment's own packages, never inside the environment.

`store` knows where such folders (overlays) lie and which one fits an interpreter, `plan` remembers what a launch takes
from where; both load bare, for the launcher. `distributions` and `solving` decide what must come from the overlay.
"""
