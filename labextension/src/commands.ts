import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { clean } from './clean';
import { BorrowExplanation } from './components/borrowDialog';
import { environmentsIcon } from './icons';
import type { EnvironmentsModel } from './model';
import type { IEnvironment } from './types';

export const CommandIDs = {
  open: 'jupyter-envs:open',
  create: 'jupyter-envs:create',
  refresh: 'jupyter-envs:refresh'
} as const;

/** What the commands act on. */
export interface ICommandContext {
  readonly app: JupyterFrontEnd;
  readonly model: EnvironmentsModel;
  readonly panelId: string;
  readonly trans: TranslationBundle;
}

/** The palette's commands; everything they do, the panel's buttons do, too. */
export function addCommands(context: ICommandContext): void {
  const { app, model, panelId, trans } = context;
  const show = (): void => {
    app.shell.activateById(panelId);
  };
  app.commands.addCommand(CommandIDs.open, {
    label: trans.__('Show Environments'),
    caption: trans.__('Show the Python environments of this server'),
    icon: environmentsIcon,
    execute: show
  });
  app.commands.addCommand(CommandIDs.create, {
    label: trans.__('New Environment…'),
    caption: trans.__('Make an environment in the file browser’s folder'),
    icon: addIcon,
    execute: async () => {
      show();
      await model.openForm();
    }
  });
  app.commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Environments'),
    caption: trans.__('Let the server look for environments again'),
    icon: refreshIcon,
    execute: () => model.rescan()
  });
}

/** Whether an ipykernel shall be borrowed for an environment, once it was said what that does. */
export async function confirmBorrowing(
  environment: IEnvironment,
  trans: TranslationBundle
): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Borrow an ipykernel?'),
    body: createElement(BorrowExplanation, { environment, trans }),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Borrow') })
    ]
  });
  return result.button.accept;
}

/** The kernel specs, which JupyterLab asks for once a minute only. */
export interface IKernelSpecs {
  readonly specs: KernelSpec.ISpecModels | null;
  refreshSpecs(): Promise<void>;
}

/**
 * Open a new notebook on a kernel, in a folder of the contents manager.
 *
 * The kernel may be younger than JupyterLab's list of kernel specs; without it
 * there, JupyterLab would ask which kernel is meant.
 */
export async function openNotebook(
  app: JupyterFrontEnd,
  kernelName: string,
  cwd: string,
  trans: TranslationBundle
): Promise<void> {
  try {
    if (await isKnown(app.serviceManager.kernelspecs, kernelName)) {
      await app.commands.execute('notebook:create-new', { cwd, kernelName });
      return;
    }
    await showErrorMessage(
      trans.__('This environment is not offered as a kernel'),
      trans.__(
        'The server lists no kernel %1. Refresh the environments, and look what its entry says.',
        clean(kernelName)
      )
    );
  } catch (error) {
    await showErrorMessage(
      trans.__('The notebook could not be opened'),
      error instanceof Error ? error : String(error)
    );
  }
}

async function isKnown(
  kernelspecs: IKernelSpecs,
  name: string
): Promise<boolean> {
  const known = (): boolean =>
    kernelspecs.specs?.kernelspecs[name] !== undefined;
  if (!known()) {
    await kernelspecs.refreshSpecs();
  }
  return known();
}
