import type { FailureKind, IFailure } from './types';

/** The one error that the api throws. */
export class RequestFailed extends Error {
  constructor(readonly failure: IFailure) {
    super(failure.message);
    this.name = 'RequestFailed';
  }
}

/** What went wrong, from anything thrown; a defect of ours is shown as it is. */
export function asFailure(error: unknown): IFailure {
  if (error instanceof RequestFailed) {
    return error.failure;
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'refused', message, reason: 'unexpected', fix: '' };
}

/** No answer came, or it broke off. */
export function offline(error: unknown): RequestFailed {
  const message = error instanceof Error ? error.message : String(error);
  return new RequestFailed({
    kind: 'offline',
    message,
    reason: 'offline',
    fix: ''
  });
}

/** The failure that an answer of 4xx or 5xx tells of. */
export async function failureOf(response: Response): Promise<IFailure> {
  const body = await jsonOf(response);
  const reason = textOf(body['reason']);
  const version = textOf(body['version']);
  return {
    kind: kindOf(response.status, reason),
    message:
      textOf(body['message']) ||
      `${String(response.status)} ${response.statusText}`.trim(),
    reason,
    fix: textOf(body['fix']),
    ...(version === '' ? {} : { version })
  };
}

/**
 * A 403 or 404 with a reason is our part of the server refusing this, or
 * knowing no such thing; without one it is Jupyter's own word: no permission,
 * or the extension is not loaded.
 */
function kindOf(status: number, reason: string): FailureKind {
  if (status === 401 || (status === 403 && reason === '')) {
    return 'forbidden';
  }
  if (status === 404 && reason === '') {
    return 'missing';
  }
  return status === 502 || status === 503 || status === 504
    ? 'offline'
    : 'refused';
}

async function jsonOf(
  response: Response
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
