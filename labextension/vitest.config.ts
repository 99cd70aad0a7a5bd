import { readFileSync } from 'node:fs';

import { defineConfig } from 'vitest/config';
import type { Plugin } from 'vitest/config';

/** Drawings are imported as text, as JupyterLab's builder does. */
const drawings: Plugin = {
  name: 'drawings',
  enforce: 'pre',
  load(id) {
    return id.endsWith('.svg')
      ? `export default ${JSON.stringify(readFileSync(id, 'utf-8'))};`
      : null;
  }
};

export default defineConfig({
  plugins: [drawings],
  // JupyterLab shares react, not its newer JSX runtime.
  esbuild: { jsx: 'transform' },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // A machine that does other things, too, is no reason to fail.
    testTimeout: 30_000,
    setupFiles: ['vitest.setup.ts'],
    server: { deps: { inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//] } },
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}'],
      exclude: [
        'src/**/*.test.{ts,tsx}',
        'src/testing/**',
        'src/**/*.d.ts',
        'src/types.ts'
      ],
      reporter: ['text'],
      thresholds: { lines: 95, functions: 90, branches: 90, statements: 95 }
    }
  }
});
