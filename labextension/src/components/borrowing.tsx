import React from 'react';

import { clean } from '../clean';
import type { IEnvironment, IShadow } from '../types';
import { canBorrow } from '../words';
import { useTranslation } from './context';

interface IBorrowButtonProps {
  readonly environment: IEnvironment;
  /** The server is at work already. */
  readonly busy: boolean;
  readonly onBorrow: (environment: IEnvironment) => void;
}

/** A button where an ipykernel can be borrowed, and none is there yet. */
export function BorrowButton({
  environment,
  busy,
  onBorrow
}: IBorrowButtonProps): React.JSX.Element | null {
  const trans = useTranslation();
  if (!canBorrow(environment)) {
    return null;
  }
  const name = clean(environment.display_name);
  return (
    <button
      type="button"
      className="jp-Envs-button jp-Envs-borrow"
      aria-label={trans.__('Borrow an ipykernel for %1', name)}
      disabled={busy}
      onClick={() => {
        onBorrow(environment);
      }}
    >
      {trans.__('Borrow an ipykernel…')}
    </button>
  );
}

/** That an ipykernel is borrowed, and what it hides from the kernel. */
export function Borrowed({
  shadows
}: {
  /** Undefined until they were read. */
  readonly shadows: readonly IShadow[] | undefined;
}): React.JSX.Element {
  const trans = useTranslation();
  return (
    <>
      <p>
        {trans.__(
          'It lies outside of the environment, in which nothing was changed.'
        )}
      </p>
      {shadows !== undefined && shadows.length > 0 && (
        <>
          <p>{trans.__('The kernel gets from it, in place of its own:')}</p>
          <ul>
            {shadows.map(each => (
              <Shadow key={each.name} shadow={each} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Shadow({ shadow }: { readonly shadow: IShadow }): React.JSX.Element {
  const trans = useTranslation();
  const [name, borrowed] = [clean(shadow.name), clean(shadow.borrowed)];
  return (
    <li>
      {shadow.own === null
        ? trans.__('%1 %2', name, borrowed)
        : trans.__('%1 %2 for %3', name, borrowed, clean(shadow.own))}
    </li>
  );
}
