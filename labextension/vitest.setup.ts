import { transferableAbortController } from 'node:util';

import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// What JupyterLab's packages touch when they are loaded, and jsdom (or node) lacks.
const Base = typeof MouseEvent === 'undefined' ? Event : MouseEvent;
vi.stubGlobal('DragEvent', class extends Base {});
vi.stubGlobal('requestIdleCallback', (act: () => void) => setTimeout(act, 0));
vi.stubGlobal('cancelIdleCallback', (id: number) => {
  clearTimeout(id);
});
vi.stubGlobal('matchMedia', (media: string) => ({
  matches: false,
  media,
  addEventListener: () => undefined,
  removeEventListener: () => undefined
}));

// node's Request takes node's signals only, since version 22; jsdom has put its own in their place.
const controller = transferableAbortController();
vi.stubGlobal('AbortController', controller.constructor);
vi.stubGlobal('AbortSignal', controller.signal.constructor);

afterEach(() => {
  if (typeof document !== 'undefined') {
    cleanup();
  }
});
