import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { clean } from '../clean';
import type { IProgress } from '../state';
import { isBorrowing, isEnded } from '../types';
import type { IJob } from '../types';
import { folderInWords } from '../words';
import { useTranslation } from './context';
import { JobLog } from './jobLog';
import { Notice } from './notice';

export interface IJobViewProps {
  readonly progress: IProgress;
  readonly onCancel: () => void;
  readonly onDismiss: () => void;
  readonly onRetry: () => void;
  readonly onNotebook: (job: IJob) => void;
  /** Whether the new environment can run notebooks. */
  readonly startable: boolean;
}

/** What the job is doing, in a few words. */
function phaseInWords(progress: IProgress, trans: TranslationBundle): string {
  const { job, cancelling } = progress;
  if (cancelling) {
    return trans.__('Cancelling…');
  }
  if (job.state === 'queued') {
    return trans.__('Waiting for other work to end…');
  }
  return clean(job.phase) || trans.__('Working…');
}

function Running({ progress, onCancel }: IJobViewProps): React.JSX.Element {
  const trans = useTranslation();
  const { fraction } = progress.job;
  return (
    <>
      <p role="status">{phaseInWords(progress, trans)}</p>
      <progress
        className="jp-Envs-progress"
        aria-label={trans.__('Progress')}
        {...(fraction !== null && { value: fraction })}
      />
      <div className="jp-Envs-buttons">
        <button
          type="button"
          className="jp-Envs-button"
          disabled={progress.cancelling}
          onClick={onCancel}
        >
          {trans.__('Cancel')}
        </button>
      </div>
    </>
  );
}

/** What is said when it is done, and when it failed without a word. */
function endsInWords(
  job: IJob,
  trans: TranslationBundle
): readonly [string, string] {
  return isBorrowing(job)
    ? [
        trans.__('The ipykernel is ready.'),
        trans.__('The ipykernel could not be prepared.')
      ]
    : [
        trans.__('The environment is ready.'),
        trans.__('The environment could not be made.')
      ];
}

/** How it ended. */
function Outcome({ job }: { readonly job: IJob }): React.JSX.Element {
  const trans = useTranslation();
  const [done, failed] = endsInWords(job, trans);
  if (job.state === 'done') {
    return (
      <p className="jp-Envs-done" role="status">
        {done}
      </p>
    );
  }
  if (job.state === 'cancelled') {
    return (
      <p role="status">{trans.__('Cancelled. Nothing was left behind.')}</p>
    );
  }
  return (
    <Notice
      role="alert"
      title={clean(job.error?.message ?? '') || failed}
      text={clean(job.error?.fix ?? '')}
    />
  );
}

function Ended(props: IJobViewProps): React.JSX.Element {
  const trans = useTranslation();
  const { job } = props.progress;
  return (
    <>
      <Outcome job={job} />
      <div className="jp-Envs-buttons">
        <button
          type="button"
          className="jp-Envs-button"
          onClick={props.onDismiss}
        >
          {trans.__('Close')}
        </button>
        {job.state === 'done' && props.startable && (
          <button
            type="button"
            className="jp-Envs-button jp-mod-primary"
            onClick={() => {
              props.onNotebook(job);
            }}
          >
            {trans.__('Open a notebook')}
          </button>
        )}
        {job.state === 'failed' && (
          <button
            type="button"
            className="jp-Envs-button jp-mod-primary"
            onClick={props.onRetry}
          >
            {isBorrowing(job)
              ? trans.__('Try again')
              : trans.__('Back to the form')}
          </button>
        )}
      </div>
    </>
  );
}

/** The making of an environment, or of what it borrows, live. */
export function JobView(props: IJobViewProps): React.JSX.Element {
  const trans = useTranslation();
  const { job, lines } = props.progress;
  const folder = folderInWords(job.project_path ?? '', trans);
  const [label, title] = isBorrowing(job)
    ? [trans.__('Preparing an ipykernel'), trans.__('Borrowed ipykernel')]
    : [
        trans.__('Making an environment'),
        trans.__('New environment in %1', folder)
      ];
  return (
    <section className="jp-Envs-job" aria-label={label}>
      <h3 className="jp-Envs-formTitle">{title}</h3>
      {isEnded(job) ? <Ended {...props} /> : <Running {...props} />}
      {lines.length > 0 && <JobLog lines={lines} />}
    </section>
  );
}
