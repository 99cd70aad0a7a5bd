import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { environmentsIcon } from '../icons';
import type { EnvironmentsModel } from '../model';
import { ReadingWatch } from '../watch';
import { TranslationContext } from './context';
import type { IActions } from './context';
import { Panel } from './panel';

/** The side bar's panel; it reads when it is shown and is silent while it is not. */
export class EnvironmentsWidget extends ReactWidget {
  constructor(
    private readonly environments: EnvironmentsModel,
    private readonly actions: IActions,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyter-envs-panel';
    this.addClass('jp-Envs');
    this.title.icon = environmentsIcon;
    this.title.caption = trans.__('Environments');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Environments'));
    this.watch = new ReadingWatch(environments);
    environments.changed.connect(this.onChanged);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.environments.changed.disconnect(this.onChanged);
    this.watch.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return (
      <TranslationContext.Provider value={this.trans}>
        <Panel state={this.environments.state} actions={this.actions} />
      </TranslationContext.Provider>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.watch.show();
    }
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.watch.show();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.watch.hide();
  }

  private readonly onChanged = (): void => {
    this.update();
  };

  private readonly watch: ReadingWatch;
}
