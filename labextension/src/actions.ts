import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';

import { confirmBorrowing, openNotebook } from './commands';
import type { IActions } from './components/context';
import type { EnvironmentsModel } from './model';

/** What the panel's buttons do; `currentFolder` is where new notebooks go. */
export function actionsOf(
  app: JupyterFrontEnd,
  model: EnvironmentsModel,
  currentFolder: () => string,
  trans: TranslationBundle
): IActions {
  const start = (kernelName: string | null, cwd: string): void => {
    if (kernelName !== null) {
      void openNotebook(app, kernelName, cwd, trans);
    }
  };
  return {
    refresh: () => void model.rescan(),
    retry: () => void model.open(),
    openForm: () => void model.openForm(),
    closeForm: () => {
      model.closeForm();
    },
    create: request => void model.create(request),
    borrow: environment => {
      void confirmBorrowing(environment, trans).then(async agreed => {
        if (agreed) {
          await model.borrow(environment.id);
        }
      });
    },
    unfold: environment => void model.readShadows(environment.id),
    cancel: () => void model.cancel(),
    dismiss: () => {
      model.dismiss();
    },
    startNotebook: environment => {
      start(environment.kernel_name, currentFolder());
    },
    startNotebookOf: job => {
      const made = model.environments.find(each => each.id === job.environment);
      const folder = job.project_path ?? made?.project_path ?? currentFolder();
      start(made?.kernel_name ?? job.environment, folder);
      model.dismiss();
    }
  };
}
