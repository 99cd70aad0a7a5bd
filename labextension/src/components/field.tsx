import React, { useId } from 'react';

interface IFieldProps {
  readonly label: string;
  /** What is wrong with it, said as one types; null when nothing is. */
  readonly error?: string | null;
  /** Something to know before one types. */
  readonly hint?: string;
  /** Renders the control with the attributes that tie it to label and error. */
  readonly children: (control: IControlAttributes) => React.ReactNode;
}

export interface IControlAttributes {
  readonly id: string;
  readonly className: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

/** A labelled control with what is wrong with it underneath. */
export function Field({
  label,
  error = null,
  hint = '',
  children
}: IFieldProps): React.JSX.Element {
  const id = useId();
  const about = `${id}-about`;
  return (
    <div className="jp-Envs-field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: 'jp-Envs-input',
        'aria-describedby': about,
        'aria-invalid': error !== null
      })}
      <p
        id={about}
        className={error === null ? 'jp-Envs-hint' : 'jp-Envs-error'}
        aria-live="polite"
      >
        {error ?? hint}
      </p>
    </div>
  );
}
