import React from 'react';

import type { IFailure } from '../types';
import { failureInWords } from '../words';
import { useTranslation } from './context';
import { Notice } from './notice';

interface IFailureNoticeProps {
  readonly failure: IFailure;
  readonly onRetry: () => void;
}

/** Why the last request failed, and a way to ask again. */
export function FailureNotice({
  failure,
  onRetry
}: IFailureNoticeProps): React.JSX.Element {
  const trans = useTranslation();
  const [title, text] = failureInWords(failure, trans);
  return (
    <Notice role="alert" title={title} text={text}>
      <button type="button" className="jp-Envs-button" onClick={onRetry}>
        {trans.__('Try again')}
      </button>
    </Notice>
  );
}
