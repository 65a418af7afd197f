import { errorOf, unreachable } from './httpErrors.ts';

/** Bytes behind a path of this server. @throws StippleError */
export async function fetchBytes(path: string, token: string | undefined): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(path, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await errorOf(response);
  return new Uint8Array(await response.arrayBuffer());
}
