import { EnvironmentsModel } from '../model';
import type { IJob } from '../types';
import { FakeApi } from './fakeApi';
import { state } from './samples';

/** A model on a server that answers as a test says, and the jobs that it told to be done. */
export function make(): {
  api: FakeApi;
  model: EnvironmentsModel;
  created: IJob[];
} {
  const api = new FakeApi();
  const model = new EnvironmentsModel(api);
  const created: IJob[] = [];
  model.created.connect((_, made) => created.push(made));
  return { api, model, created };
}

/** How the job ends that makes an environment. */
export const DONE = state(9, { state: 'done', environment: 'shop-1a2b3c4d' });
