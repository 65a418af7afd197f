import { StippleError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { AvatarDecoder } from '../../shared/splat/codec/avatarDecoder.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import { fetchBytes } from '../signaling/fetchBytes.ts';
import type { Catalogue, GalleryPerson } from './catalogue.ts';

/** Decoded between two breaths of the page, so that what moves keeps moving. */
const SLICE_BYTES = 24 * 1024;

declare global {
  /** Called by the scripts that carry a file's bytes where pages may not fetch: `FILE.js` beside `FILE`. */
  var stippleGalleryFile: ((file: string, base64: string) => void) | undefined;
}

/**
 * A gallery's files, by their names in the catalogue: fetched over HTTP, and where the page was opened from a disk,
 * carried by scripts, since browsers let pages from a disk run scripts but not read files.
 */
export class GalleryFiles {
  readonly #catalogue: Catalogue;
  readonly #base: string;
  readonly #avatars = new Map<string, Promise<LoadedAvatar>>();
  #rig: Promise<Rig> | undefined;

  /** @param base the catalogue's folder, absolute or relative to the page, ending in a slash, or empty */
  constructor(catalogue: Catalogue, base: string) {
    this.#catalogue = catalogue;
    this.#base = base;
  }

  /** Address of a picture or film. */
  url(file: string): string {
    return this.#base + file;
  }

  /** Somebody's avatar, decoded; each once. @throws StippleError; it may be tried again */
  avatar(person: GalleryPerson): Promise<LoadedAvatar> {
    const known = this.#avatars.get(person.id);
    if (known) return known;
    const loading = this.#load(person);
    this.#avatars.set(person.id, loading);
    loading.catch(() => this.#avatars.delete(person.id));
    return loading;
  }

  /** The rig all avatars here ride on. @throws StippleError */
  rig(): Promise<Rig> {
    if (this.#rig) return this.#rig;
    const { rig, rigHash } = this.#catalogue;
    this.#rig = (rig === undefined ? fetchBytes(HTTP_PATHS.rig(rigHash), undefined) : readBytes(this.url(rig))).then((bytes) => decodeRig(bytes));
    this.#rig.catch(() => { this.#rig = undefined; });
    return this.#rig;
  }

  async #load(person: GalleryPerson): Promise<LoadedAvatar> {
    const [rig, bytes] = await Promise.all([this.rig(), readBytes(this.url(person.avatar.file))]);
    const decoder = new AvatarDecoder({ faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      decoder.push(bytes.subarray(at, at + SLICE_BYTES));
      await new Promise((resolve) => setTimeout(resolve));
    }
    return { rig, splats: decoder.finish() };
  }
}

/** @throws StippleError NOT_FOUND and the like */
async function readBytes(url: string): Promise<Uint8Array> {
  return location.protocol === 'file:' ? bytesByScript(url) : fetchBytes(url, undefined);
}

const waiting = new Map<string, (bytes: Uint8Array) => void>();

function bytesByScript(file: string): Promise<Uint8Array> {
  globalThis.stippleGalleryFile ??= (name, base64) => {
    waiting.get(name)?.(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    waiting.delete(name);
  };
  return new Promise((resolve, reject) => {
    waiting.set(file, resolve);
    const script = document.createElement('script');
    script.src = `${file}.js`;
    script.addEventListener('error', () => {
      waiting.delete(file);
      reject(new StippleError('NOT_FOUND', { details: { file } }));
    });
    script.addEventListener('load', () => script.remove());
    document.head.append(script);
  });
}
