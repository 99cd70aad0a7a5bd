import { notebookIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { clean } from '../clean';
import type { IEnvironment, IShadow } from '../types';
import { whyNotStartable } from '../words';
import { BorrowButton } from './borrowing';
import { useTranslation } from './context';
import { ManagerIcon } from './managerIcon';
import { StateAndProblems } from './problems';

/** What one can do with an environment in the list. */
export interface IRowActions {
  /** The server is at work for this page already. */
  readonly busy: boolean;
  readonly onStart: (environment: IEnvironment) => void;
  readonly onBorrow: (environment: IEnvironment) => void;
  readonly onUnfold: (environment: IEnvironment) => void;
}

interface IRowProps extends IRowActions {
  readonly environment: IEnvironment;
  /** The manager as people write it. */
  readonly managerTitle: string;
  readonly shadows: readonly IShadow[] | undefined;
}

/** Its Python, and where its project lies: in short, and in full in the tooltip. */
function VersionAndPlace({
  environment
}: {
  readonly environment: IEnvironment;
}): React.JSX.Element {
  const trans = useTranslation();
  const { orphan, prefix, project, project_path, version } = environment;
  const full = clean(project ?? prefix);
  return (
    <p className="jp-Envs-place" title={full}>
      {orphan === true && (
        <span className="jp-Envs-gone">{trans.__('Project gone')} · </span>
      )}
      {version === null
        ? trans.__('Python of unknown version')
        : trans.__('Python %1', clean(version))}
      {' · '}
      <bdi>{clean(project_path ?? '') || full}</bdi>
    </p>
  );
}

function StartButton({
  environment,
  onStart
}: Pick<IRowProps, 'environment' | 'onStart'>): React.JSX.Element {
  const trans = useTranslation();
  const whyNot = whyNotStartable(environment, trans);
  const name = clean(environment.display_name);
  return (
    <button
      type="button"
      className="jp-Envs-iconButton"
      aria-label={trans.__('New notebook on %1', name)}
      aria-disabled={whyNot !== null}
      title={whyNot ?? trans.__('New notebook')}
      onClick={() => {
        if (whyNot === null) {
          onStart(environment);
        }
      }}
    >
      <notebookIcon.react tag="span" />
    </button>
  );
}

/** One environment: what it is, how it is, and a button for a notebook on it. */
export function EnvironmentRow({
  environment,
  managerTitle,
  shadows,
  busy,
  onStart,
  onBorrow,
  onUnfold
}: IRowProps): React.JSX.Element {
  const name = clean(environment.display_name);
  return (
    <li className="jp-Envs-row" data-environment={environment.id}>
      <ManagerIcon manager={environment.manager} title={managerTitle} />
      <div className="jp-Envs-what">
        <h4 className="jp-Envs-name" title={name}>
          <bdi>{name}</bdi>
        </h4>
        <StateAndProblems
          environment={environment}
          shadows={shadows}
          onUnfold={onUnfold}
        />
        <VersionAndPlace environment={environment} />
        <BorrowButton
          environment={environment}
          busy={busy}
          onBorrow={onBorrow}
        />
      </div>
      <StartButton environment={environment} onStart={onStart} />
    </li>
  );
}
