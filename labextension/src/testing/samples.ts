import type {
  ICreateRequest,
  IEnvironment,
  IFailure,
  IInterpreter,
  IJob,
  IManager,
  IOutputEvent,
  IShadow,
  IStateEvent
} from '../types';

const NOON = '2026-01-01T12:00:00Z';

export function environment(change: Partial<IEnvironment> = {}): IEnvironment {
  return {
    id: 'shop-1a2b3c4d',
    name: 'shop',
    display_name: 'shop (Poetry, Python 3.12)',
    manager: 'poetry',
    prefix: '/home/user/shop/.venv',
    version: '3.12.1',
    project: '/home/user/shop',
    project_path: 'shop',
    state: 'ready',
    orphan: false,
    kernel: true,
    kernel_name: 'shop-1a2b3c4d',
    bare: false,
    borrowed: null,
    owner: 'user',
    problems: [],
    ...change
  };
}

export function job(change: Partial<IJob> = {}): IJob {
  return {
    id: '1',
    kind: 'create',
    state: 'running',
    phase: 'making the environment',
    fraction: null,
    warnings: [],
    started: NOON,
    ended: null,
    project_path: 'shop',
    prefix: '/home/user/shop/.venv',
    environment: null,
    error: null,
    ...change
  };
}

export function output(n: number, text: string): IOutputEvent {
  return { n, time: NOON, kind: 'output', text };
}

export function state(n: number, change: Partial<IJob>): IStateEvent {
  return { n, time: NOON, kind: 'state', job: job(change) };
}

export function failure(change: Partial<IFailure> = {}): IFailure {
  return {
    kind: 'refused',
    message: 'The folder exists.',
    reason: 'exists',
    fix: 'Choose another name.',
    ...change
  };
}

export const MANAGERS: readonly IManager[] = [
  { name: 'poetry', title: 'Poetry', creates: false, removes: true },
  { name: 'venv', title: 'venv', creates: true, removes: true }
];

export const PYTHONS: readonly IInterpreter[] = [
  {
    path: '/opt/python3.13',
    version: '3.13.1',
    implementation: 'cpython',
    manager: 'pyenv',
    label: 'Python 3.13.1 (pyenv)'
  },
  {
    path: '/usr/bin/python3.11',
    version: '3.11.2',
    implementation: 'cpython',
    manager: 'system',
    label: 'Python 3.11.2 (system)'
  }
];

export const REQUEST: ICreateRequest = {
  manager: 'venv',
  project_path: 'shop',
  name: '.venv',
  python: '/opt/python3.13',
  packages: [],
  ipykernel: true
};

export const SHADOWS: readonly IShadow[] = [
  { name: 'traitlets', own: '4.3.3', borrowed: '5.16.1' },
  { name: 'comm', own: null, borrowed: '0.2.3' }
];

/** An environment that could borrow an ipykernel, once that was downloaded. */
export function kernelless(change: Partial<IEnvironment> = {}): IEnvironment {
  return environment({
    state: 'needs-ipykernel',
    problems: [
      {
        code: 'no-ipykernel',
        message: 'It has no ipykernel of its own.',
        fix: 'Borrow one: jupyter envs borrow build --python 3.9, or install it: pip install ipykernel'
      }
    ],
    ...change
  });
}
