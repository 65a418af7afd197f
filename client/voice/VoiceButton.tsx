import { useEffect } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { MicrophoneState, VoiceSession } from './voiceSession.ts';

const WORDS: Readonly<Record<MicrophoneState['state'], { label: string; title: string }>> = {
  off: { label: 'Voice', title: 'Turn your microphone on (M)' },
  starting: { label: 'Voice', title: 'Waiting for the microphone' },
  on: { label: 'Mute', title: 'Mute your microphone (M)' },
  muted: { label: 'Unmute', title: 'Turn your microphone on again (M)' },
  failed: { label: 'Voice', title: 'Try the microphone again (M)' },
};

/** The microphone's button, with the level of the own voice; the M key presses it. */
export function VoiceButton({ voice }: { voice: VoiceSession }) {
  const microphone = voice.microphone.value;
  const { label, title } = WORDS[microphone.state];
  const live = microphone.state === 'on';
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'm' || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')) return;
      void voice.toggle();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [voice]);
  return (
    <div class="voice">
      <button
        class={`button button--quiet voice__button${live ? ' voice__button--live' : ''}`} type="button" data-testid="voice" data-state={microphone.state}
        aria-keyshortcuts="M" aria-label={title} disabled={microphone.state === 'starting'} title={title} onClick={() => void voice.toggle()}
      >
        {live && <Meter voice={voice} />}
        <Icon name={live ? 'microphone' : 'microphoneOff'} /><span class="bar__label">{label}</span>
      </button>
      {microphone.state === 'failed' && <p class="voice__notice" role="alert"><Icon name="warning" /><span>{microphone.message}</span></p>}
    </div>
  );
}

/** Its own component: it is drawn anew many times a second. */
function Meter({ voice }: { voice: VoiceSession }) {
  return <span class="voice__meter" aria-hidden="true" style={{ transform: `scaleY(${voice.level.value.toFixed(2)})` }} />;
}

/** Shown while the browser keeps the sound back until the page is touched. */
export function SoundBlocked({ voice }: { voice: VoiceSession }) {
  if (!voice.voices.blocked.value) return null;
  return (
    <button class="button button--primary sound-blocked" type="button" data-testid="sound-blocked" onClick={() => void voice.voices.resume()}>
      <Icon name="sound" />Turn the sound on
    </button>
  );
}
