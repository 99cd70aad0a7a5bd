import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EnvironmentsModel } from '../model';
import { FakeApi } from '../testing/fakeApi';
import { actions } from '../testing/render';
import { failure } from '../testing/samples';
import { POLL_INTERVAL } from '../watch';
import { EnvironmentsWidget } from './widget';

let api: FakeApi;
let widget: EnvironmentsWidget;

beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeApi();
  widget = new EnvironmentsWidget(
    new EnvironmentsModel(api),
    actions(),
    nullTranslator.load('jupyter_envs')
  );
  widget.hide();
  Widget.attach(widget, document.body);
});

afterEach(() => {
  widget.dispose();
  widget.dispose();
  vi.useRealTimers();
});

async function asksOf(
  act: () => void,
  milliseconds = 0
): Promise<readonly string[]> {
  api.asked = [];
  act();
  await vi.advanceTimersByTimeAsync(milliseconds);
  return api.asked;
}

const focus = (): void => {
  window.dispatchEvent(new Event('focus'));
};

const nothing = (): void => undefined;

describe('the widget', () => {
  it('has a name, an icon and a caption', () => {
    expect(widget.id).toBe('jupyter-envs-panel');
    expect(
      widget.node.ariaLabel ?? widget.node.getAttribute('aria-label')
    ).toBe('Environments');
    expect(widget.title.caption).toBe('Environments');
    expect(widget.title.icon).toMatchObject({
      name: 'jupyter-envs:environments'
    });
  });

  it('asks for nothing while it is hidden', async () => {
    expect(await asksOf(focus, 60_000)).toEqual([]);
  });

  it('reads when it is shown, and shows what it read', async () => {
    const asked = await asksOf(() => {
      widget.show();
    }, 100);
    expect(asked).toEqual(['listing', 'managers', 'jobs']);
    expect(widget.node.textContent).toContain('shop (Poetry, Python 3.12)');
  });

  it('reads when the window regains the focus', async () => {
    widget.show();
    await vi.advanceTimersByTimeAsync(100);
    expect(await asksOf(focus)).toEqual(['listing']);
    expect(await asksOf(nothing, 60_000)).toEqual([]);
  });

  it('asks every two seconds while the server is still looking', async () => {
    api.answer = { ...api.answer, complete: false };
    widget.show();
    await vi.advanceTimersByTimeAsync(100);
    expect(await asksOf(nothing, 2 * POLL_INTERVAL)).toEqual([
      'listing',
      'listing'
    ]);
    api.answer = { ...api.answer, complete: true };
    expect(await asksOf(nothing, 10 * POLL_INTERVAL)).toEqual(['listing']);
  });

  it('stops asking when it is hidden, or the server does not answer', async () => {
    api.answer = { ...api.answer, complete: false };
    widget.show();
    await vi.advanceTimersByTimeAsync(100);
    expect(
      await asksOf(() => {
        widget.hide();
      }, 10 * POLL_INTERVAL)
    ).toEqual([]);
    api.failures.listing = failure({ kind: 'offline' });
    expect(
      await asksOf(() => {
        widget.show();
      }, 10 * POLL_INTERVAL)
    ).toEqual(['listing']);
  });

  it('asks for nothing in a tab that is in the background', async () => {
    api.answer = { ...api.answer, complete: false };
    widget.show();
    await vi.advanceTimersByTimeAsync(100);
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    expect(await asksOf(nothing, 10 * POLL_INTERVAL)).toEqual([]);
  });

  it('reads when it is attached in sight, and not again when it is shown', async () => {
    const other = new EnvironmentsWidget(
      new EnvironmentsModel(api),
      actions(),
      nullTranslator.load('jupyter_envs')
    );
    const asked = await asksOf(() => {
      Widget.attach(other, document.body);
    }, 100);
    expect(asked).toEqual(['listing', 'managers', 'jobs']);
    other.dispose();
  });
});
