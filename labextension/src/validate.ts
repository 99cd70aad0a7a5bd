import type { TranslationBundle } from '@jupyterlab/translation';

import { clean } from './clean';
import { MOST_PACKAGES, firstUnreadable, splitPackages } from './requirements';
import type { ICreateRequest, IEnvironment } from './types';

/** What the form holds while one fills it in. */
export interface IDraft {
  readonly name: string;
  /** The interpreter's path; empty until one is known. */
  readonly python: string;
  readonly ipykernel: boolean;
  readonly packages: string;
}

/** The form as it opens: `.venv`, or the first of `.venv-2`, ... that is free. */
export function firstDraft(
  folder: string,
  environments: readonly IEnvironment[]
): IDraft {
  let name = '.venv';
  for (let number = 2; isTaken(name, folder, environments); number += 1) {
    name = `.venv-${String(number)}`;
  }
  return { name, python: '', ipykernel: true, packages: '' };
}

/** The form as it was sent. */
export function draftOf(request: ICreateRequest): IDraft {
  const { name, python, ipykernel, packages } = request;
  return { name, python, ipykernel, packages: packages.join(' ') };
}

/** Whether an environment of the folder's project is known to lie there. */
function isTaken(
  name: string,
  folder: string,
  environments: readonly IEnvironment[]
): boolean {
  return environments.some(
    each =>
      each.project_path === folder &&
      each.prefix === `${String(each.project)}/${name}`
  );
}

/** A hidden folder only under a name that says that it is an environment: never `.git`. */
const FOLDER_NAME =
  /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|\.(?:venv|env|virtualenv)(?:[-_.\d][A-Za-z0-9._-]{0,50})?)$/i;

/** What is wrong with the name of the new folder, or null. */
export function nameError(
  name: string,
  folder: string,
  environments: readonly IEnvironment[],
  trans: TranslationBundle
): string | null {
  if (name === '') {
    return trans.__('Give the folder a name, such as .venv.');
  }
  if (!FOLDER_NAME.test(name)) {
    return trans.__(
      'Use letters, digits, dots, dashes and underscores only, at most 64. A hidden name begins with .venv or .env.'
    );
  }
  return isTaken(name, folder, environments)
    ? trans.__('%1 exists in this folder already. Choose another name.', name)
    : null;
}

/** What is wrong with the line of packages, or null. */
export function packagesError(
  line: string,
  trans: TranslationBundle
): string | null {
  const packages = splitPackages(line);
  const unreadable = firstUnreadable(packages);
  if (unreadable !== null) {
    return trans.__(
      '“%1” is not the name of a package. Write names such as numpy or numpy>=2.',
      clean(unreadable)
    );
  }
  return packages.length > MOST_PACKAGES
    ? trans.__('Name at most %1 packages.', MOST_PACKAGES)
    : null;
}

/** What a valid draft asks of the server. */
export function requestOf(draft: IDraft, folder: string): ICreateRequest {
  return {
    manager: 'venv',
    project_path: folder,
    name: draft.name,
    python: draft.python,
    packages: splitPackages(draft.packages),
    ipykernel: draft.ipykernel
  };
}
