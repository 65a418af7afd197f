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
      <ul class="stage__labels" aria-label="In the room" onKeyDown={moveAmongPeople}>
        {participants.map((participant) => (
          <li key={participant.participantId} ref={(element) => director.labelFor(participant.participantId, element ?? undefined)} class="label" data-participant={participant.participantId}>
            <Label participant={participant} director={director} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The arrow keys go from one person to the next. */
function moveAmongPeople(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return;
  const people = [...event.currentTarget.querySelectorAll('button')];
  const at = people.indexOf(document.activeElement as HTMLButtonElement);
  people[(at + step + people.length) % people.length]?.focus();
  event.preventDefault();
}

/** Somebody's name, and how they are; pressed, the view is on them. */
function Label({ participant, director }: { participant: Participant; director: StageDirector }) {
  const avatar = participant.avatar.value;
  const away = !participant.connected.value;
  const chosen = director.chosen.value === participant.participantId;
  return (
    <button
      class={`label__pill${participant.speaking.value ? ' label__pill--speaking' : ''}`} type="button" data-testid="person" aria-pressed={chosen}
      title={chosen ? 'Look at everybody again' : `Look at ${participant.displayName}`} style={{ '--loudness': participant.loudness.value.toFixed(2) }}
      onClick={() => director.choose(participant.participantId)}
    >
      <span class={`dot ${away ? 'dot--warn dot--busy' : avatar.state === 'failed' ? 'dot--bad' : 'dot--good'}`} />
      <span class="label__name">{participant.displayName}</span>
      <VoiceMark person={participant} />
      {away && <span class="label__note">reconnecting</span>}
      {!away && participant.makingJobId.value !== undefined && <span class="label__note">taking shape</span>}
      {!away && participant.makingJobId.value === undefined && avatar.state === 'loading' && <span class="label__note">arriving</span>}
      {!away && avatar.state === 'failed' && <span class="label__note" title={avatar.message}>no avatar</span>}
      {participant.speaking.value && <span class="visually-hidden">, speaking</span>}
    </button>
  );
}
