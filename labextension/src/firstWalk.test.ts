import { describe, expect, it, vi } from 'vitest';

import { QUESTIONS, afterFirstWalk } from './firstWalk';
import { RequestFailed } from './failure';
import type { IListing } from './types';

function listing(complete: boolean, scanned: string | null = null): IListing {
  return { complete, scanned, environments: [] };
}

describe('afterFirstWalk', () => {
  it('asks until the walk has ended, and then tells once', async () => {
    const answers = [listing(false), listing(false), listing(true)];
    const ended = vi.fn(() => Promise.resolve());
    const api = { listing: vi.fn(() => Promise.resolve(answers.shift()!)) };
    await afterFirstWalk(api, ended, 0);
    expect(api.listing).toHaveBeenCalledTimes(3);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('takes a walk that was cut short for ended', async () => {
    const ended = vi.fn(() => Promise.resolve());
    const answer = listing(false, '2026-01-01T00:00:00+00:00');
    await afterFirstWalk({ listing: () => Promise.resolve(answer) }, ended, 0);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('gives up on a walk that never ends', async () => {
    const ended = vi.fn(() => Promise.resolve());
    const api = { listing: vi.fn(() => Promise.resolve(listing(false))) };
    await afterFirstWalk(api, ended, 0);
    expect(api.listing).toHaveBeenCalledTimes(QUESTIONS);
    expect(ended).not.toHaveBeenCalled();
  });

  it('leaves a server alone that does not answer', async () => {
    const ended = vi.fn(() => Promise.resolve());
    const failed = new RequestFailed({
      kind: 'missing',
      message: 'Not Found',
      reason: '',
      fix: ''
    });
    const api = { listing: vi.fn(() => Promise.reject(failed)) };
    await afterFirstWalk(api, ended, 0);
    expect(api.listing).toHaveBeenCalledTimes(1);
    expect(ended).not.toHaveBeenCalled();
  });
});
