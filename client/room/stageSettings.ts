import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { z } from 'zod';
import { ARRANGEMENTS } from '../render/stage/arrangement.ts';
import { type StageLook, USUAL_LOOK } from '../render/stage/stageLook.ts';
import { SCENE_NAMES } from '../render/stage/stageScenes.ts';

const KEY = 'stipple.stage';
const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';

const lookSchema = z.object({
  arrangement: z.enum(['auto', ...ARRANGEMENTS]).catch(USUAL_LOOK.arrangement),
  scene: z.enum(SCENE_NAMES).catch(USUAL_LOOK.scene),
  plainColor: z.string().regex(/^#[0-9a-f]{6}$/i).catch(USUAL_LOOK.plainColor),
  followSpeaker: z.boolean().catch(USUAL_LOOK.followSpeaker),
});

/** How this person wants the stage, on this device, kept from stay to stay. */
export class StageSettings {
  readonly #look = signal<StageLook>(storedLook());
  /** This person's system asks for less motion. */
  readonly still: ReadonlySignal<boolean> = prefersStillness();
  readonly look: ReadonlySignal<StageLook> = computed(() => this.#look.value);

  /** Changes a part, and keeps it. */
  change(part: Partial<StageLook>): void {
    this.#look.value = { ...this.#look.peek(), ...part };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#look.peek()));
    } catch {
      // Storage is switched off: it holds for this stay.
    }
  }
}

/** What was kept; each part that is not (any more) known is as usual. */
export function readLook(text: string | null): StageLook {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '{}');
  } catch {
    return USUAL_LOOK;
  }
  const parsed = lookSchema.safeParse(kept);
  return parsed.success ? parsed.data : USUAL_LOOK;
}

function storedLook(): StageLook {
  try {
    return readLook(localStorage.getItem(KEY));
  } catch {
    return USUAL_LOOK;
  }
}

function prefersStillness(): ReadonlySignal<boolean> {
  const query = matchMedia(REDUCED_MOTION);
  const still = signal(query.matches);
  query.addEventListener('change', ({ matches }) => { still.value = matches; });
  return still;
}
