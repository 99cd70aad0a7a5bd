import { describe, expect, it } from 'vitest';

import { DONE, make } from './testing/made';
import {
  MANAGERS,
  PYTHONS,
  REQUEST,
  failure,
  job,
  output,
  state
} from './testing/samples';
import { until } from './testing/until';

describe('the jobs of a model', () => {
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
