import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import { AVATAR_CONTENT_TYPE, HTTP_PATHS, PORTRAIT_PART, bringAvatarReplySchema, createAvatarReplySchema, jobReplySchema } from '../../shared/protocol/http.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { parseWith } from '../../shared/protocol/parse.ts';
import { errorOf } from './httpErrors.ts';
import type { SignalingConnection } from './signalingConnection.ts';
import { upload } from './upload.ts';

export interface AvatarRequestOptions {
  readonly signal: AbortSignal;
  /** Share of the file that has left, in [0, 1]. */
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
  const token = requireToken(connection);

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
    const form = new FormData();
    form.append(PORTRAIT_PART, portrait);
    const reply = parseWith(createAvatarReplySchema, await upload({ method: 'POST', path: HTTP_PATHS.avatars, token, body: form, signal, onUpload }), 'reply to the upload');
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

/**
 * Brings an avatar file: from then on it is the owner's, as if it had been made here.
 * @param hash of the bytes, SHA-256 in lower-case hex.
 * @throws StippleError as the server put it; the signal's reason when aborted.
 */
export async function sendAvatar(connection: SignalingConnection, hash: string, bytes: Uint8Array<ArrayBuffer>, options: Omit<AvatarRequestOptions, 'onStatus'>): Promise<AvatarRef> {
  const reply = await upload({ method: 'PUT', path: HTTP_PATHS.avatar(hash), token: requireToken(connection), body: new Blob([bytes], { type: AVATAR_CONTENT_TYPE }), ...options });
  return parseWith(bringAvatarReplySchema, reply, 'reply to the upload').avatar;
}

function requireToken({ ownerToken }: SignalingConnection): string {
  if (!ownerToken) throw new StippleError('TOKEN_MISSING', { message: 'Not connected to the server yet; try again in a moment.', retryable: true });
  return ownerToken;
}
