import { ILayoutRestorer } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator } from '@jupyterlab/translation';

import { actionsOf } from './actions';
import { EnvironmentsApi } from './api';
import { Changes } from './changes';
import { CommandIDs, addCommands } from './commands';
import { EnvironmentsWidget } from './components/widget';
import { afterFirstWalk } from './firstWalk';
import { serverFolder } from './folder';
import { EnvironmentsModel } from './model';
import { DOMAIN, IEnvironments, PLUGIN_ID } from './tokens';

export { IEnvironments } from './tokens';
export type { IEnvironment } from './types';

/** Below the file browser (100) and the running kernels (200), above extensions (1000). */
const RANK = 300;

const plugin: JupyterFrontEndPlugin<IEnvironments> = {
  id: PLUGIN_ID,
  description:
    'Lists the Python environments of the server and makes new ones.',
  autoStart: true,
  requires: [ITranslator, IDefaultFileBrowser],
  optional: [ICommandPalette, ILayoutRestorer],
  provides: IEnvironments,
  activate
};

function activate(
  app: JupyterFrontEnd,
  translator: ITranslator,
  browser: IDefaultFileBrowser,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null
): IEnvironments {
  const trans = translator.load(DOMAIN);
  const { serviceManager } = app;
  const api = new EnvironmentsApi(serviceManager.serverSettings);
  const model = new EnvironmentsModel(api);
  const currentFolder = (): string => browser.model.path;
  const actions = actionsOf(app, model, currentFolder, trans);
  const panel = new EnvironmentsWidget(model, actions, trans);
  app.shell.add(panel, 'left', { rank: RANK, type: 'Environments' });
  restorer?.add(panel, panel.id);
  addCommands({ app, model, panelId: panel.id, trans });
  for (const command of Object.values(CommandIDs)) {
    palette?.addItem({ command, category: trans.__('Environments') });
  }

  const followFolder = (): void => {
    model.setFolder(serverFolder(serviceManager.contents, currentFolder()));
  };
  browser.model.pathChanged.connect(followFolder);
  followFolder();
  model.created.connect(() => void refreshKernels(app));
  const changes = new Changes(serviceManager.events.stream, announced => {
    void refreshKernels(app);
    if (announced && panel.isVisible) {
      void model.read();
    }
  });
  panel.disposed.connect(() => {
    changes.dispose();
  });
  void app.restored.then(() => afterFirstWalk(api, () => refreshKernels(app)));
  return model;
}

/** Let JupyterLab see a new kernel at once; should that fail, it asks within a minute. */
async function refreshKernels(app: JupyterFrontEnd): Promise<void> {
  await app.serviceManager.kernelspecs.refreshSpecs().catch(() => undefined);
}

export default plugin;
