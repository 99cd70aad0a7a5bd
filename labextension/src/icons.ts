import { LabIcon } from '@jupyterlab/ui-components';

import conda from '../style/icons/conda.svg';
import environment from '../style/icons/environment.svg';
import environments from '../style/icons/environments.svg';
import hatch from '../style/icons/hatch.svg';
import pdm from '../style/icons/pdm.svg';
import pipenv from '../style/icons/pipenv.svg';
import pixi from '../style/icons/pixi.svg';
import poetry from '../style/icons/poetry.svg';
import pyenvVirtualenv from '../style/icons/pyenv-virtualenv.svg';
import pyenv from '../style/icons/pyenv.svg';
import rye from '../style/icons/rye.svg';
import uv from '../style/icons/uv.svg';
import venv from '../style/icons/venv.svg';
import virtualenvwrapper from '../style/icons/virtualenvwrapper.svg';

/** The side bar's icon, in the theme's colours. */
export const environmentsIcon = new LabIcon({
  name: 'jupyter-envs:environments',
  svgstr: environments
});

const generic = glyph('environment', environment);

const GLYPHS = new Map(
  Object.entries({
    conda,
    hatch,
    pdm,
    pipenv,
    pixi,
    poetry,
    pyenv,
    'pyenv-virtualenv': pyenvVirtualenv,
    rye,
    uv,
    venv,
    virtualenvwrapper
  }).map(([manager, svgstr]) => [manager, glyph(manager, svgstr)])
);

function glyph(manager: string, svgstr: string): LabIcon {
  return new LabIcon({ name: `jupyter-envs:${manager}`, svgstr });
}

/** The glyph of a manager: ours, not the tool's trademark; a plain box for one not known here. */
export function iconOf(manager: string): LabIcon {
  return GLYPHS.get(manager) ?? generic;
}
