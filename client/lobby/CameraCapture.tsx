import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import { Camera } from '../tracking/camera.ts';

const COUNTDOWN_SECONDS = 3;

/** Takes a photo: a mirrored live picture with an oval to fit the face into, and a countdown. */
export function CameraCapture({ onPhoto, onCancel }: { onPhoto: (photo: Blob) => void; onCancel: () => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const camera = useRef<Camera | undefined>(undefined);
  const state = useSignal<'starting' | 'live' | 'counting' | 'failed'>('starting');
  const message = useSignal('Waiting for the camera');
  const seconds = useSignal(COUNTDOWN_SECONDS);

  useEffect(() => {
    let gone = false;
    Camera.open({ width: 1280, height: 960 }).then((opened) => {
      if (gone) return opened.close();
      camera.current = opened;
      opened.video.className = 'capture__video';
      frame.current?.prepend(opened.video);
      state.value = 'live';
    }, (error: unknown) => {
      message.value = error instanceof Error ? error.message : 'The camera could not be started.';
      state.value = 'failed';
    });
    return () => {
      gone = true;
      camera.current?.close();
    };
  }, []);

  useEffect(() => {
    if (state.value !== 'counting') return undefined;
    seconds.value = COUNTDOWN_SECONDS;
    const timer = setInterval(() => {
      seconds.value--;
      if (seconds.value > 0) return;
      clearInterval(timer);
      void camera.current?.takePhoto().then(onPhoto, () => {
        message.value = 'The photo could not be taken; try again.';
        state.value = 'failed';
      });
    }, 800);
    return () => clearInterval(timer);
  }, [state.value]);

  return (
    <div class="capture" ref={frame}>
      {(state.value === 'live' || state.value === 'counting') && (
        <svg class="capture__guide" viewBox="0 0 100 100" preserveAspectRatio="xMidYMid meet" aria-hidden="true"><ellipse cx="50" cy="46" rx="23" ry="31" /></svg>
      )}
      {state.value === 'counting' && seconds.value > 0 && <span class="capture__count" key={seconds.value} role="timer">{seconds.value}</span>}
      {(state.value === 'starting' || state.value === 'failed') && (
        <p class="capture__message" role="status">{state.value === 'starting' && <span class="spinner" />}{message.value}</p>
      )}
      <div class="capture__actions">
        <button class="button" type="button" onClick={onCancel}><Icon name="close" />Back</button>
        {state.value !== 'failed' && (
          <button class="button button--primary" type="button" disabled={state.value !== 'live'} onClick={() => { state.value = 'counting'; }}>
            <Icon name="camera" />Take the photo
          </button>
        )}
      </div>
    </div>
  );
}
