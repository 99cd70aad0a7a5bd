import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Changes, PAUSE, QUIET, SCHEMA } from './changes';

const OTHER = 'https://events.jupyter.org/jupyter_server/kernel_actions/v1';

describe('Changes', () => {
  const sender = {};
  const events = new Signal<object, { schema_id: string }>(sender);
  const changed = vi.fn();
  let changes: Changes;

  beforeEach(() => {
    vi.useFakeTimers();
    changed.mockReset();
    changes = new Changes(events, changed);
  });

  afterEach(() => {
    changes.dispose();
    vi.useRealTimers();
  });

  it('tells of several announcements once', () => {
    events.emit({ schema_id: SCHEMA });
    events.emit({ schema_id: SCHEMA });
    expect(changed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(PAUSE);
    expect(changed.mock.calls).toEqual([[true]]);
    events.emit({ schema_id: SCHEMA });
    vi.advanceTimersByTime(PAUSE);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('does not tell of what others announce', () => {
    events.emit({ schema_id: OTHER });
    vi.advanceTimersByTime(PAUSE);
    expect(changed).not.toHaveBeenCalled();
  });

  it('asks when the window regains the focus after a while', () => {
    window.dispatchEvent(new Event('focus'));
    expect(changed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(QUIET + 1);
    window.dispatchEvent(new Event('focus'));
    window.dispatchEvent(new Event('focus'));
    expect(changed.mock.calls).toEqual([[false]]);
  });

  it('does not ask on focus what an announcement will ask', () => {
    vi.advanceTimersByTime(QUIET + 1);
    events.emit({ schema_id: SCHEMA });
    window.dispatchEvent(new Event('focus'));
    expect(changed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(PAUSE);
    expect(changed).toHaveBeenCalledOnce();
  });

  it('is silent when it is disposed of', () => {
    events.emit({ schema_id: SCHEMA });
    changes.dispose();
    events.emit({ schema_id: SCHEMA });
    vi.advanceTimersByTime(QUIET + 1);
    window.dispatchEvent(new Event('focus'));
    expect(changed).not.toHaveBeenCalled();
  });
});
