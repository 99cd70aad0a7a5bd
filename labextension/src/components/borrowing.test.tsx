import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { describe, expect, it } from 'vitest';

import { renderPanel } from '../testing/render';
import { SHADOWS, environment, job, kernelless } from '../testing/samples';
import { BorrowExplanation } from './borrowDialog';

const trans = nullTranslator.load('jupyter_envs');
const NAME = 'Borrow an ipykernel for shop (Poetry, Python 3.12)';
const unsound = {
  code: 'inconsistent-ipykernel',
  message:
    'Its ipykernel is not sound: ipykernel 4.10.1 needs traitlets>=5, and there is traitlets 4.3.3.',
  fix: 'Mend it.'
};
const borrowing = {
  job: job({
    kind: 'borrow',
    project_path: null,
    environment: 'shop-1a2b3c4d'
  }),
  lines: [],
  cancelling: false
};

describe('an environment without ipykernel', () => {
  it('is offered one where that must be downloaded first', async () => {
    const { acts } = renderPanel({ environments: [kernelless()] });
    await userEvent.click(screen.getByRole('button', { name: NAME }));
    expect(acts.borrow).toHaveBeenCalledWith(kernelless());
    const start = screen.getByRole('button', { name: /New notebook on/ });
    expect(start.title).toContain('Borrow an ipykernel');
    await userEvent.click(start);
    expect(acts.startNotebook).not.toHaveBeenCalled();
  });

  it.each([
    ['it has one to borrow', { borrowed: '7.4.0' }],
    ['the server lends none', { kernel: false }],
    ['the server makes one unasked', { problems: [] }],
    ['it is broken', { state: 'broken' }],
    ['its own is good enough', { state: 'ready' }]
  ] as const)('is offered none when %s', (_, change) => {
    renderPanel({ environments: [kernelless(change)] });
    expect(screen.queryByRole('button', { name: NAME })).toBeNull();
  });

  it('starts a notebook at once where no question is needed', async () => {
    const quiet = kernelless({ problems: [] });
    const { acts } = renderPanel({ environments: [quiet] });
    await userEvent.click(
      screen.getByRole('button', { name: /New notebook on/ })
    );
    expect(acts.startNotebook).toHaveBeenCalledWith(quiet);
  });

  it.each([
    ['a request is on its way', { asking: true }],
    ['a job runs', { progress: borrowing }]
  ])('waits with its button while %s', (_, change) => {
    renderPanel({ environments: [kernelless()], ...change });
    expect(
      screen.getByRole<HTMLButtonElement>('button', { name: NAME }).disabled
    ).toBe(true);
  });
});

describe('a borrowed ipykernel', () => {
  it('is named, and its details say what it hides', () => {
    const borrower = environment({
      state: 'needs-ipykernel',
      borrowed: '7.4.0',
      problems: [unsound]
    });
    const { acts } = renderPanel({
      environments: [borrower],
      shadows: new Map([[borrower.id, SHADOWS]])
    });
    const details = screen
      .getByText('Borrowed ipykernel 7.4.0')
      .closest('details')!;
    expect(details.textContent).toContain('nothing was changed');
    expect(details.textContent).toContain('traitlets 5.16.1 for 4.3.3');
    expect(details.textContent).toContain('comm 0.2.3');
    expect(details.textContent).toContain('there is traitlets 4.3.3.');
    details.open = true;
    fireEvent(details, new Event('toggle'));
    expect(acts.unfold).toHaveBeenCalledWith(borrower);
  });

  it('can be unfolded before that is known', () => {
    const borrower = environment({
      state: 'needs-ipykernel',
      borrowed: '7.4.0'
    });
    renderPanel({ environments: [borrower] });
    expect(document.querySelector('details')?.textContent).not.toContain(
      'in place of'
    );
  });

  it('needs nothing more when the details of another are unfolded', () => {
    const { acts } = renderPanel({ environments: [kernelless()] });
    const details = document.querySelector('details')!;
    details.open = true;
    fireEvent(details, new Event('toggle'));
    expect(acts.unfold).not.toHaveBeenCalled();
  });
});

describe('the question', () => {
  it('says what is downloaded, that nothing is changed, and what else one can do', () => {
    const { container } = render(
      <BorrowExplanation environment={kernelless()} trans={trans} />
    );
    expect(container.textContent).toContain('50 to 90 MB');
    expect(container.textContent).toContain('your data folder');
    expect(container.textContent).toContain(
      'Nothing is written into the environment.'
    );
    expect(container.textContent).toContain('pip install ipykernel');
  });

  it('names no other way where none is known', () => {
    const { container } = render(
      <BorrowExplanation environment={environment()} trans={trans} />
    );
    expect(container.textContent).not.toContain('instead');
  });
});

describe('the preparing', () => {
  it('is shown like every job', () => {
    renderPanel({ environments: [kernelless()], progress: borrowing });
    expect(
      screen.getByRole('region', { name: 'Preparing an ipykernel' }).textContent
    ).toContain('Borrowed ipykernel');
    expect(
      screen.getByRole('button', { name: 'New environment' }).title
    ).toContain('ipykernel is being prepared');
  });

  it('ends with a notebook', async () => {
    const done = job({ ...borrowing.job, state: 'done' });
    const { acts } = renderPanel({ progress: { ...borrowing, job: done } });
    expect(screen.getByRole('status').textContent).toBe(
      'The ipykernel is ready.'
    );
    await userEvent.click(
      screen.getByRole('button', { name: 'Open a notebook' })
    );
    expect(acts.startNotebookOf).toHaveBeenCalledWith(done);
  });

  it('says why it failed, and is asked for again', async () => {
    const failed = job({ ...borrowing.job, state: 'failed' });
    const { acts } = renderPanel({
      environments: [kernelless()],
      progress: { ...borrowing, job: failed }
    });
    expect(screen.getByRole('alert').textContent).toContain(
      'The ipykernel could not be prepared.'
    );
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(acts.borrow).toHaveBeenCalledWith(kernelless());
  });
});
