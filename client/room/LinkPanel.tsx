import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { PoseDriver } from './poseDriver.ts';
import type { RoomSession } from './roomSession.ts';
import type { StageDirector } from './stageDirector.ts';

interface LinkPanelProps {
  session: RoomSession;
  director: StageDirector;
  driver: PoseDriver;
  fullQuality: Signal<boolean>;
  close: () => void;
}

/** Bandwidth, latency and drawing in figures, refreshed once a second. */
export function LinkPanel({ session, director, driver, fullQuality, close }: LinkPanelProps) {
  const tick = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => { tick.value++; }, 1000);
    return () => clearInterval(timer);
  }, []);
  void tick.value;
  const { kilobitsPerSecondUp, kilobitsPerSecondDown, roundTripMs } = session.link.value;
  const { playoutDelayMs, latencyMs, framesPerSecond, splatsShown } = director.figures();
  const rows: readonly [string, string][] = [
    ['Sending', `${kilobitsPerSecondUp.toFixed(1)} kbps`],
    ['Receiving', `${kilobitsPerSecondDown.toFixed(1)} kbps`],
    ['Round trip', milliseconds(roundTripMs)],
    ['Playout delay', milliseconds(playoutDelayMs)],
    ['Face to screen', milliseconds(latencyMs)],
    ['Tracking', driver.trackingHz.value > 0 ? `${driver.trackingHz.value} Hz` : 'off'],
    ['Messages lost', String(session.motion.bundlesLost + session.motion.framesDropped)],
    ['Drawing', `${Math.round(framesPerSecond)} fps`],
    ['Points drawn', splatsShown.toLocaleString('en')],
  ];
  return (
    <aside class="panel" aria-label="Link and drawing">
      <div class="panel__head">
        <h2>Link</h2>
        <button class="button button--quiet button--icon" type="button" onClick={close} aria-label="Close"><Icon name="close" /></button>
      </div>
      <dl>{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      <label class="panel__quality">
        <input type="checkbox" data-testid="full-quality" checked={fullQuality.value} onChange={(event) => { fullQuality.value = event.currentTarget.checked; }} />
        Every point, however slow
      </label>
    </aside>
  );
}

function milliseconds(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value < 1 ? 'under 1 ms' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
