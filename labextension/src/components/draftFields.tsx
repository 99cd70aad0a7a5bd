import React from 'react';

import type { IDraft } from '../validate';
import { useTranslation } from './context';
import { Field } from './field';

interface IDraftFieldProps {
  readonly draft: IDraft;
  readonly error?: string | null;
  readonly onChange: (part: Partial<IDraft>) => void;
}

/** The name of the environment's own folder. */
export function NameField({
  draft,
  error,
  onChange
}: IDraftFieldProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <Field label={trans.__('Folder name')} error={error ?? null}>
      {control => (
        <input
          {...control}
          type="text"
          spellCheck={false}
          autoComplete="off"
          value={draft.name}
          onChange={event => {
            onChange({ name: event.target.value });
          }}
        />
      )}
    </Field>
  );
}

/** What to install into it from the beginning. */
export function PackagesField({
  draft,
  error,
  onChange
}: IDraftFieldProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <Field
      label={trans.__('Packages (optional)')}
      error={error ?? null}
      hint={trans.__('Separated by spaces or commas.')}
    >
      {control => (
        <input
          {...control}
          type="text"
          spellCheck={false}
          autoComplete="off"
          placeholder="numpy pandas"
          value={draft.packages}
          onChange={event => {
            onChange({ packages: event.target.value });
          }}
        />
      )}
    </Field>
  );
}

/** Nothing is installed that its owner did not ask for: so it is asked. */
export function IpykernelField({
  draft,
  onChange
}: IDraftFieldProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <label className="jp-Envs-check">
      <input
        type="checkbox"
        checked={draft.ipykernel}
        onChange={event => {
          onChange({ ipykernel: event.target.checked });
        }}
      />
      <span>{trans.__('Install ipykernel, so that notebooks can use it')}</span>
    </label>
  );
}
