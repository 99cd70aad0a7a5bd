import type { TranslationBundle } from '@jupyterlab/translation';

import { clean } from './clean';
import type { EnvironmentState, IEnvironment, IFailure } from './types';

const NONE = 'no-ipykernel';
const UNSOUND = 'inconsistent-ipykernel';

function has(environment: IEnvironment, code: string): boolean {
  return environment.problems.some(each => each.code === code);
}

/** Which ipykernel it runs on, without a sound one of its own. */
function borrowingInWords(
  environment: IEnvironment,
  trans: TranslationBundle
): string {
  const { borrowed, kernel } = environment;
  if (borrowed !== null) {
    return trans.__('Borrowed ipykernel %1', clean(borrowed));
  }
  if (has(environment, UNSOUND)) {
    return trans.__('Its ipykernel is not sound');
  }
  return has(environment, NONE) || !kernel
    ? trans.__('Needs ipykernel')
    : trans.__('Borrows an ipykernel');
}

/** Whether the server would prepare an ipykernel for it, and has not yet. */
export function canBorrow(environment: IEnvironment): boolean {
  const { borrowed, kernel, state } = environment;
  return (
    state === 'needs-ipykernel' &&
    kernel &&
    borrowed === null &&
    (has(environment, NONE) || has(environment, UNSOUND))
  );
}

/** What can be done in a terminal instead of borrowing, in the server's words. */
export function insteadOfBorrowing(environment: IEnvironment): string {
  const problem = environment.problems.find(
    each => each.code === NONE || each.code === UNSOUND
  );
  return clean(problem?.fix ?? '');
}

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
      return borrowingInWords(environment, trans);
    case 'ready':
      return has(environment, UNSOUND)
        ? trans.__('Ready, but its ipykernel is not sound')
        : trans.__('Ready');
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
  return state === 'ready' || (kernel && !has(environment, NONE));
}

/** How an environment is, for its colour: one that borrows without a question is as good as ready. */
export function toneOf(environment: IEnvironment): EnvironmentState {
  const { state } = environment;
  const borrows = state === 'needs-ipykernel' && !canBorrow(environment);
  return borrows && isStartable(environment) ? 'ready' : state;
}

/** Why no notebook can be started on an environment, or null when one can. */
export function whyNotStartable(
  environment: IEnvironment,
  trans: TranslationBundle
): string | null {
  if (isStartable(environment)) {
    return null;
  }
  if (canBorrow(environment)) {
    return trans.__('Borrow an ipykernel for it first, or install one.');
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
