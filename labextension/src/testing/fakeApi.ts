import type { IEnvironmentsApi } from '../api';
import { RequestFailed } from '../failure';
import type {
  ICreateRequest,
  IFailure,
  IInterpreter,
  IJob,
  IListing,
  IManager,
  IShadow,
  JobEvent
} from '../types';
import { MANAGERS, PYTHONS, SHADOWS, environment, job } from './samples';

type Asked = keyof IEnvironmentsApi;

/** A server in memory: what it answers can be changed, what it was asked is noted. */
export class FakeApi implements IEnvironmentsApi {
  asked: string[] = [];
  failures: Partial<Record<Asked, IFailure>> = {};
  answer: IListing = {
    complete: true,
    scanned: null,
    environments: [environment()]
  };
  running: IJob[] = [];
  /** What each connection to a job's events delivers; a failure breaks it off. */
  streams: (JobEvent | IFailure)[][] = [];
  requests: ICreateRequest[] = [];

  listing(): Promise<IListing> {
    return this.give('listing', this.answer);
  }

  managers(): Promise<readonly IManager[]> {
    return this.give('managers', MANAGERS);
  }

  interpreters(): Promise<readonly IInterpreter[]> {
    return this.give('interpreters', PYTHONS);
  }

  create(request: ICreateRequest): Promise<IJob> {
    this.requests.push(request);
    return this.give('create', job());
  }

  rescan(): Promise<IJob> {
    return this.give('rescan', job({ id: '2', kind: 'rescan' }));
  }

  borrow(environment: string): Promise<IJob> {
    const borrowing = job({ kind: 'borrow', project_path: null });
    return this.give('borrow', borrowing, `borrow for ${environment}`);
  }

  shadows(environment: string): Promise<readonly IShadow[]> {
    return this.give('shadows', SHADOWS, `shadows of ${environment}`);
  }

  jobs(): Promise<readonly IJob[]> {
    return this.give('jobs', this.running);
  }

  job(id: string): Promise<IJob> {
    return this.give('job', this.running.find(each => each.id === id) ?? job());
  }

  cancel(): Promise<IJob> {
    return this.give('cancel', job());
  }

  async *events(id: string, after: number): AsyncGenerator<JobEvent> {
    await this.give('events', null, `events ${id} after ${String(after)}`);
    for (const event of this.streams.shift() ?? []) {
      await Promise.resolve();
      if (!('n' in event)) {
        throw new RequestFailed(event);
      }
      yield event;
    }
  }

  private async give<T>(
    name: Asked,
    value: T,
    note: string = name
  ): Promise<T> {
    this.asked.push(note);
    await Promise.resolve();
    const failure = this.failures[name];
    if (failure !== undefined) {
      throw new RequestFailed(failure);
    }
    return value;
  }
}
