import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { createAvatarReplySchema, HTTP_PATHS, PORTRAIT_PART } from '../../shared/protocol/http.ts';

/** Posts a portrait as a browser does. */
export async function postPortrait(url: string, ownerToken: string, portrait: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  const form = new FormData();
  form.set(PORTRAIT_PART, new Blob([portrait]), 'portrait.jpg');
  return fetch(url + HTTP_PATHS.avatars, { method: 'POST', body: form, headers: { authorization: `Bearer ${ownerToken}`, ...headers } });
}

/** Posts a portrait and waits for its avatar. */
export async function makeAvatar(url: string, ownerToken: string, portrait: Uint8Array<ArrayBuffer>): Promise<AvatarRef> {
  const response = await postPortrait(url, ownerToken, portrait, { prefer: 'wait=60' });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const { status } = createAvatarReplySchema.parse(await response.json());
  if (status.state !== 'done') throw new Error(`expected a finished job, got one that is ${status.state}`);
  return status.avatar;
}
