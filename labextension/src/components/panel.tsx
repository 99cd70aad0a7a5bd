import React from 'react';

import type { IPanelState } from '../state';
import { isBorrowing, isEnded } from '../types';
import type { IActions } from './context';
import { useTranslation } from './context';
import { CreateForm } from './createForm';
import { FailureNotice } from './failureNotice';
import { Header } from './header';
import { JobView } from './jobView';
import { EnvironmentList } from './list';
import { Notice } from './notice';
import { useWhyNotCreate } from './whyNotCreate';

export interface IPanelProps {
  readonly state: IPanelState;
  readonly actions: IActions;
}

/** The panel "Environments". */
export function Panel({ state, actions }: IPanelProps): React.JSX.Element {
  const whyNot = useWhyNotCreate(state);
  return (
    <>
      <Header
        whyNot={whyNot}
        rescanning={state.rescanning}
        onNew={actions.openForm}
        onRefresh={actions.refresh}
      />
      <Making state={state} actions={actions} />
      <div className="jp-Envs-body">
        {state.failure !== null && (
          <FailureNotice failure={state.failure} onRetry={actions.retry} />
        )}
        <Listed state={state} actions={actions} />
      </div>
    </>
  );
}

/** The form for a new environment, or how its making goes. */
function Making({ state, actions }: IPanelProps): React.JSX.Element | null {
  const { progress, folder } = state;
  if (state.creating && folder !== null) {
    return (
      <CreateForm
        folder={folder}
        environments={state.environments ?? []}
        interpreters={state.interpreters}
        request={state.request}
        asking={state.asking}
        refusal={state.refusal}
        onCreate={actions.create}
        onClose={actions.closeForm}
      />
    );
  }
  if (progress === null) {
    return null;
  }
  const made = state.environments?.find(
    each => each.id === progress.job.environment
  );
  return (
    <JobView
      progress={progress}
      startable={made?.kernel_name != null && made.kernel}
      onCancel={actions.cancel}
      onDismiss={actions.dismiss}
      onRetry={() => {
        if (made !== undefined && isBorrowing(progress.job)) {
          actions.borrow(made);
        } else {
          actions.openForm();
        }
      }}
      onNotebook={actions.startNotebookOf}
    />
  );
}

/** The environments, or why there are none to see. */
function Listed({ state, actions }: IPanelProps): React.JSX.Element | null {
  const trans = useTranslation();
  const { environments, failure, progress } = state;
  if (environments === null) {
    return failure === null ? (
      <p className="jp-Envs-hint" role="status">
        {trans.__('Reading the environments…')}
      </p>
    ) : null;
  }
  return (
    <>
      {state.looking && (
        <p className="jp-Envs-hint" role="status">
          {trans.__('Still looking. More may appear.')}
        </p>
      )}
      {environments.length === 0 && !state.looking && <NoneFound />}
      {environments.length > 0 && (
        <EnvironmentList
          environments={environments}
          folder={state.folder}
          managers={state.managers}
          shadows={state.shadows}
          busy={state.asking || (progress !== null && !isEnded(progress.job))}
          onStart={actions.startNotebook}
          onBorrow={actions.borrow}
          onUnfold={actions.unfold}
        />
      )}
    </>
  );
}

function NoneFound(): React.JSX.Element {
  const trans = useTranslation();
  return (
    <Notice
      role="status"
      title={trans.__('No environments yet')}
      text={trans.__(
        'Environments made with Poetry, virtualenvwrapper, pyenv or venv appear here by themselves. To make one in the folder that the file browser shows, choose “New environment” above.'
      )}
    />
  );
}
