import type { TranslationBundle } from '@jupyterlab/translation';

import { clean } from './clean';
import type { IEnvironment, IFailure } from './types';

/** An environment's state in words; the first of its problems is named. */
export function stateInWords(
  environment: IEnvironment,
  trans: TranslationBundle
): string {
  const problem = environment.problems[0];
  switch (environment.state) {
    case 'broken':
      return problem === undefined
        ? trans.__('Broken')
        : trans.__('Broken: %1', clean(problem.message));
    case 'foreign':
      return environment.owner === null
        ? trans.__('Not trusted')
        : trans.__('Not trusted: %1', clean(environment.owner));
    case 'needs-ipykernel':
      return trans.__('Needs ipykernel');
    case 'ready':
      return trans.__('Ready');
    default:
      return clean(String(environment.state));
  }
}

/** Whether the server starts a kernel on it that JupyterLab can name. */
function isStartable(environment: IEnvironment): boolean {
  const { kernel, kernel_name, state } = environment;
  if (kernel_name === null || state === 'broken' || state === 'foreign') {
    return false;
  }
  return kernel || state === 'ready';
}

/** Why no notebook can be started on an environment, or null when one can. */
export function whyNotStartable(
  environment: IEnvironment,
  trans: TranslationBundle
): string | null {
  if (isStartable(environment)) {
    return null;
  }
  const fix = clean(environment.problems[0]?.fix ?? '');
  if (fix !== '') {
    return `${stateInWords(environment, trans)}. ${fix}`;
  }
  return environment.state === 'needs-ipykernel'
    ? trans.__('Install ipykernel into it, so that notebooks can use it.')
    : trans.__('This environment is not offered as a kernel.');
}

/** A heading and a sentence for a failure, in that order. */
export function failureInWords(
  failure: IFailure,
  trans: TranslationBundle
): readonly [string, string] {
  switch (failure.kind) {
    case 'missing':
      return [
        trans.__('The server does not know environments'),
        trans.__(
          'The server extension jupyter_envs is not loaded. Install the package jupyter-envs where the Jupyter server runs, then restart the server.'
        )
      ];
    case 'forbidden':
      return [
        trans.__('You may not do this'),
        failure.fix ||
          trans.__(
            'This server does not let you see or change environments. Ask whoever runs it.'
          )
      ];
    case 'offline':
      return [
        trans.__('The server does not answer'),
        trans.__(
          'Environments are shown again as soon as it does. Check your connection, or whether the server still runs.'
        )
      ];
    case 'refused':
      return [clean(failure.message), clean(failure.fix)];
  }
}

/** A folder of the file browser as people say it. */
export function folderInWords(
  folder: string,
  trans: TranslationBundle
): string {
  return folder === '' ? trans.__('the top folder') : clean(folder);
}
