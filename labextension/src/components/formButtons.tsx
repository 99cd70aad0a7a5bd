import React from 'react';

import { useTranslation } from './context';

interface IFormButtonsProps {
  /** The form can be sent. */
  readonly ready: boolean;
  readonly asking: boolean;
  readonly onClose: () => void;
}

export function FormButtons({
  ready,
  asking,
  onClose
}: IFormButtonsProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <div className="jp-Envs-buttons">
      <button type="button" className="jp-Envs-button" onClick={onClose}>
        {trans.__('Cancel')}
      </button>
      <button
        type="submit"
        className="jp-Envs-button jp-mod-primary"
        disabled={!ready}
      >
        {asking ? trans.__('Asking…') : trans.__('Create')}
      </button>
    </div>
  );
}
