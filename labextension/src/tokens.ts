import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { IEnvironment } from './types';

/** What other extensions may know: the environments as last read. */
export interface IEnvironments {
  readonly environments: readonly IEnvironment[];
  /** Emitted whenever what can be read here may have changed. */
  readonly changed: ISignal<unknown, void>;
  /** Read the environments anew; never rejects. */
  read(): Promise<void>;
}

export const IEnvironments = new Token<IEnvironments>(
  'jupyter-envs:IEnvironments',
  'The Python environments that were found on the server.'
);

/** The plugin's id, which is also the beginning of its commands' ids. */
export const PLUGIN_ID = 'jupyter-envs:plugin';

/** The translations' domain. */
export const DOMAIN = 'jupyter_envs';
