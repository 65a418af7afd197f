import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Catalogue, Comparison, Film, GalleryPerson, RowName } from '../../client/gallery/catalogue.ts';
import { DRIVING_CLIP_MS, DRIVING_CLIP_NAMES } from '../../client/gallery/drivingClip.ts';
import type { DrivingClipName } from '../../client/gallery/drivingClip.ts';
import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import type { GeneratorName } from '../../server/generator/generatorNames.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';
import { PortraitError } from '../../server/perception/portraitError.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import type { RowMaker } from '../eval/rowMaker.ts';
import type { FilmEncoder } from './filmEncoder.ts';
import type { GalleryPortrait } from './galleryPortraits.ts';
import { encodePoster, FILM_FRAMES, FILM_HZ, FilmStudio, sideBySide } from './filmStudio.ts';
import type { FilmFrame } from './filmStudio.ts';

export interface BuildOptions {
  readonly portraits: readonly GalleryPortrait[];
  readonly invented: boolean;
  /** Emptied first. */
  readonly out: string;
  readonly generator: GeneratorName;
  /** Rows to compare, all of which can be made here. */
  readonly rows: readonly RowName[];
  readonly comparisons: number;
  readonly seed: number;
  readonly personFilms: boolean;
  readonly maker: AvatarMaker;
  readonly rowMaker: Pick<RowMaker, 'make'>;
  /** Undefined: no films, hence no comparisons. */
  readonly encoder: FilmEncoder | undefined;
  /** Told what is being done. */
  readonly say: (words: string) => void;
}

const PERSON_FILM = { width: 480, height: 600 } as const;
const TILE = { width: 360, height: 360 } as const;
/** What a film may take: heads on a still ground look clean from about here. */
const BITS_A_PIXEL = 0.07;
const PORTRAIT_PIXELS = 900;
/** Files that a gallery is made of; only these are removed from a folder that is written over. */
export const GALLERY_ENTRIES = ['avatars', 'films', 'portraits', 'gallery.json', 'gallery.js', 'gallery.css', 'index.html', 'head.rig', 'head.rig.js'] as const;

/** A portrait that has become an avatar. */
interface Shown {
  readonly person: GalleryPerson;
  readonly analysed: AnalysedPortrait;
  readonly splats: BoundSplats;
}

/**
 * Makes the avatars of portraits, writes them with their pictures and films, and says what there is. Portraits that
 * are refused are told about and left out.
 * @throws StippleError where no portrait at all was accepted, or a generator lacks its model
 */
export async function buildGallery(options: BuildOptions): Promise<Catalogue> {
  const { out, portraits, maker, say } = options;
  for (const entry of GALLERY_ENTRIES) await rm(join(out, entry), { recursive: true, force: true });
  const studio = new FilmStudio(maker.rig);
  try {
    const shown: Shown[] = [];
    for (const [index, portrait] of portraits.entries()) {
      try {
        shown.push(await showPerson(portrait, DRIVING_CLIP_NAMES[index % DRIVING_CLIP_NAMES.length]!, studio, options));
      } catch (error) {
        if (!(error instanceof PortraitError)) throw error;
        say(`${portrait.name}: left out, ${error.message} [${error.code}]`);
      }
    }
    if (shown.length === 0) throw new StippleError('INVALID_REQUEST', { message: 'none of the portraits was accepted' });
    const comparisons: Comparison[] = [];
    for (const one of spread(shown, options.comparisons)) {
      const comparison = await compareRows(one, studio, options);
      if (comparison) comparisons.push(comparison);
    }
    return { version: 1, rigHash: maker.rig.hash, invented: options.invented, people: shown.map(({ person }) => person), comparisons };
  } finally {
    studio.dispose();
  }
}

async function showPerson(portrait: GalleryPortrait, clip: DrivingClipName, studio: FilmStudio, options: BuildOptions): Promise<Shown> {
  const { maker, out, say, generator, seed } = options;
  const { id, name, alt } = portrait;
  say(`${name}: making the avatar`);
  const made = await maker.make(await readFile(portrait.file), { generator, seed, signal: new AbortController().signal });
  const { image } = made.portrait;
  const picture = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(PORTRAIT_PIXELS, PORTRAIT_PIXELS, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 84 }).toBuffer();
  const splats = decodeAvatar(made.bytes, { faceCount: maker.rig.faceCount, hash: maker.rig.hash });
  await put(out, `portraits/${id}.webp`, picture);
  await put(out, `avatars/${id}.stipple`, made.bytes);
  const film = options.personFilms && options.encoder
    ? await record(`films/${id}`, studio.film(splats, clip, PERSON_FILM, 'bust'), options.encoder, out, (frame) => say(`${name}: frame ${frame} of ${FILM_FRAMES}`))
    : undefined;
  return {
    analysed: made.portrait, splats,
    person: {
      id, name, alt, portrait: `portraits/${id}.webp`, clip,
      avatar: {
        file: `avatars/${id}.stipple`, bytes: made.bytes.length, splats: made.splats.count, generator: made.generator,
        // A transformer's points are its own decision; elsewhere points are splats.
        ...(made.points < made.splats.count && { points: made.points }),
      },
      ...(film && { film }),
    },
  };
}

/** One person's avatars by all rows; undefined where there is nothing to compare. */
async function compareRows({ person, analysed }: Shown, studio: FilmStudio, options: BuildOptions): Promise<Comparison | undefined> {
  const { maker, rowMaker, encoder, say, seed, out } = options;
  if (options.rows.length < 2 || !encoder) return undefined;
  const rows: Comparison['rows'] = [];
  const films: FilmFrame[][] = [];
  for await (const { row, bytes, splatCount } of rowMaker.make(analysed, options.rows, seed)) {
    say(`${person.name}: filming ${row}`);
    rows.push({ row, splats: splatCount, bytes: bytes.length });
    // What is shown is what peers would get: through the file format.
    const splats = decodeAvatar(bytes, { faceCount: maker.rig.faceCount, hash: maker.rig.hash });
    films.push([...studio.film(splats, person.clip, TILE, 'head')]);
  }
  const joined = function* (): Generator<FilmFrame> {
    for (let frame = 0; frame < FILM_FRAMES; frame++) yield sideBySide(films.map((frames) => frames[frame]!));
  };
  return { personId: person.id, clip: person.clip, film: await record(`films/${person.id}-rows`, joined(), encoder, out), rows };
}

/** Writes a film and its first frame. */
async function record(name: string, frames: Iterable<FilmFrame>, encoder: FilmEncoder, out: string, onFrame?: (frame: number) => void): Promise<Film> {
  let first: FilmFrame | undefined;
  const watched = function* (): Generator<FilmFrame> {
    let frame = 0;
    for (const picture of frames) {
      first ??= { ...picture, data: picture.data.slice() };
      if (frame++ % FILM_HZ === 0) onFrame?.(frame);
      yield picture;
    }
  };
  const iterator = watched();
  const opening = iterator.next();
  if (opening.done || !first) throw new Error('a film needs frames');
  const { width, height } = opening.value;
  const all = function* (): Generator<FilmFrame> {
    yield opening.value as FilmFrame;
    yield* iterator;
  };
  const bytes = await encoder.encode(all(), Math.round(width * height * FILM_HZ * BITS_A_PIXEL));
  await put(out, `${name}.webm`, bytes);
  await put(out, `${name}.webp`, await encodePoster(first));
  return { file: `${name}.webm`, poster: `${name}.webp`, bytes: bytes.length, widthPixels: width, heightPixels: height, durationMs: DRIVING_CLIP_MS };
}

async function put(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), bytes);
}

/** `count` of some things, evenly spread over their order. */
export function spread<T>(things: readonly T[], count: number): T[] {
  const taken = Math.min(count, things.length);
  return Array.from({ length: taken }, (_, i) => things[Math.floor(((i + 0.5) * things.length) / taken)]!);
}
