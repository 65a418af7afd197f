import { signal } from '@preact/signals';
import type { HeadFormat } from '../../shared/formats/headFormat.ts';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { PORTRAIT_MAX_BYTES } from '../../shared/protocol/limits.ts';
import type { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import { unreadable } from '../exchange/importHead.ts';
import type { AvatarLibrary, LoadedAvatar } from '../rig/avatarLibrary.ts';
import type { GrowingHead } from '../rig/growingHead.ts';
import type { HeadsInTheMaking } from '../rig/headsInTheMaking.ts';
import { requestAvatar } from '../signaling/avatarApi.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';
import { bringAvatar } from './bringAvatar.ts';
import type { BringingProgress } from './bringAvatar.ts';
import { kindOfFile } from './chosenFile.ts';

/** The portrait as this page shows it; the picture itself lives only in this tab's memory. */
export interface ShownPortrait {
  readonly url: string;
  readonly source: Blob;
}

/** An avatar file that somebody brings. */
export interface BroughtFile {
  readonly file: File;
  /** Undefined: its first bytes say nothing. */
  readonly format: HeadFormat | undefined;
}

/** Where the way from a portrait, or from an avatar file, to an avatar stands. */
export type PortraitStep =
  | { kind: 'choose' }
  | { kind: 'camera' }
  | { kind: 'working'; portrait: ShownPortrait; uploaded: number; status: JobStatus | undefined; growing: GrowingHead | undefined }
  | { kind: 'bringing'; brought: BroughtFile; progress: BringingProgress }
  | {
    kind: 'ready'; portrait: ShownPortrait | undefined; brought: BroughtFile | undefined; avatar: AvatarRef; loaded: LoadedAvatar;
    milliseconds: number | undefined;
  }
  | { kind: 'error'; portrait: ShownPortrait | undefined; brought: BroughtFile | undefined; error: StippleError };

/** From a portrait or an avatar file to an avatar: one at a time, a new one replaces the one before. */
export class PortraitFlow {
  readonly step = signal<PortraitStep>({ kind: 'choose' });
  readonly #connection: SignalingConnection;
  readonly #library: AvatarLibrary;
  readonly #making: HeadsInTheMaking;
  readonly #diagnostics: DiagnosticsRecorder;
  #running: AbortController | undefined;
  #portrait: ShownPortrait | undefined;
  #brought: BroughtFile | undefined;

  constructor(connection: SignalingConnection, library: AvatarLibrary, making: HeadsInTheMaking, diagnostics: DiagnosticsRecorder) {
    this.#connection = connection;
    this.#library = library;
    this.#making = making;
    this.#diagnostics = diagnostics;
  }

  /** The job that works on the present portrait, once the server has taken it. */
  get jobId(): string | undefined {
    const step = this.step.value;
    return step.kind === 'working' ? step.status?.jobId : undefined;
  }

  /** Back to the first choice; a running job is cancelled. */
  reset(): void {
    this.#stop();
    this.#show(undefined);
    this.#brought = undefined;
    this.step.value = { kind: 'choose' };
  }

  openCamera(): void {
    this.#stop();
    this.step.value = { kind: 'camera' };
  }

  /** The same portrait, or file, once more. */
  retry(): void {
    if (this.#brought) void this.#bring(this.#brought);
    else if (this.#portrait) void this.use(this.#portrait.source);
    else this.reset();
  }

  /** A bundled sample, by its address. */
  async useSample(url: string): Promise<void> {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new StippleError('NOT_FOUND');
      await this.use(await response.blob());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whatever somebody chose or dropped, by what is in it: an avatar file, else a portrait. Never throws: failures are a step. */
  async take(file: File): Promise<void> {
    const signal = this.#begin();
    try {
      const chosen = await kindOfFile(file, file.name).catch((cause: unknown) => { throw unreadable(cause); });
      if (signal.aborted) return;
      if (chosen.kind === 'portrait') await this.use(file);
      else await this.#bring({ file, format: chosen.format });
    } catch (error) {
      if (signal.aborted) return;
      this.#show(undefined);
      this.#brought = undefined;
      this.#fail(error);
    }
  }

  /** Sends a portrait and follows it until its avatar is here and decoded. Never throws: failures are a step. */
  async use(source: Blob): Promise<void> {
    const signal = this.#begin();
    this.#brought = undefined;
    const portrait = this.#portrait?.source === source ? this.#portrait : this.#show(source)!;
    this.step.value = { kind: 'working', portrait, uploaded: 0, status: undefined, growing: undefined };
    this.#library.warmUp();
    const startMs = performance.now();
    let stopTiming = (): void => {};
    const update = (change: { uploaded?: number; status?: JobStatus; growing?: GrowingHead }): void => {
      const now = this.step.value;
      if (!signal.aborted && now.kind === 'working') this.step.value = { ...now, ...change };
    };
    try {
      if (source.size > PORTRAIT_MAX_BYTES) throw new StippleError('PORTRAIT_TOO_LARGE');
      if (source.size === 0) throw new StippleError('PORTRAIT_NOT_AN_IMAGE', { message: 'This file is empty; choose another picture.' });
      await this.#online(signal);
      const done = await requestAvatar(this.#connection, source, {
        signal,
        onUpload: (uploaded) => update({ uploaded }),
        onStatus: (status) => {
          const growing = this.#making.of(status.jobId);
          update({ uploaded: 1, status, growing });
          stopTiming();
          stopTiming = growing.step.subscribe((step) => {
            if (step?.batch === 0) this.#diagnostics.status('ownFirstPointsMs', Math.round(performance.now() - startMs));
          });
        },
      }).finally(() => stopTiming());
      const loaded = await this.#library.load(done.avatar, this.#connection.ownerToken ?? '');
      if (signal.aborted) return;
      this.step.value = { kind: 'ready', portrait, brought: undefined, avatar: done.avatar, loaded, milliseconds: done.milliseconds };
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Makes an avatar of a file and sends it. Never throws. */
  async #bring(brought: BroughtFile): Promise<void> {
    const signal = this.#begin();
    this.#show(undefined);
    this.#brought = brought;
    this.step.value = { kind: 'bringing', brought, progress: { stage: 'reading' } };
    try {
      await this.#online(signal);
      const { avatar, loaded } = await bringAvatar(brought.file, brought.format, {
        connection: this.#connection, library: this.#library, signal,
        onProgress: (progress) => { if (!signal.aborted) this.step.value = { kind: 'bringing', brought, progress }; },
      });
      this.step.value = { kind: 'ready', portrait: undefined, brought, avatar, loaded, milliseconds: undefined };
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  async #online(signal: AbortSignal): Promise<void> {
    if (this.#connection.state.value === 'online') return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new StippleError('SERVER_SHUTTING_DOWN', { message: 'The server cannot be reached. Check your connection and try again.' })), 8000);
      const stop = this.#connection.onOnline(() => {
        clearTimeout(timer);
        queueMicrotask(() => stop());
        resolve();
      });
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        stop();
        reject(signal.reason as Error);
      }, { once: true });
    });
  }

  #fail(error: unknown): void {
    const known = error instanceof StippleError ? error : new StippleError('INTERNAL', { cause: error });
    if (!(error instanceof StippleError)) console.error('portrait', error);
    this.step.value = { kind: 'error', portrait: this.#portrait, brought: this.#brought, error: known };
  }

  /** Ends what was under way; the signal is that of what now begins. */
  #begin(): AbortSignal {
    this.#stop();
    this.#running = new AbortController();
    return this.#running.signal;
  }

  #stop(): void {
    this.#running?.abort(new DOMException('another portrait was chosen', 'AbortError'));
    this.#running = undefined;
  }

  #show(source: Blob | undefined): ShownPortrait | undefined {
    if (this.#portrait) URL.revokeObjectURL(this.#portrait.url);
    this.#portrait = source && { source, url: URL.createObjectURL(source) };
    return this.#portrait;
  }
}
