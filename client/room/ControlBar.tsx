import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { IconName } from '../app/Icon.tsx';
import { VoiceButton } from '../voice/VoiceButton.tsx';
import type { VoiceSession } from '../voice/voiceSession.ts';
import type { DriveMode, PoseDriver } from './poseDriver.ts';
import type { StageSettings } from './stageSettings.ts';
import { ViewMenu } from './ViewMenu.tsx';

const MODES: readonly { mode: DriveMode; icon: IconName; label: string; title: string }[] = [
  { mode: 'camera', icon: 'camera', label: 'Camera', title: 'Your face moves your avatar' },
  { mode: 'pointer', icon: 'pointer', label: 'Pointer', title: 'Your pointer moves your avatar; hold the button or the space bar to speak' },
  { mode: 'clip', icon: 'clip', label: 'Auto', title: 'A motion clip moves your avatar' },
];

interface ControlBarProps {
  driver: PoseDriver;
  voice: VoiceSession;
  settings: StageSettings;
  panelOpen: Signal<boolean>;
  leave: () => void;
}

/** The bar at the bottom of the room. */
export function ControlBar({ driver, voice, settings, panelOpen, leave }: ControlBarProps) {
  const mode = driver.mode.value;
  const camera = driver.camera.value;
  const tuning = useSignal(false);
  const choose = (next: DriveMode): void => {
    if (next === 'camera') void driver.startCamera('pointer');
    else driver.driveBy(next);
  };
  return (
    <nav class="bar" aria-label="Room controls">
      <VoiceButton voice={voice} />
      <span class="bar__rule" aria-hidden="true" />
      <div
        class="segmented" role="radiogroup" aria-label="What moves your avatar"
        onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          const at = MODES.findIndex((entry) => entry.mode === mode);
          const next = MODES[(at + step + MODES.length) % MODES.length]!;
          choose(next.mode);
          event.currentTarget.querySelectorAll('button')[MODES.indexOf(next)]?.focus();
        }}
      >
        {MODES.map((entry) => (
          <button
            key={entry.mode} type="button" role="radio" data-testid={entry.mode} aria-checked={mode === entry.mode} tabIndex={mode === entry.mode ? 0 : -1}
            title={entry.title} onClick={() => choose(entry.mode)}
          >
            <Icon name={entry.icon} /><span class="bar__label">{entry.label}</span>
          </button>
        ))}
      </div>
      <span class="bar__rule" aria-hidden="true" />
      <button
        class="button button--quiet" type="button" disabled={camera.state !== 'tracking' || driver.calibrating.value} onClick={() => driver.calibrate()}
        title="Look at the screen with a resting face, then press"
      >
        <Icon name={driver.calibrated.value && !driver.calibrating.value ? 'check' : 'target'} />
        <span class="bar__label">{driver.calibrating.value ? 'Hold still' : 'Calibrate'}</span>
      </button>
      <Tuning driver={driver} open={tuning} />
      <ViewMenu settings={settings} />
      <button class="button button--quiet" type="button" aria-pressed={panelOpen.value} onClick={() => { panelOpen.value = !panelOpen.value; }} title="Bandwidth and latency">
        <Icon name="signal" /><span class="bar__label">Link</span>
      </button>
      <span class="bar__rule" aria-hidden="true" />
      <button class="button button--danger" type="button" data-testid="leave-room" onClick={leave}><Icon name="leave" /><span class="bar__label">Leave</span></button>
    </nav>
  );
}

function Tuning({ driver, open }: { driver: PoseDriver; open: Signal<boolean> }) {
  const amount = useSignal(driver.smoothing);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open.value) return undefined;
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !root.current?.contains(event.target as Node)) open.value = false;
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close);
    };
  }, [open.value]);
  return (
    <div class="tuning" ref={root}>
      <button class="button button--quiet" type="button" aria-expanded={open.value} aria-haspopup="dialog" onClick={() => { open.value = !open.value; }}>
        <Icon name="tune" /><span class="bar__label">Smoothing</span>
      </button>
      {open.value && (
        <div class="tuning__card" role="dialog" aria-label="Smoothing of your tracked face">
          <label>
            <span class="tuning__title">Smoothing</span>
            <input
              class="slider" type="range" min={0} max={100} value={Math.round(amount.value * 100)} style={{ '--value': `${amount.value * 100}%` }}
              onInput={(event) => {
                amount.value = Number(event.currentTarget.value) / 100;
                driver.smoothing = amount.value;
              }}
            />
          </label>
          <p class="tuning__ends"><span>Livelier</span><span>Calmer</span></p>
        </div>
      )}
    </div>
  );
}
