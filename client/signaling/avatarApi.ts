import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS, PORTRAIT_PART, createAvatarReplySchema, jobReplySchema } from '../../shared/protocol/http.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { parseWith } from '../../shared/protocol/parse.ts';
import { errorFromBody, errorOf, parseJson, unreachable } from './httpErrors.ts';
import type { SignalingConnection } from './signalingConnection.ts';

export interface AvatarRequestOptions {
  readonly signal: AbortSignal;
  /** Share of the portrait that has left, in [0, 1]. */
  readonly onUpload: (fraction: number) => void;
  readonly onStatus: (status: JobStatus) => void;
}

type EndedJob = Extract<JobStatus, { state: 'done' }>;

/** How long to trust the socket's silence before asking by HTTP how a job is doing. */
const POLL_AFTER_SILENCE_MS = 2500;

/**
 * Sends a portrait and follows its job to the end, by socket events, and by asking where these fail to come.
 * Aborting cancels the job on the server as well.
 * @throws StippleError as the server put it; the signal's reason when aborted.
 */
export async function requestAvatar(connection: SignalingConnection, portrait: Blob, options: AvatarRequestOptions): Promise<EndedJob> {
  const { signal, onUpload, onStatus } = options;
  const token = connection.ownerToken;
  if (!token) throw new StippleError('TOKEN_MISSING', { message: 'Not connected to the server yet; try again in a moment.', retryable: true });

  let jobId: string | undefined;
  let heardMs = performance.now();
  // Events may overtake the upload's own reply: keep the last few until the job's id is known.
  const early = new Map<string, JobStatus>();
  let settle: ((status: JobStatus) => void) | undefined;
  const ended = new Promise<JobStatus>((resolve) => {
    settle = resolve;
  });
  const receive = (status: JobStatus): void => {
    if (jobId === undefined) early.set(status.jobId, status);
    if (status.jobId !== jobId) return;
    heardMs = performance.now();
    onStatus(status);
    if (status.state === 'done' || status.state === 'failed' || status.state === 'cancelled') settle?.(status);
  };
  const stopListening = connection.on('avatar:progress', ({ status }) => receive(status));

  let poll: ReturnType<typeof setInterval> | undefined;
  try {
    const reply = parseWith(createAvatarReplySchema, await upload(portrait, token, signal, onUpload), 'reply to the upload');
    jobId = reply.status.jobId;
    receive(early.get(jobId) ?? reply.status);
    poll = setInterval(() => {
      if (performance.now() - heardMs < POLL_AFTER_SILENCE_MS) return;
      heardMs = performance.now();
      void fetchJob(jobId!, token).then(receive, () => undefined);
    }, 1000);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const status = await Promise.race([ended, aborted]);
    if (status.state === 'done') return status;
    if (status.state === 'failed' || status.state === 'cancelled') throw fromWireError(status.error);
    throw new StippleError('INTERNAL');
  } catch (error) {
    if (signal.aborted && jobId) void connection.request('avatar:cancel', { jobId }).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(poll);
    stopListening();
  }
}

async function fetchJob(jobId: string, token: string): Promise<JobStatus> {
  const response = await fetch(HTTP_PATHS.job(jobId), { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw await errorOf(response);
  return parseWith(jobReplySchema, await response.json(), 'job').status;
}

/** fetch() cannot report how much of a body has left, XMLHttpRequest can. */
function upload(portrait: Blob, token: string, signal: AbortSignal, onUpload: (fraction: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    const finish = (act: () => void): void => {
      signal.removeEventListener('abort', abort);
      act();
    };
    request.open('POST', HTTP_PATHS.avatars);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.responseType = 'text';
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onUpload(event.loaded / event.total);
    });
    request.addEventListener('load', () => finish(() => {
      const body = parseJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body);
      else reject(errorFromBody(body, request.status));
    }));
    request.addEventListener('error', () => finish(() => reject(unreachable())));
    request.addEventListener('abort', () => finish(() => reject(signal.reason as Error)));
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    signal.addEventListener('abort', abort);
    const form = new FormData();
    form.append(PORTRAIT_PART, portrait);
    request.send(form);
  });
}
