import { describe, expect, it, vi } from 'vitest';

import { make } from './testing/made';
import { environment, failure, state } from './testing/samples';
import type { IListing } from './types';

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

  it('asks for nothing more when the server does not know environments', async () => {
    const { api, model } = make();
    api.failures.listing = failure({ kind: 'missing' });
    await model.open();
    expect(api.asked).toEqual(['listing']);
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
});
