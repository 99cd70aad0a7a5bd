import React from 'react';

import { clean } from '../clean';
import type { IInterpreter } from '../types';
import { useTranslation } from './context';
import { Field } from './field';

interface IInterpreterFieldProps {
  /** Newest first; null until they were read. */
  readonly interpreters: readonly IInterpreter[] | null;
  readonly python: string;
  readonly onChange: (python: string) => void;
}

function hintOf(
  interpreters: readonly IInterpreter[] | null,
  trans: ReturnType<typeof useTranslation>
): string | null {
  return interpreters?.length === 0
    ? trans.__(
        'No Python was found on the server that can make environments. Install one, then refresh.'
      )
    : null;
}

/** The Python that the new environment shall have. */
export function InterpreterField({
  interpreters,
  python,
  onChange
}: IInterpreterFieldProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <Field label={trans.__('Python')} error={hintOf(interpreters, trans)}>
      {control => (
        <select
          {...control}
          value={python}
          title={python}
          disabled={interpreters === null || interpreters.length === 0}
          onChange={event => {
            onChange(event.target.value);
          }}
        >
          {interpreters === null && (
            <option value="">{trans.__('Looking for Pythons…')}</option>
          )}
          {interpreters?.map(each => (
            <option key={each.path} value={each.path} title={clean(each.path)}>
              {clean(each.label)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
