import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// What JupyterLab's packages touch when they are loaded, and jsdom lacks.
vi.stubGlobal('DragEvent', class extends MouseEvent {});
vi.stubGlobal('requestIdleCallback', (act: () => void) => setTimeout(act, 0));
vi.stubGlobal('cancelIdleCallback', (id: number) => {
  clearTimeout(id);
});
window.matchMedia = query =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  }) as unknown as MediaQueryList;

afterEach(cleanup);
