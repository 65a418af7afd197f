import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../../server/setup/paths.mjs';
import { createAvatarReplySchema, createOwnerReplySchema, HTTP_PATHS, PORTRAIT_PART } from '../../shared/protocol/http.ts';

const PORTRAIT_FILE = join(projectFolder, 'client', 'public', 'samples', 'ada.jpg');
const WAIT_SECONDS = 30;

/** Signs in, uploads a portrait and waits for its head, as a newcomer does in the lobby. */
export async function uploadPortrait(serverUrl: string): Promise<{ ownerToken: string; avatarHash: string }> {
  const { ownerToken } = createOwnerReplySchema.parse(await answered(await fetch(serverUrl + HTTP_PATHS.owners, { method: 'POST' })));
  const form = new FormData();
  form.set(PORTRAIT_PART, new Blob([await readFile(PORTRAIT_FILE)]), 'portrait.jpg');
  const reply = await fetch(serverUrl + HTTP_PATHS.avatars, {
    method: 'POST', body: form, headers: { authorization: `Bearer ${ownerToken}`, prefer: `wait=${WAIT_SECONDS}` },
  });
  const { status } = createAvatarReplySchema.parse(await answered(reply));
  if (status.state !== 'done') throw new Error(`expected a head within ${WAIT_SECONDS} s, the job is ${status.state}`);
  return { ownerToken, avatarHash: status.avatar.hash };
}

async function answered(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${(await response.text()).slice(0, 300)}`);
  return response.json();
}
