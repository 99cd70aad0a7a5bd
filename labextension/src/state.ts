import type {
  ICreateRequest,
  IEnvironment,
  IFailure,
  IInterpreter,
  IJob,
  IManager,
  IShadow,
  JobEvent
} from './types';

/** A server keeps 256 KiB of a job's output; a person reads less. */
const MOST_LINES = 1000;

/** Milliseconds for which a failure is worth telling to a page that was opened after it. */
const NEWS_FOR = 120_000;

/** A job that is shown, with the output that it wrote so far. */
export interface IProgress {
  readonly job: IJob;
  readonly lines: readonly string[];
  /** The person asked for its end, which has not come yet. */
  readonly cancelling: boolean;
}

/** Everything that the panel shows. */
export interface IPanelState {
  /** Null until they were read once. */
  readonly environments: readonly IEnvironment[] | null;
  /** Whether the server is still looking, so that more may appear. */
  readonly looking: boolean;
  /** Why the last request failed. */
  readonly failure: IFailure | null;
  readonly rescanning: boolean;
  readonly managers: readonly IManager[];
  /** The file browser's folder; null when it shows something that is not on the server's disk. */
  readonly folder: string | null;
  /** The form is open. */
  readonly creating: boolean;
  /** Null until they were read. */
  readonly interpreters: readonly IInterpreter[] | null;
  /** What was last asked for and not made yet: the form begins with it. */
  readonly request: ICreateRequest | null;
  /** The request for a new environment is on its way. */
  readonly asking: boolean;
  /** Why a new environment was refused. */
  readonly refusal: IFailure | null;
  readonly progress: IProgress | null;
  /** What borrowed ipykernels hide, of the environments whose details were unfolded. */
  readonly shadows: ReadonlyMap<string, readonly IShadow[]>;
}

export const EMPTY: IPanelState = {
  environments: null,
  looking: false,
  failure: null,
  rescanning: false,
  managers: [],
  folder: null,
  creating: false,
  interpreters: null,
  request: null,
  asking: false,
  refusal: null,
  progress: null,
  shadows: new Map()
};

/** Whether a job failed within the last minutes: news to a page that was just opened. */
export function failedLately(job: IJob, now = Date.now()): boolean {
  const ended = Date.parse(job.ended ?? '');
  return job.state === 'failed' && now - ended < NEWS_FOR;
}

/** The progress after an event of its job. */
export function withEvent(
  progress: IProgress | null,
  event: JobEvent
): IProgress | null {
  if (progress === null) {
    return null;
  }
  if (event.kind === 'state') {
    // The server may name the environment of a job at its end only.
    const environment = event.job.environment ?? progress.job.environment;
    return { ...progress, job: { ...event.job, environment } };
  }
  const lines = [...progress.lines, event.text].slice(-MOST_LINES);
  return { ...progress, lines };
}

/** The progress of a job that the server can tell no more of. */
export function withFailure(
  progress: IProgress | null,
  failure: IFailure
): IProgress | null {
  if (progress === null) {
    return null;
  }
  return {
    ...progress,
    job: { ...progress.job, state: 'failed', error: failure }
  };
}

/** The progress once its end was, or was not, asked for. */
export function withCancelling(
  progress: IProgress | null,
  cancelling: boolean
): IProgress | null {
  return progress && { ...progress, cancelling };
}
