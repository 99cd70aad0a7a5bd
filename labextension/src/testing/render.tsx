import { render } from '@testing-library/react';
import type { RenderResult } from '@testing-library/react';
import React from 'react';
import { vi } from 'vitest';
import type { Mock } from 'vitest';

import type { IActions } from '../components/context';
import { Panel } from '../components/panel';
import { EMPTY } from '../state';
import type { IPanelState } from '../state';
import { MANAGERS, environment } from './samples';

export type Actions = { readonly [Name in keyof IActions]: Mock };

export function actions(): Actions {
  return {
    refresh: vi.fn(),
    retry: vi.fn(),
    openForm: vi.fn(),
    closeForm: vi.fn(),
    create: vi.fn(),
    borrow: vi.fn(),
    unfold: vi.fn(),
    cancel: vi.fn(),
    dismiss: vi.fn(),
    startNotebook: vi.fn(),
    startNotebookOf: vi.fn()
  };
}

/** A state in which everything was read, in the folder `shop`. */
export function stateWith(change: Partial<IPanelState> = {}): IPanelState {
  return {
    ...EMPTY,
    environments: [environment()],
    managers: MANAGERS,
    folder: 'shop',
    ...change
  };
}

export function renderPanel(
  change: Partial<IPanelState> = {},
  acts: Actions = actions()
): RenderResult & { readonly acts: Actions } {
  const result = render(<Panel state={stateWith(change)} actions={acts} />);
  return { ...result, acts };
}
