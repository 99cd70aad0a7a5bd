import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { clean, cleanLine } from './clean';
import { serverFolder } from './folder';
import { grouped, isInside, matching } from './order';
import { firstUnreadable, splitPackages } from './requirements';
import { environment, failure } from './testing/samples';
import type { EnvironmentState, IEnvironment } from './types';
import {
  draftOf,
  firstDraft,
  nameError,
  packagesError,
  requestOf
} from './validate';
import {
  failureInWords,
  folderInWords,
  stateInWords,
  toneOf,
  whyNotStartable
} from './words';

const trans = nullTranslator.load('jupyter_envs');
const problem = {
  code: 'gone',
  message: 'python3.8 is gone',
  fix: 'Make it again.'
};

const without = { ...problem, code: 'no-ipykernel' };
const unsound = { ...problem, code: 'inconsistent-ipykernel' };

describe('clean', () => {
  it('takes away what cannot be shown, and keeps what can', () => {
    expect(clean('a\u0000b\u202ec\u2028d\ud800')).toBe('abcd');
    expect(clean('two\nlines')).toBe('two lines');
    expect(clean('<b>Zürich</b> 火箭 🚀')).toBe('<b>Zürich</b> 火箭 🚀');
  });

  it('leaves of a line what a terminal would', () => {
    expect(cleanLine('\u001b[1;32mdone\u001b[0m\tnow')).toBe('done    now');
    expect(cleanLine('10 %\r50 %\r100 %\r')).toBe('100 %');
    expect(cleanLine('\u001b]0;title\u0007text')).toBe('text');
  });
});

describe('the state in words', () => {
  it.each<[EnvironmentState, Partial<IEnvironment>, string]>([
    ['ready', {}, 'Ready'],
    ['needs-ipykernel', { kernel: false }, 'Needs ipykernel'],
    ['needs-ipykernel', { problems: [without] }, 'Needs ipykernel'],
    ['needs-ipykernel', {}, 'Borrows an ipykernel'],
    ['needs-ipykernel', { borrowed: '7.4.0' }, 'Borrowed ipykernel 7.4.0'],
    [
      'needs-ipykernel',
      { problems: [without], borrowed: '7\u202e' },
      'Borrowed ipykernel 7'
    ],
    ['needs-ipykernel', { problems: [unsound] }, 'Its ipykernel is not sound'],
    ['ready', { problems: [unsound] }, 'Ready, but its ipykernel is not sound'],
    ['broken', {}, 'Broken'],
    ['broken', { problems: [problem] }, 'Broken: python3.8 is gone'],
    ['foreign', { owner: 'mallory' }, 'Not trusted: mallory'],
    ['foreign', { owner: null }, 'Not trusted'],
    ['asleep' as EnvironmentState, {}, 'asleep']
  ])('calls %s with %o %s', (state, change, words) => {
    expect(stateInWords(environment({ state, ...change }), trans)).toBe(words);
  });

  it.each<[EnvironmentState, Partial<IEnvironment>]>([
    ['ready', {}],
    ['ready', { state: 'needs-ipykernel' }],
    ['ready', { state: 'needs-ipykernel', borrowed: '7', problems: [unsound] }],
    ['needs-ipykernel', { state: 'needs-ipykernel', problems: [unsound] }],
    ['needs-ipykernel', { state: 'needs-ipykernel', kernel: false }],
    ['broken', { state: 'broken' }]
  ])('shows as %s %o', (tone, change) => {
    expect(toneOf(environment(change))).toBe(tone);
  });

  it.each<[Partial<IEnvironment>, string | null]>([
    [{}, null],
    [{ kernel: false }, null],
    [{ state: 'needs-ipykernel' }, null],
    [
      { state: 'needs-ipykernel', problems: [without] },
      'Borrow an ipykernel for it first, or install one.'
    ],
    [{ state: 'needs-ipykernel', problems: [unsound], borrowed: '7' }, null],
    [
      { state: 'needs-ipykernel', kernel: false },
      'Install ipykernel into it, so that notebooks can use it.'
    ],
    [
      { state: 'broken', problems: [problem] },
      'Broken: python3.8 is gone. Make it again.'
    ],
    [
      { state: 'foreign', problems: [{ ...problem, fix: 'Approve it.' }] },
      'Not trusted: user. Approve it.'
    ],
    [{ kernel_name: null }, 'This environment is not offered as a kernel.']
  ])('says why %o starts no notebook', (change, why) => {
    expect(whyNotStartable(environment(change), trans)).toBe(why);
  });
});

describe('failures and folders in words', () => {
  it('has a helpful sentence for each kind', () => {
    const told = (['missing', 'forbidden', 'offline', 'refused'] as const).map(
      kind => failureInWords(failure({ kind, fix: '' }), trans)
    );
    expect(told.map(([title]) => title)).toEqual([
      'The server does not know environments',
      'You may not do this',
      'The server does not answer',
      'The folder exists.'
    ]);
    expect(told.slice(0, 3).every(([, text]) => text !== '')).toBe(true);
  });

  it('prefers what the server says one can do', () => {
    const asked = failure({ kind: 'forbidden', fix: 'Ask Ada.' });
    expect(failureInWords(asked, trans)[1]).toBe('Ask Ada.');
  });

  it('names the top folder', () => {
    expect(folderInWords('', trans)).toBe('the top folder');
    expect(folderInWords('shop', trans)).toBe('shop');
  });

  it.each([
    ['shop', 'shop'],
    ['', ''],
    ['RTC:shop/api', 'shop/api'],
    ['GitHub:shop', null]
  ])('takes %s of the file browser for %s on the server', (path, folder) => {
    const drives = {
      driveName: (of: string) =>
        of.includes(':') ? (of.split(':')[0] ?? '') : '',
      localPath: (of: string) => of.split(':').pop() ?? ''
    };
    expect(serverFolder(drives, path)).toBe(folder);
  });
});

describe('order', () => {
  it('knows what lies in a project', () => {
    expect(isInside('shop/api', 'shop')).toBe(true);
    expect(isInside('shop', 'shop')).toBe(true);
    expect(isInside('shopping', 'shop')).toBe(false);
    expect(isInside('shop', '')).toBe(true);
  });

  it('puts the nearest project first, then kernels, bare interpreters last, by name', () => {
    const all = [
      environment({ id: 'top', project_path: '' }),
      environment({ id: 'none', project_path: null, display_name: 'b' }),
      environment({ id: 'py11', display_name: 'shop 3.11' }),
      environment({ id: 'py9', display_name: 'shop 3.9' }),
      environment({ id: 'api', project_path: 'shop/api' }),
      environment({
        id: 'bare',
        project_path: null,
        display_name: '1',
        bare: true,
        kernel: false
      }),
      environment({
        id: 'broken',
        project_path: null,
        display_name: '2',
        kernel: false
      }),
      environment({ id: 'other', project_path: 'other', display_name: 'a' })
    ];
    const { here, others } = grouped(all, 'shop/api');
    expect(here.map(each => each.id)).toEqual(['api', 'py9', 'py11', 'top']);
    expect(others.map(each => each.id)).toEqual([
      'other',
      'none',
      'broken',
      'bare'
    ]);
    expect(grouped(all, null).here).toEqual([]);
  });

  it('matches every word, wherever it stands', () => {
    const all = [
      environment(),
      environment({ id: 'two', project: null, version: null })
    ];
    expect(matching(all, ' POETRY 3.12.1')).toHaveLength(1);
    expect(matching(all, '.venv')).toHaveLength(1);
    expect(matching(all, '')).toHaveLength(2);
  });
});

describe('requirements', () => {
  it.each([
    ['', []],
    ['numpy, pandas', ['numpy', 'pandas']],
    ['numpy pandas,requests', ['numpy', 'pandas', 'requests']],
    ['numpy >= 1.20, <2 requests', ['numpy>=1.20,<2', 'requests']],
    ['jupyter[all,extra]==1.*,six', ['jupyter[all,extra]==1.*', 'six']]
  ])('splits “%s”', (line, packages) => {
    expect(splitPackages(line)).toEqual(packages);
    expect(firstUnreadable(packages)).toBeNull();
  });

  it.each([
    '-r',
    '--index-url=x',
    '../evil',
    'git+https://x',
    'a;b',
    'numpy>=',
    '<b>'
  ])('does not take %s for a package', text => {
    expect(firstUnreadable(['numpy', text])).toBe(text);
    expect(packagesError(text, trans)).toContain(
      'is not the name of a package'
    );
  });

  it('takes two hundred at most', () => {
    expect(packagesError('a '.repeat(200), trans)).toBeNull();
    expect(packagesError('a '.repeat(201), trans)).toBe(
      'Name at most 200 packages.'
    );
  });
});

describe('the draft', () => {
  it('begins with the first free name', () => {
    const taken = [
      environment(),
      environment({ prefix: '/home/user/shop/.venv-2' }),
      environment({ prefix: '/home/user/shop/.venv-3', project_path: 'other' })
    ];
    expect(firstDraft('shop', []).name).toBe('.venv');
    expect(firstDraft('shop', taken).name).toBe('.venv-3');
    expect(nameError('.venv', 'shop', taken, trans)).toContain('exists');
    expect(nameError('.venv', 'elsewhere', taken, trans)).toBeNull();
  });

  it.each([
    '',
    '..',
    '.git',
    '.ssh',
    '.environment',
    'a/b',
    '-x',
    'a b',
    '.',
    'ä',
    'a'.repeat(65)
  ])('refuses the name “%s”', name => {
    expect(nameError(name, 'shop', [], trans)).not.toBeNull();
  });

  it.each(['venv', '.venv39', '.env-dev', 'py3.12'])(
    'accepts the name “%s”',
    name => {
      expect(nameError(name, 'shop', [], trans)).toBeNull();
    }
  );

  it('is sent, and comes back', () => {
    const draft = {
      name: 'env',
      python: '/python',
      ipykernel: false,
      packages: 'a, b>=1'
    };
    const request = requestOf(draft, 'shop');
    expect(request).toEqual({
      manager: 'venv',
      project_path: 'shop',
      name: 'env',
      python: '/python',
      packages: ['a', 'b>=1'],
      ipykernel: false
    });
    expect(draftOf(request)).toEqual({ ...draft, packages: 'a b>=1' });
  });
});
