import { errorFromBody, parseJson, unreachable } from './httpErrors.ts';

export interface Upload {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly token: string;
  readonly body: Blob | FormData;
  readonly signal: AbortSignal;
  /** Share of the body that has left, in [0, 1]. */
  readonly onUpload: (fraction: number) => void;
}

/**
 * Sends a body and returns the answer's, parsed but not checked. fetch() cannot report how much of a body has left, XMLHttpRequest can.
 * @throws StippleError as the server put it; the signal's reason when aborted.
 */
export function upload({ method, path, token, body, signal, onUpload }: Upload): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    const finish = (act: () => void): void => {
      signal.removeEventListener('abort', abort);
      act();
    };
    request.open(method, path);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.responseType = 'text';
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onUpload(event.loaded / event.total);
    });
    request.addEventListener('load', () => finish(() => {
      const answer = parseJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(errorFromBody(answer, request.status));
    }));
    request.addEventListener('error', () => finish(() => reject(unreachable())));
    request.addEventListener('abort', () => finish(() => reject(signal.reason as Error)));
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    signal.addEventListener('abort', abort);
    request.send(body);
  });
}
