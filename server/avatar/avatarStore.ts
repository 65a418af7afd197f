import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { z } from 'zod';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { avatarHashSchema } from '../../shared/protocol/avatarRef.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MadeAvatar } from './avatarPipeline.ts';

export interface AvatarStoreOptions {
  readonly folder: string;
  readonly ttlMs: number;
  readonly maxBytes: number;
  /** An avatar somebody shows is neither expired nor pushed out. */
  readonly inUse: (hash: string) => boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The record beside an avatar's file. */
const recordSchema = z.object({
  hash: avatarHashSchema,
  owners: z.array(z.string()).min(1),
  bytes: z.number().int().nonnegative(),
  splats: z.number().int().nonnegative(),
  generator: z.string(),
});

interface Entry extends z.infer<typeof recordSchema> {
  lastUsedMs: number;
}

const SWEEP_INTERVAL_MS = 600_000;

/** Finished avatars on disk, named by the SHA-256 of their bytes, never changed, gone a while after their last use. */
export class AvatarStore {
  readonly #options: AvatarStoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #sweepTimer: NodeJS.Timeout;
  /** One change at a time: the same bytes may come twice at once, from two owners even. */
  readonly #changes = new PQueue({ concurrency: 1 });

  private constructor(options: AvatarStoreOptions) {
    this.#options = options;
    this.#sweepTimer = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS);
    this.#sweepTimer.unref();
  }

  /** Opens a folder, taking up what an earlier run left there; half-written files are removed. */
  static async open(options: AvatarStoreOptions): Promise<AvatarStore> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const store = new AvatarStore(options);
    for (const name of await readdir(options.folder)) {
      if (name.endsWith('.part')) await rm(join(options.folder, name), { force: true });
      if (name.endsWith('.json')) await store.#takeUp(name.slice(0, -'.json'.length));
    }
    await store.sweep();
    return store;
  }

  /** @throws StippleError AVATAR_STORE_FULL */
  put(ownerId: string, made: MadeAvatar): Promise<AvatarRef> {
    return this.#changes.add(() => this.#put(ownerId, made));
  }

  async #put(ownerId: string, made: MadeAvatar): Promise<AvatarRef> {
    const hash = createHash('sha256').update(made.bytes).digest('hex');
    const present = this.#entries.get(hash);
    const entry: Entry = present ?? {
      hash, owners: [], bytes: made.bytes.byteLength, splats: made.splats, generator: made.generator, lastUsedMs: 0,
    };
    if (!present) await this.#makeSpace(entry.bytes);
    if (!entry.owners.includes(ownerId)) entry.owners.push(ownerId);
    entry.lastUsedMs = Date.now();
    if (!present) await this.#write(this.#file(hash), made.bytes);
    const { lastUsedMs: _lastUsedMs, ...record } = entry;
    await this.#write(this.#recordFile(hash), JSON.stringify(record));
    this.#entries.set(hash, entry);
    this.#measure();
    return describe(entry);
  }

  /** An avatar of this owner. @throws StippleError AVATAR_UNKNOWN, also for another owner's. */
  requireOwned(ownerId: string, hash: string): AvatarRef {
    const entry = this.#entries.get(hash);
    if (!entry?.owners.includes(ownerId)) throw new StippleError('AVATAR_UNKNOWN', { details: { hash } });
    entry.lastUsedMs = Date.now();
    void utimes(this.#file(hash), new Date(), new Date()).catch(() => {});
    return describe(entry);
  }

  isOwner(ownerId: string, hash: string): boolean {
    return this.#entries.get(hash)?.owners.includes(ownerId) ?? false;
  }

  has(hash: string): boolean {
    return this.#entries.has(hash);
  }

  /** @throws StippleError AVATAR_UNKNOWN */
  async read(hash: string): Promise<Buffer> {
    const entry = this.#entries.get(hash);
    if (entry === undefined) throw new StippleError('AVATAR_UNKNOWN', { details: { hash } });
    entry.lastUsedMs = Date.now();
    return readFile(this.#file(hash)).catch((error: unknown) => {
      this.#entries.delete(hash);
      throw new StippleError('AVATAR_UNKNOWN', { details: { hash }, cause: error });
    });
  }

  /** The owner gives an avatar up; it is gone once nobody else owns it. @throws StippleError AVATAR_UNKNOWN */
  remove(ownerId: string, hash: string): Promise<void> {
    return this.#changes.add(() => this.#remove(ownerId, hash));
  }

  async #remove(ownerId: string, hash: string): Promise<void> {
    this.requireOwned(ownerId, hash);
    const entry = this.#entries.get(hash)!;
    entry.owners = entry.owners.filter((owner) => owner !== ownerId);
    if (entry.owners.length === 0) {
      await this.#delete(hash);
    } else {
      const { lastUsedMs: _lastUsedMs, ...record } = entry;
      await this.#write(this.#recordFile(hash), JSON.stringify(record));
    }
  }

  /** Removes what has not been used for the time to live. */
  sweep(): Promise<void> {
    return this.#changes.add(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    const oldestMs = Date.now() - this.#options.ttlMs;
    for (const entry of [...this.#entries.values()]) {
      if (entry.lastUsedMs < oldestMs && !this.#options.inUse(entry.hash)) await this.#delete(entry.hash);
    }
    this.#measure();
  }

  close(): void {
    clearInterval(this.#sweepTimer);
  }

  async #makeSpace(bytes: number): Promise<void> {
    const { maxBytes, inUse } = this.#options;
    let total = this.#totalBytes() + bytes;
    const oldestFirst = [...this.#entries.values()].sort((a, b) => a.lastUsedMs - b.lastUsedMs);
    for (const entry of oldestFirst) {
      if (total <= maxBytes) return;
      if (inUse(entry.hash)) continue;
      total -= entry.bytes;
      await this.#delete(entry.hash);
    }
    if (total > maxBytes) throw new StippleError('AVATAR_STORE_FULL');
  }

  async #takeUp(hash: string): Promise<void> {
    try {
      const record = recordSchema.parse(JSON.parse(await readFile(this.#recordFile(hash), 'utf8')));
      const { size, mtimeMs } = await stat(this.#file(hash));
      if (record.hash !== hash || size !== record.bytes) throw new Error('record and file disagree');
      this.#entries.set(hash, { ...record, lastUsedMs: mtimeMs });
    } catch {
      this.#options.log.warn({ hash: hash.slice(0, 12) }, 'unreadable avatar removed from the store');
      if (avatarHashSchema.safeParse(hash).success) await this.#delete(hash);
    }
  }

  async #delete(hash: string): Promise<void> {
    this.#entries.delete(hash);
    await rm(this.#recordFile(hash), { force: true });
    await rm(this.#file(hash), { force: true });
    this.#measure();
  }

  /** Whole or not at all: readers never see half a file. */
  async #write(file: string, content: Uint8Array | string): Promise<void> {
    const part = `${file}.${process.pid}.part`;
    await writeFile(part, content, { mode: 0o600 });
    await rename(part, file);
  }

  #totalBytes(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  }

  #measure(): void {
    this.#options.metrics.storedAvatars.set(this.#entries.size);
    this.#options.metrics.storedBytes.set(this.#totalBytes());
  }

  #file(hash: string): string {
    return join(this.#options.folder, `${hash}.stipple`);
  }

  #recordFile(hash: string): string {
    return join(this.#options.folder, `${hash}.json`);
  }
}

function describe(entry: Entry): AvatarRef {
  return { hash: entry.hash, url: HTTP_PATHS.avatar(entry.hash), bytes: entry.bytes, splats: entry.splats, generator: entry.generator };
}
