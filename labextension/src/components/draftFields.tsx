import React from 'react';

import type { IDraft } from '../validate';
import { useTranslation } from './context';
import { Field } from './field';

interface IDraftFieldProps {
  readonly draft: IDraft;
  readonly error?: string | null;
  readonly onChange: (part: Partial<IDraft>) => void;
}

interface ITextFieldProps {
  readonly label: string;
  readonly error: string | null;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly onType: (value: string) => void;
}

/** One line of text that is no prose: nothing corrects or completes it. */
function TextField({
  value,
  placeholder,
  onType,
  ...about
}: ITextFieldProps): React.JSX.Element {
  return (
    <Field {...about}>
      {control => (
        <input
          {...control}
          type="text"
          spellCheck={false}
          autoComplete="off"
          placeholder={placeholder}
          value={value}
          onChange={event => {
            onType(event.target.value);
          }}
        />
      )}
    </Field>
  );
}

/** The name of the environment's own folder. */
export function NameField({
  draft,
  error,
  onChange
}: IDraftFieldProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <TextField
      label={trans.__('Folder name')}
      error={error ?? null}
      value={draft.name}
      onType={name => {
        onChange({ name });
      }}
    />
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
    <TextField
      label={trans.__('Packages (optional)')}
      error={error ?? null}
      hint={trans.__('Separated by spaces or commas.')}
      placeholder="numpy pandas"
      value={draft.packages}
      onType={packages => {
        onChange({ packages });
      }}
    />
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
