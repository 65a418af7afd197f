import { type HeadFormat, headFormatOf } from '../../shared/formats/headFormat.ts';

/** What a file dialog offers for an avatar; what a file is, its content says. */
export const ACCEPTED_AVATARS = '.stipple,.ply,.spz,.glb,.zip';

/** What somebody's file is to be taken for; an avatar file of no known format is one by its name only, and will be refused. */
export type ChosenKind = { readonly kind: 'portrait' } | { readonly kind: 'avatar'; readonly format: HeadFormat | undefined };

/** Bytes that tell. */
const FIRST_BYTES = 8;

/** @throws DOMException where the browser cannot read the file. */
export async function kindOfFile(file: Blob, name: string): Promise<ChosenKind> {
  return chosenKind(new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer()), name);
}

/** By the first bytes, and where they say nothing by the name; the server knows more kinds of pictures than this page. */
export function chosenKind(firstBytes: Uint8Array, name: string): ChosenKind {
  const format = headFormatOf(firstBytes);
  const named = ACCEPTED_AVATARS.split(',').some((ending) => name.toLowerCase().endsWith(ending));
  return format !== undefined || named ? { kind: 'avatar', format } : { kind: 'portrait' };
}
