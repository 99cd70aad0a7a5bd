/* eslint-disable no-control-regex -- control characters are the subject here */

/** What a terminal understands and a page does not: colours, cursor moves, titles. */
const TERMINAL_CODES =
  /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** Controls, formats (right-to-left marks among them), surrogates, private and unassigned ones. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A name or a path as people may see it: as the server cleans names, on one line. */
export function clean(text: string): string {
  return text.replace(/[\t\n\r]+/g, ' ').replace(UNSHOWABLE, '');
}

/** One line of a tool's output, as a terminal would have left it. */
export function cleanLine(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').pop() ?? '';
  return last
    .replace(TERMINAL_CODES, '')
    .replace(/\t/g, '    ')
    .replace(UNSHOWABLE, '');
}
