"""What the command line shows: tables that fit the terminal, details, and a line of progress."""

from jupyter_envs.terminal.bar import Bar as Bar
from jupyter_envs.terminal.details import details as details
from jupyter_envs.terminal.details import resolution as resolution
from jupyter_envs.terminal.layout import GAP as GAP
from jupyter_envs.terminal.layout import told as told
from jupyter_envs.terminal.layout import width_of as width_of
from jupyter_envs.terminal.progress import Doing as Doing
from jupyter_envs.terminal.progress import erase as erase
from jupyter_envs.terminal.progress import redraw as redraw
from jupyter_envs.terminal.tables import interpreters as interpreters
from jupyter_envs.terminal.tables import table as table
from jupyter_envs.terminal.words import age as age
from jupyter_envs.terminal.words import count as count
from jupyter_envs.terminal.words import short as short
