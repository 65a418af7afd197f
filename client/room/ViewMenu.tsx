import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import { useDismissal } from '../app/useDismissal.ts';
import type { ArrangementWish } from '../render/stage/arrangement.ts';
import type { SceneName } from '../render/stage/stageScenes.ts';
import type { StageSettings } from './stageSettings.ts';

const SEATS: readonly { wish: ArrangementWish; label: string; title: string }[] = [
  { wish: 'auto', label: 'Auto', title: 'A table for few, a circle for more, a theatre for many' },
  { wish: 'table', label: 'Table', title: 'Everybody at one table' },
  { wish: 'circle', label: 'Circle', title: 'Everybody around' },
  { wish: 'theatre', label: 'Theatre', title: 'Rising rows' },
  { wish: 'grid', label: 'Grid', title: 'A picture each, as in a call (G)' },
];
const ROOMS: readonly { scene: SceneName; label: string }[] = [
  { scene: 'studio', label: 'Studio' },
  { scene: 'loft', label: 'Loft' },
  { scene: 'evening', label: 'Evening' },
  { scene: 'plain', label: 'Plain' },
  { scene: 'transparent', label: 'None' },
];

/** How everybody is seated, in what room, and whether the camera turns: a card above its button. V opens it, G changes to the grid and back. */
export function ViewMenu({ settings }: { settings: StageSettings }) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const look = settings.look.value;
  const still = settings.still.value;

  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')) return;
      const key = event.key.toLowerCase();
      if (key === 'v') open.value = !open.value;
      if (key === 'g') settings.change({ arrangement: settings.look.peek().arrangement === 'grid' ? 'auto' : 'grid' });
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [settings]);

  useEffect(() => {
    if (open.value) root.current?.querySelector<HTMLElement>('[aria-checked=true]')?.focus();
  }, [open.value]);
  useDismissal(open, [root], button);

  return (
    <div class="tuning" ref={root}>
      <button
        ref={button} class="button button--quiet" type="button" data-testid="view" aria-expanded={open.value} aria-haspopup="dialog" aria-keyshortcuts="V"
        title="Seats and room (V)" aria-label="Seats and room" onClick={() => { open.value = !open.value; }}
      >
        <Icon name="view" /><span class="bar__label">View</span>
      </button>
      {open.value && (
        <div class="tuning__card view" role="dialog" aria-label="Seats and room">
          <span class="tuning__title" id="view-seats">Seats</span>
          <div class="view__choices" role="radiogroup" aria-labelledby="view-seats" onKeyDown={moveAmongChoices}>
            {SEATS.map(({ wish, label, title }) => (
              <button
                key={wish} type="button" role="radio" data-testid={`seats-${wish}`} aria-checked={look.arrangement === wish} tabIndex={look.arrangement === wish ? 0 : -1}
                title={title} onClick={() => settings.change({ arrangement: wish })}
              >{label}</button>
            ))}
          </div>
          <span class="tuning__title" id="view-room">Room</span>
          <div class="view__rooms" role="radiogroup" aria-labelledby="view-room" onKeyDown={moveAmongChoices}>
            {ROOMS.map(({ scene, label }) => (
              <button
                key={scene} type="button" role="radio" data-testid={`room-${scene}`} aria-checked={look.scene === scene} tabIndex={look.scene === scene ? 0 : -1}
                onClick={() => settings.change({ scene })}
              >
                <span class={`view__swatch view__swatch--${scene}`} style={scene === 'plain' ? { background: look.plainColor } : {}} aria-hidden="true" />{label}
              </button>
            ))}
          </div>
          {look.scene === 'plain' && (
            <label class="view__line">Colour<input type="color" value={look.plainColor} onInput={(event) => settings.change({ plainColor: event.currentTarget.value })} /></label>
          )}
          {look.scene === 'transparent' && <p class="view__note">People alone, on nothing: for recording this page over something else.</p>}
          <label class="view__line">
            <span>Turn to who speaks{still && <small>Off: your system asks for less motion</small>}</span>
            <input
              type="checkbox" data-testid="follow-speaker" disabled={still} checked={look.followSpeaker && !still}
              onChange={(event) => settings.change({ followSpeaker: event.currentTarget.checked })}
            />
          </label>
        </div>
      )}
    </div>
  );
}

/** As radio buttons do: the arrow keys move and choose. */
function moveAmongChoices(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  const choices = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('[role=radio]')];
  const next = choices[(choices.indexOf(document.activeElement as HTMLButtonElement) + step + choices.length) % choices.length];
  next?.click();
  next?.focus();
}
