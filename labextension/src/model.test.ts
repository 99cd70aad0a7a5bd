import { describe, expect, it, vi } from 'vitest';

import { EnvironmentsModel } from './model';
import { FakeApi } from './testing/fakeApi';
import {
  MANAGERS,
  PYTHONS,
  REQUEST,
  SHADOWS,
  environment,
  failure,
  job,
  output,
  state
} from './testing/samples';
import { until } from './testing/until';
import type { IJob, IListing } from './types';

function make(): { api: FakeApi; model: EnvironmentsModel; created: IJob[] } {
  const api = new FakeApi();
  const model = new EnvironmentsModel(api);
  const created: IJob[] = [];
  model.created.connect((_, made) => created.push(made));
  return { api, model, created };
}

const DONE = state(9, { state: 'done', environment: 'shop-1a2b3c4d' });

describe('EnvironmentsModel', () => {
  it('asks for nothing until it is told to', () => {
    const { api, model } = make();
    expect(api.asked).toEqual([]);
    expect(model.state.environments).toBeNull();
    expect(model.environments).toEqual([]);
  });

  it('reads the environments, and tells of it', async () => {
    const { model } = make();
    const changed = vi.fn();
    model.changed.connect(changed);
    await model.read();
    expect(model.environments).toEqual([environment()]);
    expect(changed).toHaveBeenCalledOnce();
  });

  it('keeps what it read when a later reading fails, and says why', async () => {
    const { api, model } = make();
    await model.read();
    api.failures.listing = failure({ kind: 'offline' });
    await model.read();
    expect(model.state).toMatchObject({
      environments: [environment()],
      failure: { kind: 'offline' }
    });
    api.failures = {};
    await model.read();
    expect(model.state.failure).toBeNull();
  });

  it('believes the last of several readings only', async () => {
    const { api, model } = make();
    const answers: ((listing: IListing) => void)[] = [];
    api.listing = () => new Promise(resolve => answers.push(resolve));
    const readings = [model.read(), model.read()];
    answers[1]?.({
      complete: true,
      scanned: null,
      environments: [environment({ id: 'new' })]
    });
    answers[0]?.({
      complete: true,
      scanned: null,
      environments: [environment({ id: 'old' })]
    });
    await Promise.all(readings);
    expect(model.environments.map(each => each.id)).toEqual(['new']);
  });

  it('opens with managers and without a job when none runs', async () => {
    const { api, model } = make();
    api.running = [
      job({ kind: 'rescan' }),
      job({ state: 'done' }),
      job({ state: 'failed', ended: '2026-01-01T12:00:00Z' })
    ];
    await model.open();
    expect(model.state).toMatchObject({ managers: MANAGERS, progress: null });
  });

  it('asks for nothing more when the server does not know environments', async () => {
    const { api, model } = make();
    api.failures.listing = failure({ kind: 'missing' });
    await model.open();
    expect(api.asked).toEqual(['listing']);
  });

  it('takes up a job that runs, from its first line', async () => {
    const { api, model } = make();
    api.running = [job()];
    api.streams = [[output(1, 'one'), DONE]];
    await model.open();
    await until(() => {
      expect(model.state.progress).toMatchObject({
        lines: ['one'],
        job: { state: 'done' }
      });
    });
    expect(api.asked).toContain('events 1 after 0');
  });

  it('tells of a job that failed just now, until it is dismissed', async () => {
    const { api, model } = make();
    api.running = [job({ state: 'failed', ended: new Date().toISOString() })];
    api.streams = [[state(1, { state: 'failed' })]];
    await model.open();
    await model.open();
    expect(model.state.progress?.job.state).toBe('failed');
    model.dismiss();
    await model.open();
    expect(model.state.progress).toBeNull();
  });

  it('makes an environment, follows its log and lists it', async () => {
    const { api, model, created } = make();
    api.streams = [
      [output(1, 'one'), state(2, { phase: 'installing ipykernel' }), DONE]
    ];
    await model.openForm();
    expect(model.state).toMatchObject({
      creating: true,
      interpreters: PYTHONS
    });
    await model.create(REQUEST);
    expect(model.state.creating).toBe(false);
    await until(() => {
      expect(created).toHaveLength(1);
    });
    expect(api.requests).toEqual([REQUEST]);
    expect(api.asked.at(-1)).toBe('listing');
    expect(model.state).toMatchObject({
      asking: false,
      request: null,
      progress: { lines: ['one'] }
    });
    model.dismiss();
    expect(model.state.progress).toBeNull();
  });

  it('puts a job that ended out of sight when the form opens', async () => {
    const { api, model } = make();
    api.streams = [[state(1, { state: 'failed' })]];
    await model.create(REQUEST);
    await until(() => {
      expect(model.state.progress?.job.state).toBe('failed');
    });
    await model.openForm();
    expect(model.state).toMatchObject({ progress: null, request: REQUEST });
  });

  it('opens no form over a job that runs', async () => {
    const { api, model } = make();
    api.streams = [[state(1, {})]];
    await model.create(REQUEST);
    await model.openForm();
    expect(model.state).toMatchObject({ creating: false, progress: {} });
    model.dispose();
  });

  it('leaves the form open when the request is refused', async () => {
    const { api, model } = make();
    api.failures.create = failure();
    await model.openForm();
    await model.create(REQUEST);
    expect(model.state).toMatchObject({
      creating: true,
      asking: false,
      refusal: failure(),
      request: REQUEST
    });
    model.closeForm();
    expect(model.state).toMatchObject({ creating: false, refusal: null });
  });

  it('asks once, however often one clicks', async () => {
    const { api, model } = make();
    await Promise.all([model.create(REQUEST), model.create(REQUEST)]);
    expect(api.requests).toHaveLength(1);
  });

  it('says why the interpreters cannot be read', async () => {
    const { api, model } = make();
    api.failures.interpreters = failure({ kind: 'forbidden' });
    await model.openForm();
    expect(model.state).toMatchObject({
      interpreters: [],
      refusal: { kind: 'forbidden' }
    });
  });

  it('keeps the error of a job that failed', async () => {
    const { api, model, created } = make();
    const error = {
      message: 'No package nosuch.',
      reason: 'no-package',
      fix: 'Check it.'
    };
    api.streams = [[state(1, { state: 'failed', error })]];
    await model.create(REQUEST);
    await until(() => {
      expect(model.state.progress?.job.error).toEqual(error);
    });
    expect(created).toEqual([]);
  });

  it('calls a job failed that the server forgot', async () => {
    const { api, model } = make();
    api.failures.events = failure({ message: 'There is no job 1.' });
    await model.create(REQUEST);
    await until(() => {
      expect(model.state.progress?.job).toMatchObject({
        state: 'failed',
        error: { message: 'There is no job 1.' }
      });
    });
  });

  it('cancels the job that is shown', async () => {
    const { api, model } = make();
    await model.cancel();
    expect(api.asked).toEqual([]);
    api.streams = [[state(1, {})]];
    await model.create(REQUEST);
    await model.cancel();
    expect(api.asked).toContain('cancel');
    expect(model.state.progress?.cancelling).toBe(true);
    model.dispose();
  });

  it('lets one cancel again when that failed', async () => {
    const { api, model } = make();
    api.failures.cancel = failure({ kind: 'offline' });
    await model.create(REQUEST);
    await model.cancel();
    expect(model.state).toMatchObject({
      progress: { cancelling: false },
      failure: { kind: 'offline' }
    });
    model.dispose();
  });

  it('borrows an ipykernel, and keeps whose it is until the end', async () => {
    const { api, model, created } = make();
    const kind = 'borrow';
    api.streams = [
      [output(1, 'one'), state(2, { kind }), state(3, { kind, state: 'done' })]
    ];
    await model.borrow('shop-1a2b3c4d');
    expect(api.asked[0]).toBe('borrow for shop-1a2b3c4d');
    await until(() => {
      expect(created).toHaveLength(1);
    });
    expect(created[0]?.environment).toBe('shop-1a2b3c4d');
    expect(api.asked.at(-1)).toBe('listing');
  });

  it('borrows once, and not while a job runs', async () => {
    const { api, model } = make();
    api.streams = [[state(1, { kind: 'borrow' })]];
    await Promise.all([model.borrow('a'), model.borrow('b')]);
    await model.borrow('c');
    expect(api.asked.filter(each => each.startsWith('borrow'))).toEqual([
      'borrow for a'
    ]);
    model.dispose();
  });

  it('says why nothing may be borrowed', async () => {
    const { api, model } = make();
    api.failures.borrow = failure({ kind: 'forbidden' });
    await model.borrow('a');
    expect(model.state).toMatchObject({
      asking: false,
      progress: null,
      failure: { kind: 'forbidden' }
    });
  });

  it('takes up the borrowing that another page began', async () => {
    const { api, model } = make();
    api.running = [job({ kind: 'borrow', environment: 'a' })];
    api.streams = [[state(1, { kind: 'borrow', state: 'done' })]];
    await model.open();
    await until(() => {
      expect(model.state.progress?.job).toMatchObject({
        kind: 'borrow',
        state: 'done'
      });
    });
  });

  it('reads what a borrowed ipykernel hides, or says why it cannot', async () => {
    const { api, model } = make();
    await model.readShadows('a');
    expect(model.state.shadows.get('a')).toEqual(SHADOWS);
    expect(model.state.failure).toBeNull();
    api.failures.shadows = failure({ kind: 'offline' });
    await model.readShadows('b');
    expect(model.state.shadows.get('b')).toBeUndefined();
    expect(model.state.failure?.kind).toBe('offline');
  });

  it('rescans, and reads before and after', async () => {
    const { api, model } = make();
    api.streams = [[state(1, { state: 'done' })]];
    await Promise.all([model.rescan(), model.rescan()]);
    expect(api.asked).toEqual([
      'rescan',
      'listing',
      'events 2 after 0',
      'listing'
    ]);
    expect(model.state.rescanning).toBe(false);
  });

  it('reads all the same when it may not rescan, and says so', async () => {
    const { api, model } = make();
    api.failures.rescan = failure({ kind: 'forbidden' });
    await model.rescan();
    expect(model.state).toMatchObject({
      environments: [environment()],
      failure: { kind: 'forbidden' },
      rescanning: false
    });
  });

  it('keeps the last thousand lines of a log', async () => {
    const { api, model } = make();
    api.streams = [
      [
        ...Array.from({ length: 1005 }, (_, n) =>
          output(n + 1, `line ${String(n)}`)
        ),
        DONE
      ]
    ];
    await model.create(REQUEST);
    await until(() => {
      expect(model.state.progress?.job.state).toBe('done');
    });
    expect(model.state.progress?.lines).toHaveLength(1000);
    expect(model.state.progress?.lines[0]).toBe('line 5');
  });

  it('shows no line of a job that was dismissed', async () => {
    const { api, model } = make();
    api.streams = [[output(1, 'one'), output(2, 'two'), DONE]];
    await model.create(REQUEST);
    model.dismiss();
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(model.state.progress).toBeNull();
  });
});
