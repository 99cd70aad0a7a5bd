import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { useTranslation } from './context';

interface IHeaderProps {
  /** Why nothing can be made here, or null. */
  readonly whyNot: string | null;
  readonly rescanning: boolean;
  readonly onNew: () => void;
  readonly onRefresh: () => void;
}

/** The panel's name and its two buttons. */
export function Header({
  whyNot,
  rescanning,
  onNew,
  onRefresh
}: IHeaderProps): React.JSX.Element {
  const trans = useTranslation();
  const refreshLabel = rescanning
    ? trans.__('Looking for environments…')
    : trans.__('Refresh the list of environments');
  return (
    <div className="jp-Envs-header">
      <h2 className="jp-Envs-title">{trans.__('Environments')}</h2>
      <button
        type="button"
        className="jp-Envs-iconButton"
        aria-label={trans.__('New environment')}
        aria-disabled={whyNot !== null}
        title={whyNot ?? trans.__('New environment')}
        onClick={whyNot === null ? onNew : undefined}
      >
        <addIcon.react tag="span" />
      </button>
      <button
        type="button"
        className="jp-Envs-iconButton"
        aria-label={trans.__('Refresh')}
        aria-busy={rescanning}
        title={refreshLabel}
        onClick={onRefresh}
      >
        <refreshIcon.react tag="span" />
      </button>
    </div>
  );
}
