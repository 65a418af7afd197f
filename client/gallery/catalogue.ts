import { z } from 'zod';
import { DRIVING_CLIP_NAMES } from './drivingClip.ts';

/** A file of the gallery, relative to the catalogue. */
const fileSchema = z.string().regex(/^(?!.*\.\.)[\w-][\w./-]*$/);

/** A recorded film, for where nothing can be drawn live: VP9 in WebM, looping without a seam. */
const filmSchema = z.strictObject({
  file: fileSchema,
  /** The film's first frame as a picture. */
  poster: fileSchema,
  bytes: z.number().int().positive(),
  widthPixels: z.number().int().positive(),
  heightPixels: z.number().int().positive(),
  durationMs: z.number().positive(),
});
export type Film = z.infer<typeof filmSchema>;

/** The evaluation table's rows, in the order in which they are shown. */
export const ROW_NAMES = ['autoregressive', 'ar-feature-only', 'position-only', 'template-positions', 'template'] as const;
export type RowName = (typeof ROW_NAMES)[number];

const personSchema = z.strictObject({
  /** Unique in the gallery. */
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  /** What the portrait shows to who cannot see it. */
  alt: z.string(),
  portrait: fileSchema,
  avatar: z.strictObject({
    file: fileSchema,
    bytes: z.number().int().positive(),
    splats: z.number().int().positive(),
    /** How many points the transformer wrote; only where it did. */
    points: z.number().int().positive().optional(),
    generator: z.string(),
  }),
  clip: z.enum(DRIVING_CLIP_NAMES),
  film: filmSchema.optional(),
});
/** One portrait and what became of it. */
export type GalleryPerson = z.infer<typeof personSchema>;

const comparisonSchema = z.strictObject({
  personId: z.string(),
  clip: z.enum(DRIVING_CLIP_NAMES),
  /** All rows side by side in one film, so that they can never run apart: square tiles in one line, in the order of `rows`. */
  film: filmSchema,
  rows: z.array(z.strictObject({
    row: z.enum(ROW_NAMES),
    splats: z.number().int().positive(),
    bytes: z.number().int().positive(),
  })).min(2),
});
/** One person's avatars by several generators, doing the same. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** The evaluation table's columns that the page shows; `best` is the better end. */
export const FIGURES = [
  { key: 'csim', title: 'CSIM', words: 'Likeness to the portrait, cosine of face embeddings', best: 'high', digits: 3 },
  { key: 'csimYaw20', title: 'CSIM ±20°', words: 'The same from 20° left and right', best: 'high', digits: 3 },
  { key: 'psnrFace', title: 'Face PSNR', words: 'Decibels over the face', best: 'high', digits: 1 },
  { key: 'psnr', title: 'Head PSNR', words: 'Decibels over head and hair', best: 'high', digits: 1 },
  { key: 'ssim', title: 'SSIM', words: 'Structural similarity over head and hair', best: 'high', digits: 3 },
  { key: 'lpips', title: 'LPIPS', words: 'Perceptual distance', best: 'low', digits: 3 },
  { key: 'akdPixels', title: 'AKD', words: 'Mean distance of landmarks, pixels', best: 'low', digits: 2 },
  { key: 'apdDegrees', title: 'APD', words: 'Error of the head’s angle under motion, degrees', best: 'low', digits: 2 },
  { key: 'aed', title: 'AED', words: 'Error of the expression under motion', best: 'low', digits: 3 },
  { key: 'silhouetteIou', title: 'Silhouette', words: 'Overlap of outlines at ±20° and ±40° with invented heads, whose truth is known', best: 'high', digits: 3 },
  { key: 'holePercent40', title: 'Holes', words: 'Per cent of the outline one can look through at ±40°', best: 'low', digits: 2 },
] as const;
export type FigureKey = (typeof FIGURES)[number]['key'];

const tableSchema = z.strictObject({
  /** Portraits that the means are over. */
  portraits: z.number().int().positive(),
  rows: z.array(z.strictObject({
    row: z.enum(ROW_NAMES),
    figures: z.partialRecord(z.enum(FIGURES.map(({ key }) => key)), z.number()),
  })).min(2),
});
/** The evaluation's means, row by row. */
export type FigureTable = z.infer<typeof tableSchema>;

/** What a gallery holds; `gallery.json` beside its files. */
export const catalogueSchema = z.strictObject({
  version: z.literal(1),
  /** Lower-case hex SHA-256 of the rig that every avatar here rides on. */
  rigHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The rig's file, where the gallery brings it along. */
  rig: fileSchema.optional(),
  /** Nobody here exists: only then the page says so. */
  invented: z.boolean(),
  people: z.array(personSchema),
  comparisons: z.array(comparisonSchema),
  table: tableSchema.optional(),
});
export type Catalogue = z.infer<typeof catalogueSchema>;
