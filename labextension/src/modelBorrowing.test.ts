import { describe, expect, it } from 'vitest';

import { make } from './testing/made';
import { SHADOWS, failure, job, output, state } from './testing/samples';
import { until } from './testing/until';

describe('the borrowing of a model', () => {
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
});
