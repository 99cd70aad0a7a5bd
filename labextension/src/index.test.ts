import type { Signal } from '@lumino/signaling';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { PAUSE, SCHEMA } from './changes';
import plugin, { IEnvironments } from './index';
import { Application } from './testing/application';
import { environment, job, kernelless } from './testing/samples';
import { until } from './testing/until';

const dialogs = vi.hoisted(() => ({
  showErrorMessage: vi.fn(),
  showDialog: vi.fn(),
  Dialog: { cancelButton: vi.fn(), okButton: vi.fn() }
}));
vi.mock('@jupyterlab/apputils', () => ({ ...dialogs, ICommandPalette: {} }));
vi.mock('@jupyterlab/filebrowser', () => ({ IDefaultFileBrowser: {} }));
vi.mock('@jupyterlab/application', () => ({ ILayoutRestorer: {} }));

const palette = { addItem: vi.fn() };
const restorer = { add: vi.fn() };

function activate(app: Application): IEnvironments {
  const browser = {
    model: {
      get path() {
        return app.path;
      },
      pathChanged: app.pathChanged
    }
  };
  return plugin.activate(
    app as never,
    nullTranslator,
    browser,
    palette,
    restorer
  ) as IEnvironments;
}

afterEach(() => {
  vi.clearAllMocks();
});

describe('the plugin', () => {
  it('adds a panel that asks for nothing, and three commands', async () => {
    const app = new Application();
    activate(app);
    expect(plugin.provides).toBe(IEnvironments);
    expect(app.panel?.id).toBe('jupyter-envs-panel');
    expect(restorer.add).toHaveBeenCalledWith(app.panel, 'jupyter-envs-panel');
    expect(palette.addItem).toHaveBeenCalledTimes(3);
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(app.asked).toEqual([]);
  });

  it('asks for the kernels again when the server says that something changed', async () => {
    const app = new Application();
    activate(app);
    app.events.emit({ schema_id: SCHEMA });
    await until(() => {
      expect(app.refreshSpecs).toHaveBeenCalledOnce();
    });
    const shown = vi.spyOn(app.panel!, 'isVisible', 'get');
    shown.mockReturnValue(true);
    app.events.emit({ schema_id: SCHEMA });
    await until(() => {
      expect(app.refreshSpecs).toHaveBeenCalledTimes(2);
    });
    expect(app.asked).toEqual(['environments']);
    app.panel!.dispose();
    app.events.emit({ schema_id: SCHEMA });
    await new Promise(resolve => setTimeout(resolve, 2 * PAUSE));
    expect(app.refreshSpecs).toHaveBeenCalledTimes(2);
  });

  it('asks for the kernels again when the first walk has ended', async () => {
    const app = new Application();
    app.restored = Promise.resolve();
    activate(app);
    await until(() => {
      expect(app.refreshSpecs).toHaveBeenCalledTimes(1);
    });
    expect(app.asked).toEqual(['environments']);
  });

  it('can do without palette and restorer', () => {
    const app = new Application();
    const browser = { model: { path: 'X:shop', pathChanged: app.pathChanged } };
    expect(
      plugin.activate(
        app as never,
        nullTranslator as never,
        browser as never,
        null
      )
    ).toBeTruthy();
  });

  it('shows, creates and refreshes by command', async () => {
    const app = new Application();
    const environments = activate(app);
    await app.commands.execute('jupyter-envs:open');
    await app.commands.execute('jupyter-envs:create');
    await app.commands.execute('jupyter-envs:refresh');
    expect(app.shell.activateById).toHaveBeenCalledTimes(2);
    expect(app.asked).toContain('pythons');
    expect(app.asked).toContain('rescan');
    expect(environments.environments).toHaveLength(1);
  });

  it('follows the file browser', () => {
    const app = new Application();
    const environments = activate(app);
    const changed = vi.fn();
    environments.changed.connect(changed);
    app.path = 'X:elsewhere';
    app.pathChanged.emit();
    expect(changed).toHaveBeenCalledOnce();
    expect(environments).toMatchObject({ state: { folder: null } });
  });

  it('refreshes the kernel specs once an environment was made', () => {
    const app = new Application();
    const environments = activate(app) as unknown as {
      created: Signal<unknown, unknown>;
    };
    environments.created.emit(job());
    expect(app.refreshSpecs).toHaveBeenCalledOnce();
  });
});

describe('borrowing', () => {
  it.each([true, false])('asks first: %s', async accept => {
    const app = new Application();
    app.answers['borrowed'] = { job: job({ kind: 'borrow', state: 'done' }) };
    app.answers['jobs'] = { job: job({ kind: 'borrow', state: 'done' }) };
    activate(app);
    const { actions } = app.panel as never as {
      actions: Record<string, (of: unknown) => void>;
    };
    dialogs.showDialog.mockResolvedValue({ button: { accept } });
    actions['borrow']!(kernelless());
    await until(() => {
      expect(dialogs.showDialog).toHaveBeenCalledOnce();
    });
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(app.asked.includes('borrowed')).toBe(accept);
    app.panel!.dispose();
  });

  it('reads the details of an environment', async () => {
    const app = new Application();
    activate(app);
    const { actions } = app.panel as never as {
      actions: Record<string, (of: unknown) => void>;
    };
    app.answers['environments'] = { environment: environment() };
    actions['unfold']!(environment());
    await until(() => {
      expect(app.asked).toEqual(['environments']);
    });
  });
});

describe('a new notebook', () => {
  /** The panel's buttons act through what the widget was given. */
  async function actionsIn(app: Application): Promise<{
    startNotebook: (of: unknown) => void;
    startNotebookOf: (of: unknown) => void;
    [name: string]: (of?: unknown) => void;
  }> {
    const environments = activate(app);
    await environments.read();
    return (app.panel as never as { actions: never }).actions;
  }

  it('is made in the file browser’s folder, on a kernel JupyterLab did not know yet', async () => {
    const app = new Application();
    const actions = await actionsIn(app);
    actions.startNotebook(environment());
    await until(() => {
      expect(app.opened).toEqual([
        { cwd: 'shop', kernelName: 'shop-1a2b3c4d' }
      ]);
    });
    expect(app.refreshSpecs).toHaveBeenCalledOnce();
  });

  it('is made in the job’s folder, on a kernel that is known', async () => {
    const app = new Application();
    app.known = app.served;
    const actions = await actionsIn(app);
    actions.startNotebookOf(
      job({ environment: environment().id, project_path: 'other' })
    );
    await until(() => {
      expect(app.opened).toEqual([
        { cwd: 'other', kernelName: 'shop-1a2b3c4d' }
      ]);
    });
    expect(app.refreshSpecs).not.toHaveBeenCalled();
  });

  it('is made beside its project, when the job has no folder', async () => {
    const app = new Application();
    app.known = app.served;
    app.path = 'elsewhere';
    const actions = await actionsIn(app);
    actions.startNotebookOf(
      job({ environment: environment().id, project_path: null })
    );
    await until(() => {
      expect(app.opened).toEqual([
        { cwd: 'shop', kernelName: 'shop-1a2b3c4d' }
      ]);
    });
  });

  it('is not made on a kernel that the server does not list', async () => {
    const app = new Application();
    app.served = new Set();
    const actions = await actionsIn(app);
    actions.startNotebook(environment({ kernel_name: null }));
    actions.startNotebook(environment());
    await until(() => {
      expect(dialogs.showErrorMessage).toHaveBeenCalledOnce();
    });
    expect(app.opened).toEqual([]);
  });

  it('says so when it cannot be made', async () => {
    const app = new Application();
    app.refreshSpecs.mockRejectedValueOnce(new Error('offline'));
    const actions = await actionsIn(app);
    actions.startNotebook(environment());
    await until(() => {
      expect(dialogs.showErrorMessage).toHaveBeenCalledWith(
        'The notebook could not be opened',
        new Error('offline')
      );
    });
  });

  it('is one of several things that the buttons do', async () => {
    const app = new Application();
    const actions = await actionsIn(app);
    const names = [
      'retry',
      'refresh',
      'openForm',
      'closeForm',
      'cancel',
      'dismiss',
      'create'
    ];
    for (const name of names) {
      actions[name]?.({});
    }
    await until(() => {
      expect(app.asked).toContain('pythons');
    });
  });
});
