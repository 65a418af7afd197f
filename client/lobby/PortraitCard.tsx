import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import { AvatarPreview, prepareAvatarPreview } from './AvatarPreview.tsx';
import { Bringing } from './Bringing.tsx';
import { CameraCapture } from './CameraCapture.tsx';
import { ProgressLine } from './ProgressLine.tsx';
import { StippledProgress } from './StippledProgress.tsx';
import { ACCEPTED_PICTURES } from './acceptedPictures.ts';
import { ORIGINS } from './bringingWords.ts';
import { ACCEPTED_AVATARS } from './chosenFile.ts';
import { adviceFor, showProgress } from './generationStages.ts';
import type { PortraitFlow, PortraitStep } from './portraitFlow.ts';
import { loadSamples, sampleUrl } from './samples.ts';
import type { Sample } from './samples.ts';

/** Where a portrait is chosen, worked on, and shown beside its avatar, or an avatar file brought. Keeps one size through all of it. */
export function PortraitCard({ flow, fullQuality }: { flow: PortraitFlow; fullQuality: boolean }) {
  const step = flow.step.value;
  const dragging = useSignal(false);
  const samples = useSignal<readonly Sample[]>([]);
  const picker = useRef<HTMLInputElement>(null);
  const avatarPicker = useRef<HTMLInputElement>(null);

  useEffect(() => {
    void loadSamples().then((loaded) => { samples.value = loaded; });
    // A picture or an avatar pasted or dropped anywhere on the page is meant for here.
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      const file = files.find((candidate) => candidate.type.startsWith('image/')) ?? files[0];
      if (file) void flow.take(file);
    };
    const over = (event: DragEvent): void => {
      event.preventDefault();
      dragging.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) dragging.value = false;
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      dragging.value = false;
      const file = event.dataTransfer?.files[0];
      if (file) void flow.take(file);
    };
    addEventListener('paste', paste);
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('paste', paste);
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [flow]);

  return (
    <section class={`portrait ${dragging.value ? 'portrait--dragging' : ''}`} aria-label="Your portrait">
      {([[picker, ACCEPTED_PICTURES, 'portrait-input'], [avatarPicker, ACCEPTED_AVATARS, 'avatar-input']] as const).map(([input, accept, testId]) => (
        <input
          key={testId} ref={input} class="visually-hidden" type="file" accept={accept} tabIndex={-1} aria-hidden="true" data-testid={testId}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = '';
            if (file) void flow.take(file);
          }}
        />
      ))}
      <div class="portrait__stage" data-step={step.kind}>
        <PortraitStage step={step} flow={flow} choose={() => picker.current?.click()} bring={() => avatarPicker.current?.click()} samples={samples.value} fullQuality={fullQuality} />
        {dragging.value && <div class="portrait__drop"><Icon name="upload" />Drop it anywhere<small>A portrait, or an avatar file</small></div>}
      </div>
      <Samples samples={samples.value} disabled={step.kind === 'working' || step.kind === 'bringing'} choose={(sample) => void flow.useSample(sampleUrl(sample))} />
    </section>
  );
}

interface PortraitStageProps {
  step: PortraitStep;
  flow: PortraitFlow;
  choose: () => void;
  bring: () => void;
  samples: readonly Sample[];
  fullQuality: boolean;
}

function PortraitStage({ step, flow, choose, bring, samples, fullQuality }: PortraitStageProps) {
  switch (step.kind) {
    case 'choose':
      return <Choose choose={choose} bring={bring} openCamera={() => flow.openCamera()} poster={samples[0] && sampleUrl(samples[0])} />;
    case 'camera':
      return <CameraCapture onPhoto={(photo) => void flow.use(photo)} onCancel={() => flow.reset()} />;
    case 'working': {
      const avatar = step.growing?.step.value?.avatar;
      return avatar
        ? <Head step={step} avatar={avatar} leave={() => flow.reset()} fullQuality={fullQuality} />
        : <Working step={step} cancel={() => flow.reset()} />;
    }
    case 'bringing':
      return <Bringing step={step} cancel={() => flow.reset()} />;
    case 'ready':
      return <Head step={step} avatar={step.loaded} leave={() => flow.reset()} fullQuality={fullQuality} />;
    case 'error':
      return <Failed step={step} flow={flow} choose={step.brought ? bring : choose} />;
  }
}

function Choose({ choose, bring, openCamera, poster }: { choose: () => void; bring: () => void; openCamera: () => void; poster: string | undefined }) {
  return (
    <div class="choose">
      {poster && <div class="choose__poster"><StippledProgress url={poster} fraction={1} /></div>}
      <div class="choose__words">
        <h2>Start with one portrait</h2>
        <p>Drop it here, choose a file, or take a photo. One face, from the front, evenly lit.</p>
        <div class="choose__actions">
          <button class="button button--primary" type="button" onClick={choose}><Icon name="upload" />Choose a picture</button>
          <button class="button" type="button" onClick={openCamera}><Icon name="camera" />Use the camera</button>
        </div>
        <p class="choose__bring">Made one before? <button class="textual" type="button" onClick={bring}>Bring an avatar file</button></p>
      </div>
    </div>
  );
}

function Working({ step, cancel }: { step: Extract<PortraitStep, { kind: 'working' }>; cancel: () => void }) {
  useEffect(prepareAvatarPreview, []);
  const { fraction } = showProgress(step.uploaded, step.status);
  return (
    <div class="working">
      <StippledProgress url={step.portrait.url} fraction={fraction ?? 0} />
      <div class="working__status">
        <Progress step={step} />
        <button class="button button--quiet" type="button" onClick={cancel}>Cancel</button>
      </div>
    </div>
  );
}

function Progress({ step }: { step: Extract<PortraitStep, { kind: 'working' }> }) {
  return <ProgressLine shown={showProgress(step.uploaded, step.status)} label="Making the avatar" />;
}

interface HeadProps {
  step: Extract<PortraitStep, { kind: 'working' | 'ready' }>;
  /** The head as far as it has come. */
  avatar: LoadedAvatar;
  leave: () => void;
  fullQuality: boolean;
}

/** Portrait and head side by side, from the head's first points to its last: one and the same canvas. */
function Head({ step, avatar, leave, fullQuality }: HeadProps) {
  const { portrait } = step;
  return (
    <div class="ready">
      <div class={`ready__pair ${portrait ? '' : 'ready__pair--alone'}`}>
        {portrait && (
          <figure class="ready__portrait">
            <img src={portrait.url} alt="The portrait you chose" onError={(event) => { event.currentTarget.style.visibility = 'hidden'; }} />
            <figcaption>Portrait</figcaption>
          </figure>
        )}
        <figure class="ready__avatar">
          <AvatarPreview avatar={avatar} fullQuality={fullQuality} />
          <figcaption>Avatar</figcaption>
        </figure>
      </div>
      <div class="ready__foot">
        {step.kind === 'working' ? <div class="ready__progress"><Progress step={step} /></div> : <Facts step={step} />}
        <button class="button button--quiet" type="button" onClick={leave}>{step.kind === 'working' ? 'Cancel' : <><Icon name="retry" />{portrait ? 'Another portrait' : 'Choose another'}</>}</button>
      </div>
    </div>
  );
}

function Facts({ step: { avatar, brought, milliseconds } }: { step: Extract<PortraitStep, { kind: 'ready' }> }) {
  return (
    <p class="ready__facts">
      <strong>{avatar.splats.toLocaleString('en')}</strong> points
      <span aria-hidden="true"> · </span><strong>{Math.round(avatar.bytes / 1000)}</strong> kB
      {milliseconds !== undefined && <><span aria-hidden="true"> · </span>made in <strong>{(milliseconds / 1000).toFixed(1)}</strong> s</>}
      {brought?.format !== undefined && <span class="ready__origin"><span aria-hidden="true"> · </span>from {ORIGINS[brought.format]}</span>}
    </p>
  );
}

function Failed({ step, flow, choose }: { step: Extract<PortraitStep, { kind: 'error' }>; flow: PortraitFlow; choose: () => void }) {
  const { error, portrait, brought } = step;
  const advice = adviceFor(error.code);
  // What is wrong with a file is told exactly, which is no headline.
  const exact = error.code === 'AVATAR_INVALID';
  return (
    <div class="failed">
      {portrait && <img class="failed__portrait" src={portrait.url} alt="" onError={(event) => event.currentTarget.remove()} />}
      <div class="failed__words" role="alert" data-code={error.code}>
        <span class="failed__mark"><Icon name="warning" /></span>
        <h2>{exact ? 'This file cannot be brought in' : error.message}</h2>
        {exact && <p class="failed__exact">{error.message.replace(/\.?$/, '.')}</p>}
        {advice && <p>{advice}</p>}
        <div class="choose__actions">
          {error.retryable && (portrait || brought)
            ? <button class="button button--primary" type="button" onClick={() => flow.retry()}><Icon name="retry" />Try again</button>
            : <button class="button button--primary" type="button" onClick={choose}><Icon name="upload" />Choose another</button>}
          <button class="button" type="button" onClick={() => flow.openCamera()}><Icon name="camera" />Use the camera</button>
        </div>
      </div>
    </div>
  );
}

function Samples({ samples, disabled, choose }: { samples: readonly Sample[]; disabled: boolean; choose: (sample: Sample) => void }) {
  return (
    <div class="samples">
      <p class="samples__label">Or borrow a face. These people are invented.</p>
      <ul class="samples__list">
        {samples.map((sample) => (
          <li key={sample.file}>
            <button class="samples__face" type="button" disabled={disabled} onClick={() => choose(sample)} aria-label={`Use ${sample.name}: ${sample.alt}`} title={sample.name}>
              <img src={sampleUrl(sample)} alt="" loading="lazy" width={64} height={64} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
