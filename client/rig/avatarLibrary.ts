import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import type { AvatarSource, AvatarWorkerReply, AvatarWorkerRequest } from './avatarWorkerMessages.ts';

/** An avatar and the rig it rides on, decoded. Avatars of one rig share one `Rig` object. */
export interface LoadedAvatar {
  readonly rig: Rig;
  readonly splats: BoundSplats;
}

/**
 * Fetches and decodes avatars and rigs in a worker, each once: both are named by their hash and never change.
 * Decoding on the page would drop frames whenever somebody joins.
 */
export class AvatarLibrary {
  #worker: Worker | undefined;
  readonly #pending = new Map<number, { resolve: (reply: Extract<AvatarWorkerReply, { ok: true }>) => void; reject: (error: Error) => void }>();
  readonly #avatars = new Map<string, Promise<LoadedAvatar>>();
  readonly #rigs = new Map<string, Rig>();
  #nextId = 0;

  /**
   * The avatar behind a reference. `token`: the owner's or the room's. A failed load may be tried again.
   * @throws StippleError
   */
  load(ref: AvatarRef, token: string): Promise<LoadedAvatar> {
    const known = this.#avatars.get(ref.hash);
    if (known) return known;
    const loading = this.#request({ url: ref.url, token });
    this.#avatars.set(ref.hash, loading);
    loading.catch(() => this.#avatars.delete(ref.hash));
    return loading;
  }

  /** Decodes a bound point set that is here already. @throws StippleError */
  decode(bytes: Uint8Array): Promise<LoadedAvatar> {
    return this.#request({ bytes });
  }

  /** Has the worker and the server's present rig ready before the first avatar comes. */
  warmUp(): void {
    this.#startedWorker().postMessage({ warmUp: true } satisfies AvatarWorkerRequest);
  }

  /** Forgets an avatar nobody shows any more. */
  forget(hash: string): void {
    this.#avatars.delete(hash);
  }

  async #request(source: AvatarSource): Promise<LoadedAvatar> {
    const id = this.#nextId++;
    const request: AvatarWorkerRequest = { id, source, knownRigs: [...this.#rigs.keys()] };
    const reply = await new Promise<Extract<AvatarWorkerReply, { ok: true }>>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#startedWorker().postMessage(request);
    });
    const rigHash = reply.splats.header.rigHash;
    // Two avatars may have asked for one rig at the same time: the first answer stays.
    if (reply.rig && !this.#rigs.has(rigHash)) this.#rigs.set(rigHash, reply.rig);
    const rig = this.#rigs.get(rigHash);
    if (!rig) throw new StippleError('RIG_UNKNOWN');
    return { rig, splats: reply.splats };
  }

  /** The worker's code is fetched with the first avatar: the first screen does without. */
  #startedWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./avatar.worker.ts', import.meta.url), { type: 'module', name: 'avatar decoding' });
    worker.addEventListener('message', ({ data }: MessageEvent<AvatarWorkerReply>) => {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.ok) pending?.resolve(data);
      else pending?.reject(fromWireError(data.error));
    });
    worker.addEventListener('error', (event) => {
      for (const { reject } of this.#pending.values()) reject(new StippleError('AVATAR_INVALID', { message: `The avatar decoder stopped: ${event.message}` }));
      this.#pending.clear();
      this.#worker = undefined; // The next avatar gets a new one.
    });
    this.#worker = worker;
    return worker;
  }
}
