import { describe, expect, it } from 'vitest';

import { RequestFailed } from './failure';
import { follow, pauseFor } from './follow';
import { FakeApi } from './testing/fakeApi';
import { failure, job, output, state } from './testing/samples';
import type { JobEvent } from './types';

const OFFLINE = failure({ kind: 'offline' });
const DONE = state(3, { state: 'done' });

async function followed(
  api: FakeApi,
  pauses: number[] = []
): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  const pause = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  for await (const event of follow(
    api,
    '1',
    new AbortController().signal,
    pause
  )) {
    events.push(event);
  }
  return events;
}

describe('follow', () => {
  it('ends with the event that ends the job', async () => {
    const api = new FakeApi();
    api.streams = [[output(1, 'one'), DONE, output(4, 'never')]];
    expect(await followed(api)).toEqual([output(1, 'one'), DONE]);
  });

  it('takes a broken connection up after the last event that came', async () => {
    const api = new FakeApi();
    api.streams = [
      [output(1, 'one'), output(2, 'two'), OFFLINE],
      [OFFLINE],
      [DONE]
    ];
    const pauses: number[] = [];
    expect(await followed(api, pauses)).toEqual([
      output(1, 'one'),
      output(2, 'two'),
      DONE
    ]);
    expect(api.asked).toEqual([
      'events 1 after 0',
      'events 1 after 2',
      'events 1 after 2'
    ]);
    expect(pauses).toEqual([500, 1000]);
  });

  it('asks the job itself when a stream ends without its end', async () => {
    const api = new FakeApi();
    api.streams = [[output(1, 'one')]];
    api.running = [job({ state: 'failed', ended: '2026-01-01T12:01:00Z' })];
    const events = await followed(api);
    expect(events.at(-1)).toMatchObject({
      kind: 'state',
      job: { state: 'failed' }
    });
  });

  it('rejects when the server no longer knows the job', async () => {
    const api = new FakeApi();
    api.failures.events = failure({ message: 'There is no job 1.' });
    await expect(followed(api)).rejects.toBeInstanceOf(RequestFailed);
  });

  it('stops, and pauses no longer, once it is aborted', async () => {
    const api = new FakeApi();
    api.streams = [[OFFLINE]];
    const abort = new AbortController();
    const events = follow(api, '1', abort.signal);
    const next = events.next();
    setTimeout(() => {
      abort.abort();
    }, 10);
    expect(await next).toEqual({ done: true, value: undefined });
    await pauseFor(60_000, AbortSignal.timeout(1));
  });
});
