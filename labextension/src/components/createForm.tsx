import React, { useEffect, useRef, useState } from 'react';

import type {
  ICreateRequest,
  IEnvironment,
  IFailure,
  IInterpreter
} from '../types';
import {
  draftOf,
  firstDraft,
  nameError,
  packagesError,
  requestOf
} from '../validate';
import type { IDraft } from '../validate';
import { failureInWords, folderInWords } from '../words';
import { useTranslation } from './context';
import { IpykernelField, NameField, PackagesField } from './draftFields';
import { FormButtons } from './formButtons';
import { InterpreterField } from './interpreterField';
import { Notice } from './notice';

export interface ICreateFormProps {
  readonly folder: string;
  readonly environments: readonly IEnvironment[];
  readonly interpreters: readonly IInterpreter[] | null;
  /** What was asked for before, in vain. */
  readonly request: ICreateRequest | null;
  /** The request is on its way. */
  readonly asking: boolean;
  readonly refusal: IFailure | null;
  readonly onCreate: (request: ICreateRequest) => void;
  readonly onClose: () => void;
}

/** Asks what a new environment in the file browser's folder shall be. */
export function CreateForm(props: ICreateFormProps): React.JSX.Element {
  const { folder, interpreters, refusal } = props;
  const trans = useTranslation();
  const form = useFirstFocus();
  const [draft, setDraft] = useState(() =>
    props.request?.project_path === folder
      ? draftOf(props.request)
      : firstDraft(folder, props.environments)
  );
  const change = (part: Partial<IDraft>): void => {
    setDraft({ ...draft, ...part });
  };
  const python = chosen(draft, interpreters);
  const wrongName = nameError(draft.name, folder, props.environments, trans);
  const wrongPackages = packagesError(draft.packages, trans);
  const ready =
    !props.asking &&
    wrongName === null &&
    wrongPackages === null &&
    python !== '';
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (ready) {
      props.onCreate(requestOf({ ...draft, python }, folder));
    }
  };
  return (
    <form
      ref={form}
      className="jp-Envs-form"
      aria-label={trans.__('New environment')}
      onSubmit={submit}
    >
      <h3 className="jp-Envs-formTitle">
        {trans.__('New environment in %1', folderInWords(folder, trans))}
      </h3>
      <NameField draft={draft} error={wrongName} onChange={change} />
      <InterpreterField
        interpreters={interpreters}
        python={python}
        onChange={path => {
          change({ python: path });
        }}
      />
      <PackagesField draft={draft} error={wrongPackages} onChange={change} />
      <IpykernelField draft={draft} onChange={change} />
      {refusal !== null && <Refusal failure={refusal} />}
      <FormButtons
        ready={ready}
        asking={props.asking}
        onClose={props.onClose}
      />
    </form>
  );
}

/** A form whose first control has the focus when it opens. */
function useFirstFocus(): React.RefObject<HTMLFormElement> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector('input')?.focus();
  }, []);
  return form;
}

/** The draft's interpreter, or the newest while none that exists was chosen. */
function chosen(
  draft: IDraft,
  interpreters: readonly IInterpreter[] | null
): string {
  const known = interpreters?.find(each => each.path === draft.python);
  return (known ?? interpreters?.[0])?.path ?? '';
}

/** Why the server did not take the request. */
function Refusal({
  failure
}: {
  readonly failure: IFailure;
}): React.JSX.Element {
  const [title, text] = failureInWords(failure, useTranslation());
  return <Notice role="alert" title={title} text={text} />;
}
