import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { renderPanel } from '../testing/render';
import {
  PYTHONS,
  REQUEST,
  environment,
  failure,
  job
} from '../testing/samples';

const OPEN = { creating: true, interpreters: PYTHONS, environments: [] };

function create(): HTMLButtonElement {
  return screen.getByRole('button', { name: 'Create' });
}

describe('the form', () => {
  it('opens from the header', async () => {
    const { acts } = renderPanel();
    await userEvent.click(
      screen.getByRole('button', { name: 'New environment' })
    );
    expect(acts.openForm).toHaveBeenCalledOnce();
  });

  it('asks for a .venv with the newest Python and ipykernel', async () => {
    const { acts } = renderPanel(OPEN);
    expect(
      screen.getByRole('form', { name: 'New environment' }).textContent
    ).toContain('New environment in shop');
    expect(document.activeElement).toBe(
      screen.getByRole('textbox', { name: 'Folder name' })
    );
    await userEvent.click(create());
    expect(acts.create).toHaveBeenCalledWith(REQUEST);
  });

  it('asks for what was filled in, with the keyboard alone', async () => {
    const { acts } = renderPanel({ ...OPEN, folder: '' });
    const name = screen.getByRole('textbox', { name: 'Folder name' });
    await userEvent.clear(name);
    await userEvent.type(name, 'env');
    await userEvent.selectOptions(
      screen.getByRole('combobox', { name: 'Python' }),
      '/usr/bin/python3.11'
    );
    await userEvent.click(
      screen.getByRole('checkbox', { name: /Install ipykernel/ })
    );
    await userEvent.type(
      screen.getByRole('textbox', { name: /Packages/ }),
      'numpy>=2, six{Enter}'
    );
    expect(acts.create).toHaveBeenCalledWith({
      manager: 'venv',
      project_path: '',
      name: 'env',
      python: '/usr/bin/python3.11',
      packages: ['numpy>=2', 'six'],
      ipykernel: false
    });
  });

  it('says as one types what is wrong, and sends nothing', async () => {
    const { acts } = renderPanel(OPEN);
    const packages = screen.getByRole('textbox', { name: /Packages/ });
    await userEvent.type(packages, '-r x');
    expect(screen.getByText(/“-r” is not the name of a package/)).toBeTruthy();
    expect(packages.ariaInvalid).toBe('true');
    expect(create().disabled).toBe(true);
    fireEvent.submit(screen.getByRole('form'));
    expect(acts.create).not.toHaveBeenCalled();
  });

  it('begins with what was asked for in vain', () => {
    renderPanel({
      ...OPEN,
      request: { ...REQUEST, name: 'again', packages: ['six'] }
    });
    expect(screen.getByDisplayValue('again')).toBeTruthy();
    expect(screen.getByDisplayValue('six')).toBeTruthy();
  });

  it('waits for the interpreters, and says when there are none', () => {
    const { unmount } = renderPanel({ ...OPEN, interpreters: null });
    expect(screen.getByRole('option').textContent).toContain(
      'Looking for Pythons'
    );
    expect(create().disabled).toBe(true);
    unmount();
    renderPanel({ ...OPEN, interpreters: [] });
    expect(screen.getByText(/No Python was found/)).toBeTruthy();
  });

  it('shows why the server refused, and can be closed', async () => {
    const { acts } = renderPanel({ ...OPEN, refusal: failure() });
    expect(screen.getByRole('alert').textContent).toContain(
      'Choose another name.'
    );
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(acts.closeForm).toHaveBeenCalledOnce();
  });

  it('is not sent twice', () => {
    renderPanel({ ...OPEN, asking: true });
    expect(
      screen.getByRole<HTMLButtonElement>('button', { name: 'Asking…' })
        .disabled
    ).toBe(true);
  });
});

describe('the making', () => {
  it('shows phase, progress and log, and can be cancelled', async () => {
    const progress = {
      job: job({ fraction: 0.5 }),
      lines: ['\u001b[32mone\u001b[0m', '<b>two</b>'],
      cancelling: false
    };
    const { acts } = renderPanel({ progress });
    expect(screen.getByRole('status').textContent).toBe(
      'making the environment'
    );
    expect(screen.getByRole<HTMLProgressElement>('progressbar').value).toBe(
      0.5
    );
    const log = screen.getByRole('log', { name: 'Log' });
    expect([...log.children].map(each => each.textContent)).toEqual([
      'one',
      '<b>two</b>'
    ]);
    fireEvent.scroll(log);
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(acts.cancel).toHaveBeenCalledOnce();
    expect(
      screen.getByRole('button', { name: 'New environment' }).title
    ).toContain('being made');
  });

  it.each([
    [{ state: 'queued' }, false, 'Waiting for other work to end…'],
    [{ phase: '' }, false, 'Working…'],
    [{}, true, 'Cancelling…']
  ] as const)(
    'says of %o (cancelling: %s): %s',
    (change, cancelling, words) => {
      renderPanel({ progress: { job: job(change), lines: [], cancelling } });
      expect(screen.getByRole('status').textContent).toBe(words);
    }
  );

  it('offers a notebook on what was made', async () => {
    const done = job({ state: 'done', environment: environment().id });
    const { acts } = renderPanel({
      progress: { job: done, lines: [], cancelling: false }
    });
    expect(screen.getByRole('status').textContent).toBe(
      'The environment is ready.'
    );
    await userEvent.click(
      screen.getByRole('button', { name: 'Open a notebook' })
    );
    expect(acts.startNotebookOf).toHaveBeenCalledWith(done);
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(acts.dismiss).toHaveBeenCalledOnce();
  });

  it('offers none on one without ipykernel', () => {
    const bare = environment({ kernel: false, state: 'needs-ipykernel' });
    const done = job({ state: 'done', environment: bare.id });
    renderPanel({
      environments: [bare],
      progress: { job: done, lines: [], cancelling: false }
    });
    expect(
      screen.queryByRole('button', { name: 'Open a notebook' })
    ).toBeNull();
  });

  it('shows why it failed, and leads back to the form', async () => {
    const error = {
      message: 'No package nosuch.',
      reason: 'no-package',
      fix: 'Check it.'
    };
    const failed = job({ state: 'failed', error });
    const { acts } = renderPanel({
      progress: { job: failed, lines: ['x'], cancelling: false }
    });
    expect(screen.getByRole('alert').textContent).toBe(
      'No package nosuch.Check it.'
    );
    await userEvent.click(
      screen.getByRole('button', { name: 'Back to the form' })
    );
    expect(acts.openForm).toHaveBeenCalledOnce();
  });

  it('has words for a failure without any, and for an end that was asked for', () => {
    const failed = {
      job: job({ state: 'failed' }),
      lines: [],
      cancelling: false
    } as const;
    const { unmount } = renderPanel({ progress: failed });
    expect(screen.getByRole('alert').textContent).toContain(
      'could not be made'
    );
    unmount();
    renderPanel({
      progress: {
        ...failed,
        job: job({ state: 'cancelled', project_path: null })
      }
    });
    expect(screen.getByRole('status').textContent).toContain('Cancelled');
  });
});
