import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { PoseDriver } from './poseDriver.ts';
import type { StageDirector } from './stageDirector.ts';

/** The own avatar as in a mirror, and how tracking is doing. */
export function SelfView({ driver, director, name }: { driver: PoseDriver; director: StageDirector; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => director.showSelfIn(canvas.current ?? undefined), [director]);
  const camera = driver.camera.value;
  const status = statusOf(driver);
  return (
    <section class="self" aria-label="You">
      <canvas ref={canvas} width={440} height={520} role="img" aria-label={`Your own avatar, mirrored${name ? `: ${name}` : ''}`} />
      <p class="self__status" role="status"><span class={`dot dot--${status.tone}`} />{status.words}</p>
      {camera.state === 'failed' && (
        <p class="self__notice"><Icon name="warning" /><span>{camera.message} {driver.mode.value === 'pointer' ? 'Your pointer moves your avatar.' : 'A motion clip moves your avatar.'}</span></p>
      )}
    </section>
  );
}

function statusOf(driver: PoseDriver): { tone: string; words: string } {
  const camera = driver.camera.value;
  if (driver.mode.value === 'pointer') return { tone: camera.state === 'failed' ? 'warn' : 'good', words: 'Pointer' };
  if (driver.mode.value === 'clip') return { tone: camera.state === 'failed' ? 'warn' : 'good', words: 'Auto motion' };
  switch (camera.state) {
    case 'starting':
      return { tone: 'warn dot--busy', words: camera.message };
    case 'tracking':
      return { tone: 'good', words: driver.calibrating.value ? 'Calibrating' : 'Tracking' };
    case 'searching':
      return { tone: 'warn dot--busy', words: 'Looking for your face' };
    default:
      return { tone: 'bad', words: 'Camera off' };
  }
}
