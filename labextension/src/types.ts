/**
 * The server's JSON, as the front end reads it.
 *
 * Every answer has `"version": 1` and only ever gains fields, so unknown fields
 * are ignored and a word that is new here (a manager, a state) is still shown.
 */

/** What is wrong with an environment, and what its owner can do about it. */
export interface IProblem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** The first of these that holds; `foreign` means not trusted. */
export type EnvironmentState =
  'broken' | 'foreign' | 'needs-ipykernel' | 'ready';

/** One Python environment. */
export interface IEnvironment {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly manager: string;
  readonly prefix: string;
  readonly version: string | null;
  readonly project: string | null;
  /** The contents manager's path of the project; null outside of its root. */
  readonly project_path: string | null;
  readonly state: EnvironmentState;
  readonly orphan: boolean | null;
  /** Whether it is offered as a kernel now. */
  readonly kernel: boolean;
  /** The kernel spec to start; null when it cannot start at all. */
  readonly kernel_name: string | null;
  /** Whether it is a base interpreter and no environment. */
  readonly bare: boolean;
  /** The version of the ipykernel that it borrows; null where none is there to be borrowed. */
  readonly borrowed: string | null;
  readonly owner: string | null;
  readonly problems: readonly IProblem[];
}

/** A package of an environment whose kernel gets it from the borrowed ipykernel, in another version. */
export interface IShadow {
  readonly name: string;
  readonly own: string | null;
  readonly borrowed: string;
}

/**
 * All environments; `complete` is false when a walk was cut short, or none was
 * done: `scanned` tells when the last one ended.
 */
export interface IListing {
  readonly complete: boolean;
  readonly scanned: string | null;
  readonly environments: readonly IEnvironment[];
}

/** Whether the server is still on its first walk, so that more may appear. */
export function isLooking(listing: IListing): boolean {
  return !listing.complete && listing.scanned === null;
}

/** A tool that owns environments; whether this server makes new ones with it, and removes them. */
export interface IManager {
  readonly name: string;
  readonly title: string;
  readonly creates: boolean;
  readonly removes: boolean;
}

/** A Python that new environments can be made with. */
export interface IInterpreter {
  readonly path: string;
  readonly version: string;
  readonly implementation: string;
  readonly manager: string;
  readonly label: string;
}

/** Why the server could not do something. */
export interface IReason {
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
  /** The id of the job that is in the way, where one is. */
  readonly job?: string;
  /** With `python-missing`: the version of Python that is missing, which could be installed. */
  readonly version?: string;
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** Work that the server does in the background. */
export interface IJob {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly phase: string;
  /** Between 0 and 1; null while nobody knows. */
  readonly fraction: number | null;
  /** What a person must be told although it was done. */
  readonly warnings: readonly string[];
  /** Null while it waits. */
  readonly started: string | null;
  readonly ended: string | null;
  readonly project_path: string | null;
  /** The folder that it makes or changes; null where it is about none. */
  readonly prefix: string | null;
  readonly environment: string | null;
  readonly error: IReason | null;
}

/** A line that the job's tool wrote. */
export interface IOutputEvent {
  readonly n: number;
  readonly time: string;
  readonly kind: 'output';
  readonly text: string;
}

/** The job went on to another phase or state. */
export interface IStateEvent {
  readonly n: number;
  readonly time: string;
  readonly kind: 'state';
  readonly job: IJob;
}

export type JobEvent = IOutputEvent | IStateEvent;

/** What a new environment shall be. */
export interface ICreateRequest {
  readonly manager: string;
  readonly project_path: string;
  readonly name: string;
  readonly python: string;
  readonly packages: readonly string[];
  readonly ipykernel: boolean;
}

/**
 * Why a request failed: the server extension is `missing` (404), the person may
 * not (`forbidden`), the server did not answer (`offline`), or it said no
 * (`refused`).
 */
export type FailureKind = 'forbidden' | 'missing' | 'offline' | 'refused';

export interface IFailure extends IReason {
  readonly kind: FailureKind;
}

/** Whether a job prepares an ipykernel to be borrowed, and makes no environment. */
export function isBorrowing(job: IJob): boolean {
  return job.kind === 'borrow';
}

/** Whether nothing more will happen to a job in this state. */
export function isEnded(job: IJob): boolean {
  return (
    job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
  );
}
