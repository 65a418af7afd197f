import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { VoiceMark } from '../voice/VoiceMark.tsx';
import type { Participant } from './participant.ts';
import type { StageDirector } from './stageDirector.ts';

/** The stage's canvas and, over it, a name for everyone, kept below each avatar. */
export function StageView({ director, participants }: { director: StageDirector; participants: readonly Participant[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const failure = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    director.attach(frame.current!).catch((error: unknown) => {
      if (gone) return;
      console.error('stage', error);
      failure.value = 'This browser could not draw the room (WebGL 2 is needed). You can still be seen.';
    });
    return () => { gone = true; };
  }, [director]);
  return (
    <div class="stage" ref={frame} data-testid="stage">
      {failure.value && <p class="stage__failure" role="alert">{failure.value}</p>}
      <ul class="stage__labels" aria-label="In the room">
        {participants.map((participant) => (
          <li key={participant.participantId} ref={(element) => director.labelFor(participant.participantId, element ?? undefined)} class="label" data-participant={participant.participantId}>
            <Label participant={participant} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Label({ participant }: { participant: Participant }) {
  const avatar = participant.avatar.value;
  const away = !participant.connected.value;
  return (
    <span class={`label__pill${participant.speaking.value ? ' label__pill--speaking' : ''}`} style={{ '--loudness': participant.loudness.value.toFixed(2) }}>
      <span class={`dot ${away ? 'dot--warn dot--busy' : avatar.state === 'failed' ? 'dot--bad' : 'dot--good'}`} />
      <span class="label__name">{participant.displayName}</span>
      <VoiceMark person={participant} />
      {away && <span class="label__note">reconnecting</span>}
      {!away && participant.makingJobId.value !== undefined && <span class="label__note">taking shape</span>}
      {!away && participant.makingJobId.value === undefined && avatar.state === 'loading' && <span class="label__note">arriving</span>}
      {!away && avatar.state === 'failed' && <span class="label__note" title={avatar.message}>no avatar</span>}
    </span>
  );
}
