import type { ArrangementWish } from './arrangement.ts';
import type { SceneName } from './stageScenes.ts';

/** How the stage looks; what somebody chooses. */
export interface StageLook {
  readonly arrangement: ArrangementWish;
  readonly scene: SceneName;
  /** Of the plain scene, '#rrggbb'. */
  readonly plainColor: string;
  /** The camera turns to who speaks. */
  readonly followSpeaker: boolean;
}

export const USUAL_LOOK: StageLook = { arrangement: 'auto', scene: 'studio', plainColor: '#23272f', followSpeaker: true };
