import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { actions, renderPanel } from '../testing/render';
import { environment, failure } from '../testing/samples';

const many = Array.from({ length: 8 }, (_, n) =>
  environment({
    id: `e${String(n)}`,
    display_name: `sample-${String(n)}`,
    project_path: n === 0 ? 'shop' : 'elsewhere'
  })
);

describe('the panel', () => {
  it('says that it reads, before it has read', () => {
    renderPanel({ environments: null });
    expect(screen.getByRole('status').textContent).toContain('Reading');
    expect(
      screen.getByRole('button', { name: 'New environment' }).ariaDisabled
    ).toBe('true');
  });

  it('lists the folder’s project first, then the others', () => {
    renderPanel({ environments: many });
    const [here, others] = screen.getAllByRole('group');
    expect(here?.textContent).toContain('sample-0');
    expect(within(others!).getAllByRole('listitem')).toHaveLength(7);
    expect(screen.getByRole('group', { name: 'Other environments' })).toBe(
      others
    );
  });

  it('says in each row what an environment is, and how it is', () => {
    renderPanel();
    const row = screen.getByRole('listitem');
    expect(within(row).getByRole('heading').textContent).toBe(
      'shop (Poetry, Python 3.12)'
    );
    expect(within(row).getByRole('img', { name: 'Poetry' })).toBeTruthy();
    expect(row.textContent).toContain('Ready');
    expect(row.textContent).toContain('Python 3.12.1 · shop');
  });

  it('says when the project is gone, and when the version is not known', () => {
    renderPanel({
      environments: [
        environment({
          orphan: true,
          version: null,
          project_path: null,
          project: null
        })
      ]
    });
    expect(screen.getByText(/Project gone/)).toBeTruthy();
    expect(screen.getByRole('listitem').textContent).toContain(
      'Python of unknown version · /home/user/shop/.venv'
    );
  });

  it('starts a notebook on an environment', async () => {
    const { acts } = renderPanel();
    await userEvent.click(
      screen.getByRole('button', {
        name: 'New notebook on shop (Poetry, Python 3.12)'
      })
    );
    expect(acts.startNotebook).toHaveBeenCalledWith(environment());
  });

  it('starts none on a broken one, and says why', async () => {
    const problems = [
      { code: 'gone', message: 'python3.8 is gone', fix: 'Make it again.' },
      { code: 'cfg', message: 'It was moved.', fix: '' }
    ];
    const { acts } = renderPanel({
      environments: [environment({ state: 'broken', problems })]
    });
    const button = screen.getByRole('button', { name: /New notebook on/ });
    await userEvent.click(button);
    expect(acts.startNotebook).not.toHaveBeenCalled();
    expect(button.ariaDisabled).toBe('true');
    expect(button.title).toBe('Broken: python3.8 is gone. Make it again.');
    const details = screen
      .getByText('Broken: python3.8 is gone')
      .closest('details');
    expect(details?.textContent).toContain('Make it again.');
    expect(details?.textContent).toContain('It was moved.');
  });

  it('shows names as text, whatever stands in them', () => {
    renderPanel({
      environments: [
        environment({
          display_name: '<img src=x>\u202e\u0007🚀',
          project_path: '<b>'
        })
      ]
    });
    expect(screen.getByRole('heading', { level: 4 }).textContent).toBe(
      '<img src=x>🚀'
    );
    expect(document.querySelector('img, b')).toBeNull();
  });

  it('narrows a long list to what matches', async () => {
    renderPanel({ environments: many });
    const box = screen.getByRole('searchbox', { name: 'Filter environments' });
    await userEvent.type(box, 'sample-3');
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
    await userEvent.type(box, 'xyz');
    expect(screen.getByRole('status').textContent).toContain(
      'No environment matches'
    );
  });

  it('has no filter for a short list', () => {
    renderPanel();
    expect(screen.queryByRole('searchbox')).toBeNull();
  });

  it('helps when there are none, once the server has looked everywhere', () => {
    const { unmount } = renderPanel({ environments: [] });
    expect(screen.getByRole('status').textContent).toContain(
      'No environments yet'
    );
    unmount();
    renderPanel({ environments: [], looking: true });
    expect(screen.getByRole('status').textContent).toContain('Still looking');
  });

  it.each([
    ['missing', 'The server does not know environments'],
    ['forbidden', 'You may not do this'],
    ['offline', 'The server does not answer']
  ] as const)('explains %s, and asks again', async (kind, title) => {
    const { acts } = renderPanel({
      environments: null,
      failure: failure({ kind })
    });
    expect(screen.getByRole('alert').textContent).toContain(title);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(acts.retry).toHaveBeenCalledOnce();
  });

  it('keeps the list below a failure', () => {
    renderPanel({ failure: failure() });
    expect(screen.getByRole('alert').textContent).toContain(
      'The folder exists.'
    );
    expect(screen.getByRole('listitem')).toBeTruthy();
  });

  it('refreshes, and says so while it does', async () => {
    const acts = actions();
    renderPanel({ rescanning: true }, acts);
    const button = screen.getByRole('button', { name: 'Refresh' });
    expect(button.ariaBusy).toBe('true');
    await userEvent.click(button);
    expect(acts.refresh).toHaveBeenCalledOnce();
  });

  it.each([
    ['elsewhere than on the server', { folder: null }],
    [
      'where nothing may be made',
      {
        managers: [
          { name: 'venv', title: 'venv', creates: false, removes: false }
        ]
      }
    ]
  ])('makes nothing %s, and says why', async (_, change) => {
    const { acts } = renderPanel(change);
    const button = screen.getByRole('button', { name: 'New environment' });
    await userEvent.click(button);
    expect(acts.openForm).not.toHaveBeenCalled();
    expect(button.title).toContain('server');
  });
});
