import { Icon } from '../app/Icon.tsx';
import type { VoicePerson } from './voiceSession.ts';

/** Beside a name: whether their microphone is muted. Speaking shows as the label's ring, and to screen readers as a word. */
export function VoiceMark({ person }: { person: VoicePerson }) {
  const voice = person.voice.value;
  return (
    <>
      {voice === 'muted' && <span class="label__microphone" title="Muted"><Icon name="microphoneOff" /><span class="visually-hidden">muted</span></span>}
      {person.speaking.value && <span class="visually-hidden">speaking</span>}
    </>
  );
}
