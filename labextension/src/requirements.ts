/** How the name of a package and its versions are written, without spaces. */
const REQUIREMENT =
  /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?:\[[a-z0-9._,-]*\])?(?:(?:===|==|~=|!=|<=|>=|<|>)[a-z0-9.*+!_-]+(?:,(?:===|==|~=|!=|<=|>=|<|>)[a-z0-9.*+!_-]+)*)?$/i;

const OPERATOR = /\s*(===|==|~=|!=|<=|>=|<|>)\s*/g;

/** Between packages: white space and commas, but not the comma of `a>=1,<2` or `a[b,c]`. */
const BETWEEN = /(?:\s|,(?![<>=!~])(?![^[\]]*\]))+/;

/** The server accepts no more in one request. */
export const MOST_PACKAGES = 200;

/** The packages that a line names: `numpy>=1.20,<2, requests` gives two. */
export function splitPackages(line: string): readonly string[] {
  return line
    .replace(OPERATOR, '$1')
    .replace(/,\s*(?=[<>=!~])/g, ',')
    .split(BETWEEN)
    .filter(Boolean);
}

/** The first that is no package, or null when all are. */
export function firstUnreadable(packages: readonly string[]): string | null {
  return packages.find(each => !REQUIREMENT.test(each)) ?? null;
}
