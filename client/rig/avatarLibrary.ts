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
    return this.#remember(ref.hash, this.#avatar({ url: ref.url, token }));
  }

  /** As `load`, of an avatar whose bytes are here already. @throws StippleError */
  keep(hash: string, bytes: Uint8Array): Promise<LoadedAvatar> {
    return this.#avatars.get(hash) ?? this.#remember(hash, this.#avatar({ bytes }));
  }

  /** Decodes a bound point set that is here already. @throws StippleError */
  decode(bytes: Uint8Array): Promise<LoadedAvatar> {
    return this.#avatar({ bytes });
  }

  /** The rig that the server makes avatars for. @throws StippleError */
  async currentRig(): Promise<Rig> {
    return (await this.#request({ currentRig: true })).rig;
  }

  /** Has the worker and the server's present rig ready before the first avatar comes. */
  warmUp(): void {
    this.#startedWorker().postMessage({ warmUp: true } satisfies AvatarWorkerRequest);
  }

  /** Forgets an avatar nobody shows any more. */
  forget(hash: string): void {
    this.#avatars.delete(hash);
  }

  #remember(hash: string, loading: Promise<LoadedAvatar>): Promise<LoadedAvatar> {
    this.#avatars.set(hash, loading);
    loading.catch(() => this.#avatars.delete(hash));
    return loading;
  }

  async #avatar(source: AvatarSource): Promise<LoadedAvatar> {
    const { rig, splats } = await this.#request({ source });
    if (!splats) throw new StippleError('AVATAR_INVALID');
    return { rig, splats };
  }

  async #request(wanted: { readonly source: AvatarSource } | { readonly currentRig: true }): Promise<{ rig: Rig; splats: BoundSplats | undefined }> {
    const id = this.#nextId++;
    const request: AvatarWorkerRequest = { id, ...wanted, knownRigs: [...this.#rigs.keys()] };
    const { rigHash, rig: sent, splats } = await new Promise<Extract<AvatarWorkerReply, { ok: true }>>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#startedWorker().postMessage(request);
    });
    // Two avatars may have asked for one rig at the same time: the first answer stays.
    if (sent && !this.#rigs.has(rigHash)) this.#rigs.set(rigHash, sent);
    const rig = this.#rigs.get(rigHash);
    if (!rig) throw new StippleError('RIG_UNKNOWN');
    return { rig, splats };
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
