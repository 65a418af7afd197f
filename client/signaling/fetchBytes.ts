import { errorOf, unreachable } from './httpErrors.ts';

/** Bytes behind a path of this server. @throws StippleError */
export async function fetchBytes(path: string, token: string | undefined): Promise<Uint8Array> {
  const response = await open(path, token);
  return new Uint8Array(await response.arrayBuffer());
}

/** The same as they arrive. @throws StippleError, at first or where the connection breaks off */
export async function fetchStream(path: string, token: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  const response = await open(path, token);
  return readBody(response);
}

async function* readBody(response: Response): AsyncGenerator<Uint8Array> {
  // Not every browser can iterate a ReadableStream itself.
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read().catch(() => { throw unreachable(); });
    if (!part || part.done) return;
    yield part.value;
  }
}

async function open(path: string, token: string | undefined): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}
