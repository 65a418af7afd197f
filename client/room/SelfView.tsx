import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import { ACCEPTED_PICTURES } from '../lobby/acceptedPictures.ts';
import { showProgress } from '../lobby/generationStages.ts';
import type { PortraitFlow, PortraitStep } from '../lobby/portraitFlow.ts';
import type { Participant } from './participant.ts';
import type { PoseDriver } from './poseDriver.ts';
import type { StageDirector } from './stageDirector.ts';
import { TakeAlong } from './TakeAlong.tsx';

/** The own avatar as in a mirror, how tracking is doing, the way to another avatar, and this one as a file. */
export function SelfView({ driver, director, flow, self, token }: {
  driver: PoseDriver; director: StageDirector; flow: PortraitFlow; self: Participant | undefined; token: string | undefined;
}) {
  const name = self?.displayName ?? '';
  const avatar = self?.avatar.value;
  const picker = useRef<HTMLInputElement>(null);
  const step = flow.step.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => director.showSelfIn(canvas.current ?? undefined), [director]);
  const camera = driver.camera.value;
  const status = step.kind === 'working' ? makingStatus(step) : statusOf(driver);
  return (
    <section class="self" aria-label="You">
      <canvas ref={canvas} width={440} height={520} role="img" aria-label={`Your own avatar, mirrored${name ? `: ${name}` : ''}`} />
      <p class="self__status" role="status"><span class={`dot dot--${status.tone}`} />{status.words}</p>
      <input
        ref={picker} class="visually-hidden" type="file" accept={ACCEPTED_PICTURES} tabIndex={-1} aria-hidden="true" data-testid="new-portrait-input"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) void flow.use(file);
        }}
      />
      {step.kind !== 'working' && (
        <button class="self__again" type="button" title="Another avatar, from a new portrait" aria-label="Another avatar, from a new portrait" onClick={() => picker.current?.click()}>
          <Icon name="retry" />
        </button>
      )}
      {avatar?.state === 'ready' && <TakeAlong avatar={avatar} token={token} name={name} />}
      {step.kind === 'error' && (
        <p class="self__notice" role="alert"><Icon name="warning" /><span>{step.error.message}</span></p>
      )}
      {step.kind !== 'error' && camera.state === 'failed' && (
        <p class="self__notice"><Icon name="warning" /><span>{camera.message} {driver.mode.value === 'pointer' ? 'Your pointer moves your avatar.' : 'A motion clip moves your avatar.'}</span></p>
      )}
    </section>
  );
}

function makingStatus({ uploaded, status }: Extract<PortraitStep, { kind: 'working' }>): { tone: string; words: string } {
  const { sentence, fraction } = showProgress(uploaded, status);
  return { tone: 'warn dot--busy', words: fraction === undefined ? sentence : `Your avatar: ${Math.round(fraction * 100)} %` };
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
