import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { clean } from '../clean';
import type { IEnvironment } from '../types';
import { insteadOfBorrowing } from '../words';

interface IBorrowExplanationProps {
  readonly environment: IEnvironment;
  readonly trans: TranslationBundle;
}

/** What borrowing an ipykernel does, and what one can do instead. */
export function BorrowExplanation({
  environment,
  trans
}: IBorrowExplanationProps): React.JSX.Element {
  const name = clean(environment.display_name);
  const instead = insteadOfBorrowing(environment);
  return (
    <div className="jp-Envs-explanation">
      <p>
        {trans.__(
          '%1 has no ipykernel of its own that notebooks could run on.',
          name
        )}
      </p>
      <p>
        {trans.__(
          'One can be put beside it: ipykernel and what that needs are downloaded into your data folder, where they take 50 to 90 MB, once for all environments of this Python version.'
        )}
      </p>
      <p>{trans.__('Nothing is written into the environment.')}</p>
      {instead !== '' && (
        <p>{trans.__('What you can do instead, in a terminal: %1', instead)}</p>
      )}
    </div>
  );
}
