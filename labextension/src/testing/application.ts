import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import { vi } from 'vitest';

import { environment, job } from './samples';

type Answers = Record<string, unknown>;

/** The smallest JupyterLab that the plugin can be activated in. */
export class Application {
  readonly commands = new CommandRegistry();
  readonly opened: unknown[] = [];
  readonly asked: string[] = [];
  panel: Widget | null = null;
  path = 'shop';
  known = new Set<string>();
  /** Kernels that the server knows, and JupyterLab does after it asked. */
  served = new Set(['shop-1a2b3c4d']);
  answers: Answers = {
    environments: { complete: true, environments: [environment()] },
    managers: { managers: [] },
    jobs: { jobs: [] },
    pythons: { pythons: [] },
    rescan: { job: job({ kind: 'rescan', state: 'done' }) }
  };
  /** Never, unless a test says when. */
  restored = new Promise<void>(() => undefined);
  readonly pathChanged = new Signal<this, void>(this);
  readonly events = new Signal<this, { schema_id: string }>(this);
  readonly refreshSpecs = vi.fn(() => {
    this.known = this.served;
    return Promise.resolve();
  });

  get kernelspecs(): unknown {
    return {
      refreshSpecs: this.refreshSpecs,
      specs: new Proxy(
        {},
        {
          get: () => Object.fromEntries([...this.known].map(name => [name, {}]))
        }
      )
    };
  }

  constructor() {
    this.commands.addCommand('notebook:create-new', {
      execute: wanted => this.opened.push(wanted)
    });
  }

  readonly shell = {
    add: (panel: Widget): void => {
      this.panel = panel;
    },
    activateById: vi.fn(() => this.panel?.show())
  };

  get serviceManager(): unknown {
    return {
      serverSettings: {
        baseUrl: 'http://localhost/',
        init: {},
        token: '',
        Request,
        Headers,
        fetch: (request: Request) => this.answer(request)
      },
      contents: {
        driveName: (path: string) => (path.startsWith('X:') ? 'X' : ''),
        localPath: (path: string) => path
      },
      kernelspecs: this.kernelspecs,
      events: { stream: this.events }
    };
  }

  private answer(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.split('/')[2] ?? '';
    this.asked.push(name);
    return Promise.resolve(Response.json(this.answers[name]));
  }
}
