import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { RequestFailed, failureOf, offline } from './failure';
import { readLines } from './lines';
import type {
  ICreateRequest,
  IInterpreter,
  IJob,
  IListing,
  IManager,
  IShadow,
  JobEvent
} from './types';

/** What the model asks of the server; every method rejects with RequestFailed only. */
export interface IEnvironmentsApi {
  listing(): Promise<IListing>;
  managers(): Promise<readonly IManager[]>;
  interpreters(): Promise<readonly IInterpreter[]>;
  create(request: ICreateRequest): Promise<IJob>;
  rescan(): Promise<IJob>;
  /** Prepare an ipykernel for an environment to borrow. */
  borrow(environment: string): Promise<IJob>;
  /** What the borrowed ipykernel hides from an environment's kernel. */
  shadows(environment: string): Promise<readonly IShadow[]>;
  jobs(): Promise<readonly IJob[]>;
  job(id: string): Promise<IJob>;
  cancel(id: string): Promise<IJob>;
  /** The job's events after the `after`th, until the connection ends. */
  events(
    id: string,
    after: number,
    signal: AbortSignal
  ): AsyncGenerator<JobEvent>;
}

/** The server's REST interface: the only user of ServerConnection. */
export class EnvironmentsApi implements IEnvironmentsApi {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async listing(): Promise<IListing> {
    return this.read<IListing>('GET', ['environments']);
  }

  async managers(): Promise<readonly IManager[]> {
    const answer = await this.read<{ managers: readonly IManager[] }>('GET', [
      'managers'
    ]);
    return answer.managers;
  }

  async interpreters(): Promise<readonly IInterpreter[]> {
    const answer = await this.read<{ pythons: readonly IInterpreter[] }>(
      'GET',
      ['pythons']
    );
    return answer.pythons;
  }

  async create(request: ICreateRequest): Promise<IJob> {
    return this.readJob('POST', ['environments'], request);
  }

  async rescan(): Promise<IJob> {
    return this.readJob('POST', ['rescan'], {});
  }

  async borrow(environment: string): Promise<IJob> {
    return this.readJob('POST', ['borrowed'], { environment });
  }

  async shadows(environment: string): Promise<readonly IShadow[]> {
    const answer = await this.read<{
      environment: { shadows?: readonly IShadow[] };
    }>('GET', ['environments', environment]);
    return answer.environment.shadows ?? [];
  }

  async jobs(): Promise<readonly IJob[]> {
    const answer = await this.read<{ jobs: readonly IJob[] }>('GET', ['jobs']);
    return answer.jobs;
  }

  async job(id: string): Promise<IJob> {
    return this.readJob('GET', ['jobs', id]);
  }

  async cancel(id: string): Promise<IJob> {
    return this.readJob('DELETE', ['jobs', id]);
  }

  async *events(
    id: string,
    after: number,
    signal: AbortSignal
  ): AsyncGenerator<JobEvent> {
    const response = await this.request(
      `${this.address(['jobs', id, 'events'])}?after=${String(after)}`,
      { method: 'GET', signal }
    );
    try {
      for await (const line of readLines(response)) {
        yield JSON.parse(line) as JobEvent;
      }
    } catch (error) {
      throw offline(error);
    }
  }

  private async readJob(
    method: string,
    parts: readonly string[],
    body?: unknown
  ): Promise<IJob> {
    return (await this.read<{ job: IJob }>(method, parts, body)).job;
  }

  /** The answer's JSON, which the server promises to be a `T`. */
  private async read<T>(
    method: string,
    parts: readonly string[],
    body?: unknown
  ): Promise<T> {
    const response = await this.request(
      this.address(parts),
      withBody(method, body)
    );
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw offline(error);
    }
  }

  private address(parts: readonly string[]): string {
    return URLExt.join(
      this.settings.baseUrl,
      'jupyter-envs',
      ...parts.map(encodeURIComponent)
    );
  }

  /** A successful response. */
  private async request(url: string, init: RequestInit): Promise<Response> {
    const response = await this.send(url, init);
    if (!response.ok) {
      throw new RequestFailed(await failureOf(response));
    }
    return response;
  }

  private async send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      throw offline(error);
    }
  }
}

function withBody(method: string, body: unknown): RequestInit {
  if (body === undefined) {
    return { method };
  }
  return {
    method,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' }
  };
}
