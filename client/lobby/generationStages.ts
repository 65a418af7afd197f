import type { JobStatus } from '../../shared/protocol/jobs.ts';

/** What the person waiting sees of a job: one sentence and a share, both never going back. */
export interface ShownProgress {
  readonly sentence: string;
  /** In [0, 1]; undefined while only waiting. */
  readonly fraction: number | undefined;
}

/** Stage names as the server and the generators use them, in words. */
const SENTENCES: Readonly<Record<string, string>> = {
  start: 'Opening the picture',
  analysing: 'Reading the face',
  placing: 'Fitting the head',
  covering: 'Shaping hair and clothes',
  coarse: 'Sketching the head',
  features: 'Looking closely',
  looking: 'Looking closely',
  writing: 'Writing the points',
  sampling: 'Placing the splats',
  colors: 'Painting',
  decoding: 'Shaping every splat',
  solving: 'Matching the portrait',
  points: 'Writing the points',
  done: 'Packing the avatar',
};

/** Uploading takes the first tenth of the bar, the job the rest. */
const UPLOAD_SHARE = 0.1;

/** @param uploaded share of the portrait that has left, in [0, 1] */
export function showProgress(uploaded: number, status: JobStatus | undefined): ShownProgress {
  if (!status) return { sentence: uploaded < 1 ? 'Sending the portrait' : 'Waiting for the server', fraction: uploaded * UPLOAD_SHARE };
  switch (status.state) {
    case 'queued':
      return { sentence: status.position === 1 ? 'Next in line' : `In line, ${status.position - 1} before you`, fraction: undefined };
    case 'running': {
      const points = status.pointsSoFar ? ` · ${status.pointsSoFar.toLocaleString('en')} points` : '';
      return { sentence: (SENTENCES[status.stage] ?? humanise(status.stage)) + points, fraction: UPLOAD_SHARE + (1 - UPLOAD_SHARE) * status.fraction };
    }
    case 'done':
      return { sentence: 'Fetching the avatar', fraction: 1 };
    case 'failed':
    case 'cancelled':
      return { sentence: 'Stopped', fraction: undefined };
  }
}

function humanise(stage: string): string {
  const words = stage.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What to do about a refused portrait or avatar file, beyond the server's sentence. */
export function adviceFor(code: string): string | undefined {
  switch (code) {
    case 'PORTRAIT_NO_FACE':
    case 'PORTRAIT_TURNED_AWAY':
      return 'Best is a passport-like picture: one face, from the front, evenly lit.';
    case 'PORTRAIT_SEVERAL_FACES':
      return 'Crop the picture to one person, or take a photo with the camera.';
    case 'PORTRAIT_FACE_TOO_SMALL':
      return 'The face should fill about a third of the picture.';
    case 'PORTRAIT_BLURRED':
      return 'More light helps, and so does resting the elbows.';
    case 'PORTRAIT_NOT_AN_IMAGE':
    case 'PORTRAIT_DAMAGED':
      return 'Photos straight from a phone or camera work well.';
    case 'AVATAR_INVALID':
      return 'Stipple takes its own .stipple, the .ply, .spz and .glb it saved, and LAM’s avatar .zip.';
    default:
      return undefined;
  }
}
