// @vitest-environment node
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ServerConnection } from '@jupyterlab/services';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { EnvironmentsApi } from './api';
import { RequestFailed, asFailure } from './failure';
import {
  REQUEST,
  SHADOWS,
  environment,
  job,
  output,
  state
} from './testing/samples';
import type { IFailure, JobEvent } from './types';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answer: Answer;
let asked: { method: string; path: string; body: string; type: string }[];
let api: EnvironmentsApi;

function json(status: number, body: unknown): Answer {
  return (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const path = (request.url ?? '').replace(/[?&]\d{10,}$/, '');
      const type = request.headers['content-type'] ?? '';
      asked.push({ method: request.method ?? '', path, body, type });
      answer(request, response);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${String(port)}/user/me/`;
  api = new EnvironmentsApi(
    ServerConnection.makeSettings({ baseUrl, fetch, Request, Headers })
  );
});

beforeEach(() => {
  asked = [];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function failureFrom(act: Promise<unknown>): Promise<IFailure> {
  const error: unknown = await act
    .then(() => null)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RequestFailed);
  return asFailure(error);
}

async function all(events: AsyncGenerator<JobEvent>): Promise<JobEvent[]> {
  const seen: JobEvent[] = [];
  for await (const event of events) {
    seen.push(event);
  }
  return seen;
}

describe('EnvironmentsApi', () => {
  it('asks for an ipykernel to be borrowed', async () => {
    answer = json(202, { version: 1, job: job({ kind: 'borrow' }) });
    expect(await api.borrow('shop-1')).toMatchObject({ kind: 'borrow' });
    expect(asked).toEqual([
      {
        method: 'POST',
        path: '/user/me/jupyter-envs/borrowed',
        body: '{"environment":"shop-1"}',
        type: 'application/json'
      }
    ]);
  });

  it('reads what a borrowed ipykernel hides', async () => {
    answer = json(200, { version: 1, environment: { shadows: SHADOWS } });
    expect(await api.shadows('shop-1')).toEqual(SHADOWS);
    expect(asked[0]?.path).toBe('/user/me/jupyter-envs/environments/shop-1');
    answer = json(200, { version: 1, environment: environment() });
    expect(await api.shadows('shop-1')).toEqual([]);
  });

  it('reads the listing below the base URL', async () => {
    const listing = {
      version: 1,
      complete: true,
      scanned: null,
      environments: [environment()]
    };
    answer = json(200, listing);
    expect(await api.listing()).toEqual(listing);
    expect(asked).toMatchObject([
      { method: 'GET', path: '/user/me/jupyter-envs/environments' }
    ]);
  });

  it('takes managers, interpreters and jobs out of their envelopes', async () => {
    answer = json(200, {
      version: 1,
      managers: [],
      pythons: ['python'],
      jobs: [job()]
    });
    expect(await api.managers()).toEqual([]);
    expect(await api.interpreters()).toEqual(['python']);
    expect(await api.jobs()).toEqual([job()]);
  });

  it('sends a request for an environment as JSON', async () => {
    answer = json(202, { version: 1, job: job() });
    expect(await api.create(REQUEST)).toEqual(job());
    expect(asked).toMatchObject([{ method: 'POST', type: 'application/json' }]);
    expect(JSON.parse(asked[0]!.body)).toEqual(REQUEST);
  });

  it('rescans, reads and cancels jobs, with their ids escaped', async () => {
    answer = json(202, { version: 1, job: job() });
    await api.rescan();
    await api.job('a/b');
    await api.cancel('a/b');
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /user/me/jupyter-envs/rescan',
      'GET /user/me/jupyter-envs/jobs/a%2Fb',
      'DELETE /user/me/jupyter-envs/jobs/a%2Fb'
    ]);
  });

  it('yields events as they come, in whatever pieces', async () => {
    const events = [output(4, 'naïve'), state(5, { state: 'done' })];
    const text = Buffer.from(
      events.map(each => `${JSON.stringify(each)}\n`).join('\n')
    );
    answer = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      [...text].forEach((_byte, index) =>
        response.write(text.subarray(index, index + 1))
      );
      response.end('{"n": 6, "half a li');
    };
    expect(await all(api.events('1', 3, new AbortController().signal))).toEqual(
      events
    );
    expect(asked[0]?.path).toBe('/user/me/jupyter-envs/jobs/1/events?after=3');
  });

  it('ends the request when nobody reads on', async () => {
    const closed = new Promise<void>(resolve => {
      answer = (request, response) => {
        request.socket.on('close', resolve);
        response.write(`${JSON.stringify(output(1, 'one'))}\n`);
      };
    });
    const events = api.events('1', 0, new AbortController().signal);
    await events.next();
    await events.return(undefined);
    await closed;
  });

  it('passes the reason and the fix of a refusal on', async () => {
    answer = json(409, {
      message: 'It exists.',
      reason: 'exists',
      fix: 'Choose another name.'
    });
    expect(await failureFrom(api.create(REQUEST))).toEqual({
      kind: 'refused',
      message: 'It exists.',
      reason: 'exists',
      fix: 'Choose another name.'
    });
  });

  it('passes on which version of Python is missing', async () => {
    answer = json(404, {
      message: 'There is no Python 3.99.',
      reason: 'python-missing',
      fix: 'Install it.',
      version: '3.99'
    });
    const failure = await failureFrom(api.create(REQUEST));
    expect(failure.reason).toBe('python-missing');
    expect(failure.version).toBe('3.99');
  });

  it.each([
    ['missing', 404, '<html>Not Found</html>'],
    ['forbidden', 403, '{"message": "Forbidden", "reason": null}'],
    ['offline', 503, 'null'],
    ['refused', 500, '{}'],
    [
      'refused',
      403,
      '{"message": "Switched off.", "reason": "switched-off", "fix": "Ask."}'
    ],
    [
      'refused',
      404,
      '{"message": "No such job.", "reason": "unknown", "fix": ""}'
    ]
  ])(
    'calls a server that answers %s with %i so',
    async (kind, status, body) => {
      answer = (_, response) => {
        response.writeHead(status);
        response.end(body);
      };
      expect((await failureFrom(api.listing())).kind).toBe(kind);
    }
  );

  it('calls a server that does not answer, or breaks off, offline', async () => {
    answer = (request): void => {
      request.socket.destroy();
    };
    expect((await failureFrom(api.listing())).kind).toBe('offline');
    answer = (_, response) => {
      response.writeHead(200);
      response.end('{"envir');
    };
    expect((await failureFrom(api.listing())).kind).toBe('offline');
    answer = (request, response) => {
      response.write(`${JSON.stringify(output(1, 'one'))}\n`, () => {
        setTimeout(() => request.socket.destroy(), 20);
      });
    };
    const events = api.events('1', 0, new AbortController().signal);
    expect((await failureFrom(all(events))).kind).toBe('offline');
  });

  it('shows a defect as it is', () => {
    expect(asFailure(new Error('a defect'))).toMatchObject({
      message: 'a defect'
    });
    expect(asFailure('text')).toMatchObject({ message: 'text' });
  });
});
