import type { HeadFormat } from '../../shared/formats/headFormat.ts';
import type { BringingProgress } from './bringAvatar.ts';
import type { ShownProgress } from './generationStages.ts';

/** Where an avatar came from, as it follows "from". */
export const ORIGINS: Readonly<Record<HeadFormat, string>> = {
  Stipple: 'a .stipple file', PLY: 'a PLY file', SPZ: 'an SPZ file', glTF: 'a glTF file', LAM: 'a LAM avatar',
};

/** What the person waiting sees of a file on its way. */
export function showBringing(progress: BringingProgress, format: HeadFormat | undefined): ShownProgress {
  switch (progress.stage) {
    case 'reading':
      // LAM's mesh has to be laid onto the rig, which takes seconds.
      return { sentence: format === 'LAM' ? 'Fitting the head to the rig' : 'Reading the file', fraction: undefined };
    case 'sending':
      return { sentence: 'Sending the avatar', fraction: progress.uploaded };
    case 'opening':
      return { sentence: 'Opening the avatar', fraction: 1 };
  }
}
