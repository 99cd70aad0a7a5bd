import type { IEnvironmentsApi } from './api';
import { asFailure } from './failure';
import { isEnded } from './types';
import type { JobEvent } from './types';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

/** Resolves after some milliseconds, or as soon as the signal aborts. */
export async function pauseFor(
  milliseconds: number,
  signal: AbortSignal
): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * A job's events from its first to its last, through as many connections as it
 * takes: one that broke is taken up again after the last event that arrived.
 *
 * Rejects when the server no longer knows the job.
 */
export async function* follow(
  api: IEnvironmentsApi,
  id: string,
  signal: AbortSignal,
  pause = pauseFor
): AsyncGenerator<JobEvent> {
  let after = 0;
  let milliseconds = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      for await (const event of connect(api, id, after, signal)) {
        after = Math.max(after, event.n);
        milliseconds = FIRST_PAUSE;
        yield event;
        if (event.kind === 'state' && isEnded(event.job)) {
          return;
        }
      }
    } catch (error) {
      if (asFailure(error).kind !== 'offline') {
        throw error;
      }
    }
    await pause(milliseconds, signal);
    milliseconds = Math.min(2 * milliseconds, LONGEST_PAUSE);
  }
}

/**
 * The events of one connection. A stream can end before it told of the job's
 * end (a proxy that cuts long answers), so the job itself has the last word.
 */
async function* connect(
  api: IEnvironmentsApi,
  id: string,
  after: number,
  signal: AbortSignal
): AsyncGenerator<JobEvent> {
  yield* api.events(id, after, signal);
  const job = await api.job(id);
  yield { n: after, time: job.ended ?? '', kind: 'state', job };
}
