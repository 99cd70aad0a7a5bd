"""`python -m jupyter_envs` is `jupyter-envs`."""

import sys

from jupyter_envs.cli import main

sys.exit(main())
