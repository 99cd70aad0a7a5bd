import type { IEnvironment } from './types';

/** The environments in the order in which the panel lists them. */
export interface IGroups {
  /** Those of the project that a folder belongs to, the nearest project first. */
  readonly here: readonly IEnvironment[];
  readonly others: readonly IEnvironment[];
}

/** Whether a folder is a project, or lies in one. Paths are the contents manager's. */
export function isInside(folder: string, project: string): boolean {
  return (
    folder === project || project === '' || folder.startsWith(`${project}/`)
  );
}

function serves(environment: IEnvironment, folder: string | null): boolean {
  const project = environment.project_path;
  return folder !== null && project !== null && isInside(folder, project);
}

function byName(one: IEnvironment, other: IEnvironment): number {
  return one.display_name.localeCompare(other.display_name, undefined, {
    numeric: true
  });
}

/** What runs notebooks, then what is to be mended, then bare interpreters. */
function rank(environment: IEnvironment): number {
  if (environment.kernel) {
    return 0;
  }
  return environment.bare ? 2 : 1;
}

function byUse(one: IEnvironment, other: IEnvironment): number {
  return rank(one) - rank(other) || byName(one, other);
}

function byNearness(one: IEnvironment, other: IEnvironment): number {
  const difference =
    (other.project_path ?? '').length - (one.project_path ?? '').length;
  return difference || byUse(one, other);
}

/** The environments apart: those that serve the folder, and the others. */
export function grouped(
  environments: readonly IEnvironment[],
  folder: string | null
): IGroups {
  const here = environments.filter(each => serves(each, folder));
  const others = environments.filter(each => !serves(each, folder));
  return { here: here.sort(byNearness), others: others.sort(byUse) };
}

/** The environments whose name, path, manager or version holds every word of the text. */
export function matching(
  environments: readonly IEnvironment[],
  text: string
): readonly IEnvironment[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return environments.filter(each => {
    const searched = [
      each.display_name,
      each.name,
      each.manager,
      each.version,
      each.project ?? each.prefix
    ]
      .join('\n')
      .toLowerCase();
    return words.every(word => searched.includes(word));
  });
}
