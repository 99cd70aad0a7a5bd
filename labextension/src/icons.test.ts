import { readFileSync, readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { iconOf } from './icons';

describe('the drawings', () => {
  it('are the kernel logos, too', () => {
    const logos = '../jupyter_envs/kernels/logos';
    const managers = readdirSync(logos).filter(name => name !== 'project');
    expect(managers).toHaveLength(12);
    for (const manager of managers) {
      const logo = readFileSync(`${logos}/${manager}/logo-svg.svg`, 'utf-8');
      expect(iconOf(manager).svgstr).toBe(logo);
    }
  });

  it('have a plain one for a manager that is not known here', () => {
    expect(iconOf('somebody-elses').name).toBe('jupyter-envs:environment');
  });
});
