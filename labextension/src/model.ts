import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IEnvironmentsApi } from './api';
import { asFailure } from './failure';
import { follow } from './follow';
import {
  EMPTY,
  failedLately,
  withCancelling,
  withEvent,
  withFailure
} from './state';
import type { IPanelState } from './state';
import type { IEnvironments } from './tokens';
import { isBorrowing, isEnded, isLooking } from './types';
import type { ICreateRequest, IEnvironment, IJob } from './types';

/**
 * What the panel shows, and what it can do. No method rejects: what went wrong
 * is part of the state.
 */
export class EnvironmentsModel implements IEnvironments {
  constructor(private readonly api: IEnvironmentsApi) {}

  get state(): IPanelState {
    return this._state;
  }

  get environments(): readonly IEnvironment[] {
    return this._state.environments ?? [];
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with a finished job that made a kernel possible, before that is listed. */
  get created(): ISignal<this, IJob> {
    return this._created;
  }

  /** Read the environments; of several answers under way only the last counts. */
  async read(): Promise<void> {
    const turn = ++this._turn;
    try {
      const listing = await this.api.listing();
      this.setIfLast(turn, {
        environments: listing.environments,
        looking: isLooking(listing),
        failure: null
      });
    } catch (error) {
      this.setIfLast(turn, { failure: asFailure(error), looking: false });
    }
  }

  /** Read everything, and take up a job that was running before this page was. */
  async open(): Promise<void> {
    await this.read();
    if (this._state.failure === null) {
      await Promise.all([this.readManagers(), this.resume()]);
    }
  }

  /** Let the server look again, and show what it finds as it finds it. */
  async rescan(): Promise<void> {
    if (this._state.rescanning) {
      return;
    }
    this.set({ rescanning: true });
    const failure = await this.failureOf(async () => {
      const job = await this.api.rescan();
      await this.read();
      await this.untilEnded(job);
    });
    await this.read();
    this.set({ rescanning: false, ...(failure && { failure }) });
  }

  setFolder(folder: string | null): void {
    this.set({ folder });
  }

  /**
   * Show the form, unless an environment is being made, and fetch the
   * interpreters anew: one may just have been installed.
   */
  async openForm(): Promise<void> {
    if (this.isAtWork) {
      return;
    }
    this.dismiss();
    this.set({ creating: true, interpreters: null, refusal: null });
    const refusal = await this.failureOf(async () => {
      this.set({ interpreters: await this.api.interpreters() });
    });
    this.set(refusal === null ? {} : { refusal, interpreters: [] });
  }

  closeForm(): void {
    this.set({ creating: false, refusal: null });
  }

  /** Ask for a new environment; the form stays open, with the reason, when it is refused. */
  async create(request: ICreateRequest): Promise<void> {
    if (this._state.asking) {
      return;
    }
    this.set({ asking: true, refusal: null, request });
    const refusal = await this.failureOf(async () => {
      const job = await this.api.create(request);
      this.set({ creating: false });
      void this.watch(job);
    });
    this.set({ asking: false, refusal });
  }

  /** Let the server prepare an ipykernel for an environment to borrow, unless it is at work. */
  async borrow(environment: string): Promise<void> {
    if (this._state.asking || this.isAtWork) {
      return;
    }
    this.set({ asking: true, creating: false });
    const failure = await this.failureOf(async () => {
      const job = await this.api.borrow(environment);
      void this.watch({ ...job, environment: job.environment ?? environment });
    });
    this.set({ asking: false, ...(failure && { failure }) });
  }

  /** Read what the borrowed ipykernel hides from an environment's kernel. */
  async readShadows(environment: string): Promise<void> {
    const failure = await this.failureOf(async () => {
      const found = await this.api.shadows(environment);
      const shadows = new Map(this._state.shadows).set(environment, found);
      this.set({ shadows });
    });
    this.set(failure && { failure });
  }

  async cancel(): Promise<void> {
    const id = this._state.progress?.job.id;
    if (id === undefined) {
      return;
    }
    this.set({ progress: withCancelling(this._state.progress, true) });
    const failure = await this.failureOf(() => this.api.cancel(id));
    if (failure !== null) {
      const progress = withCancelling(this._state.progress, false);
      this.set({ failure, progress });
    }
  }

  /** Put an ended job out of sight. */
  dismiss(): void {
    this._dismissed.add(this._state.progress?.job.id ?? '');
    this.set({ progress: null });
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  private get isAtWork(): boolean {
    const job = this._state.progress?.job;
    return job !== undefined && !isEnded(job);
  }

  private async readManagers(): Promise<void> {
    await this.failureOf(async () => {
      this.set({ managers: await this.api.managers() });
    });
  }

  private async resume(): Promise<void> {
    if (this._state.progress !== null) {
      return;
    }
    await this.failureOf(async () => {
      const jobs = await this.api.jobs();
      const job = jobs.find(each => this.isOfInterest(each));
      if (job !== undefined && this.state.progress === null) {
        void this.watch(job);
      }
    });
  }

  /** Whether a person who opens the page should see how this job goes, or went. */
  private isOfInterest(job: IJob): boolean {
    const shown = job.kind === 'create' || isBorrowing(job);
    if (!shown || this._dismissed.has(job.id)) {
      return false;
    }
    return !isEnded(job) || failedLately(job);
  }

  /** Show a job from its first line to its end. */
  private async watch(job: IJob): Promise<void> {
    this.set({ progress: { job, lines: [], cancelling: false } });
    const failure = await this.failureOf(async () => {
      for await (const event of follow(this.api, job.id, this._abort.signal)) {
        this.set({ progress: withEvent(this._state.progress, event) });
      }
    });
    if (failure !== null) {
      this.set({ progress: withFailure(this._state.progress, failure) });
    }
    await this.afterEnd();
  }

  private async afterEnd(): Promise<void> {
    const job = this._state.progress?.job;
    if (job?.state === 'done') {
      this.set(isBorrowing(job) ? {} : { request: null });
      this._created.emit(job);
    }
    if (!this._abort.signal.aborted) {
      await this.read();
    }
  }

  private async untilEnded(job: IJob): Promise<void> {
    const events = follow(this.api, job.id, this._abort.signal);
    while ((await events.next()).done !== true) {
      // Only the end counts: the panel shows what a rescan found, not its log.
    }
  }

  private async failureOf(act: () => Promise<unknown>) {
    try {
      await act();
      return null;
    } catch (error) {
      return asFailure(error);
    }
  }

  private setIfLast(turn: number, change: Partial<IPanelState>): void {
    if (turn === this._turn) {
      this.set(change);
    }
  }

  private set(change: Partial<IPanelState> | null): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }

  private _state = EMPTY;
  private _turn = 0;
  private readonly _dismissed = new Set<string>();
  private readonly _abort = new AbortController();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _created = new Signal<this, IJob>(this);
}
