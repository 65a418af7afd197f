import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import { AvatarPlayer } from './avatarPlayer.ts';
import { CameraDial } from './CameraDial.tsx';
import type { TurnDial } from './CameraDial.tsx';
import type { GalleryPerson } from './catalogue.ts';
import type { DrivingMoment } from './drivingClip.ts';
import { sampleDrivingClip } from './drivingClip.ts';
import { strongestParts } from './expressionWords.ts';
import type { GalleryFiles } from './galleryFiles.ts';
import { Pager, around, usePaging } from './Pager.tsx';

/** `film` where the browser draws no WebGL 2, or an avatar cannot be had: the recorded film plays. */
type Shown = { kind: 'loading' } | { kind: 'live' } | { kind: 'film' } | { kind: 'failed'; message: string };

const PARTS_SHOWN = 4;

/** Portrait, the avatar moving, and what drives it; one person at a time. */
export function Showcase({ people, files, fullQuality }: { people: readonly GalleryPerson[]; files: GalleryFiles; fullQuality: boolean }) {
  const index = useSignal(0);
  const person = people[index.value]!;
  const shown = useSignal<Shown>({ kind: 'loading' });
  const still = useMemo(() => matchMedia('(prefers-reduced-motion: reduce)').matches, []);
  const playing = useSignal(!still);
  const readout = useSignal<DrivingMoment>(sampleDrivingClip(person.clip, 0));
  const section = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const sketch = useRef<HTMLCanvasElement>(null);
  const film = useRef<HTMLVideoElement>(null);
  const turnDial = useRef<TurnDial | undefined>(undefined);
  const player = useSignal<AvatarPlayer | undefined>(undefined);
  const choose = (wanted: number): void => { index.value = around(wanted, people.length); };
  usePaging(section, (by) => choose(index.value + by));

  useEffect(() => {
    let gone = false;
    let opened: AvatarPlayer | undefined;
    void AvatarPlayer.open({
      frame: frame.current!, sketch: sketch.current!, fullQuality,
      onReadout: (moment) => { readout.value = moment; },
      onCamera: (yaw, pitch) => turnDial.current?.(yaw, pitch),
    }).then((made) => {
      opened = made;
      if (gone) return made.dispose();
      made.playing = playing.value;
      player.value = made;
    }, (error: unknown) => {
      console.error('gallery', error);
      shown.value = { kind: 'failed', message: 'The drawing code could not be loaded.' };
    });
    return () => {
      gone = true;
      opened?.dispose();
    };
  }, []);

  useEffect(() => {
    const stage = player.value;
    if (!stage) return undefined;
    let gone = false;
    stage.clear();
    shown.value = { kind: 'loading' };
    const live = async (): Promise<void> => {
      const loaded = await files.avatar(person);
      if (gone) return;
      stage.show(loaded, person.clip);
      shown.value = { kind: 'live' };
      // Whoever comes next is fetched while this one is looked at.
      void files.avatar(people[around(index.value + 1, people.length)]!).catch(() => undefined);
    };
    const recorded = async (): Promise<void> => {
      if (!person.film) throw new Error('This browser could not draw the avatar (WebGL 2 is needed).');
      shown.value = { kind: 'film' };
      const rig = await files.rig();
      if (!gone && film.current) stage.follow(film.current, person.clip, rig);
    };
    (stage.canDrawLive ? live().catch((error: unknown) => (person.film ? recorded() : Promise.reject(error))) : recorded()).catch((error: unknown) => {
      if (!gone) shown.value = { kind: 'failed', message: error instanceof Error ? error.message : 'The avatar could not be loaded.' };
    });
    return () => { gone = true; };
  }, [player.value, person]);

  const toggle = (): void => {
    playing.value = !playing.value;
    if (player.value) player.value.playing = playing.value;
  };
  const state = shown.value;
  return (
    <section class="showcase" ref={section} data-paging aria-roledescription="carousel" aria-label="People" data-state={state.kind} data-person={person.id}>
      <div class="showcase__slide" role="group" aria-roledescription="slide" aria-label={`${person.name}, ${index.value + 1} of ${people.length}`}>
        <figure class="showcase__portrait">
          <img key={person.id} src={files.url(person.portrait)} alt={person.alt || `Portrait of ${person.name}`} />
          <figcaption>Portrait</figcaption>
        </figure>
        <figure class="showcase__avatar">
          <div class={`showcase__canvas showcase__canvas--${state.kind}`} ref={frame} role="img" aria-label={`The avatar of ${person.name}, ${playing.value ? 'moving' : 'still'}`}>
            {state.kind === 'film' && person.film && (
              <video
                key={person.id} ref={film} src={files.url(person.film.file)} poster={files.url(person.film.poster)} muted loop playsInline
                autoPlay={playing.value} preload="auto" tabIndex={-1}
              />
            )}
          </div>
          {state.kind === 'loading' && <p class="showcase__wait"><span class="spinner" /><span class="visually-hidden">Loading</span></p>}
          {state.kind === 'failed' && <p class="showcase__failure" role="alert">{state.message}</p>}
          <figcaption>{state.kind === 'film' ? 'Avatar · recorded' : 'Avatar · live'}</figcaption>
          <button class="button button--icon showcase__play" type="button" aria-label={playing.value ? 'Pause' : 'Play'} onClick={toggle}><Icon name={playing.value ? 'pause' : 'play'} /></button>
        </figure>
        <Driving moment={readout.value} sketch={sketch} connect={(turn) => { turnDial.current = turn; }} />
      </div>
      <Pager
        what="people" names={people.map(({ name }) => name)} index={index.value} choose={choose}
        dot={(at) => <img src={files.url(people[at]!.portrait)} alt="" loading="lazy" width={52} height={52} draggable={false} />}
      >
        <p class="pager__name" aria-live="polite">{person.name}<span class="visually-hidden">, {index.value + 1} of {people.length}. {person.alt}</span></p>
        <p class="pager__facts">{facts(person)}</p>
      </Pager>
    </section>
  );
}

function Driving({ moment, sketch, connect }: {
  moment: DrivingMoment; sketch: { current: HTMLCanvasElement | null }; connect: (turn: TurnDial | undefined) => void;
}) {
  const parts = strongestParts(moment.pose.blendshapeWeights, PARTS_SHOWN);
  return (
    <figure class="showcase__driving">
      <figcaption>Expression and camera</figcaption>
      <canvas ref={sketch} class="driving__sketch" role="img" aria-label="The rig’s landmarks in the driving expression, seen from the driving camera" />
      {/* The figures change ten times a second: nothing to read aloud. */}
      <div class="driving__figures" aria-hidden="true">
        <ul class="driving__parts">
          {Array.from({ length: PARTS_SHOWN }, (_, at) => parts[at]).map((part, at) => (
            <li key={at} class={part ? '' : 'driving__part--none'}>
              <span>{part?.words ?? (at === 0 ? 'At rest' : '')}</span>
              <span class="driving__bar"><span style={{ transform: `scaleX(${(part?.weight ?? 0).toFixed(3)})` }} /></span>
            </li>
          ))}
        </ul>
        <div class="driving__camera">
          <CameraDial connect={connect} />
          <dl>
            <div><dt>Camera</dt><dd>{angle(moment.cameraYawRadians, 'left', 'right')}</dd><dd>{angle(moment.cameraPitchRadians, 'above', 'below')}</dd></div>
            <div><dt>Head</dt><dd>{angle(moment.headYawRadians, 'left', 'right')}</dd><dd>{angle(moment.headPitchRadians, 'down', 'up')}</dd></div>
          </dl>
        </div>
      </div>
    </figure>
  );
}

function angle(radians: number, positive: string, negative: string): string {
  const degrees = Math.round(radians * 180 / Math.PI);
  return degrees === 0 ? '0°' : `${Math.abs(degrees)}° ${degrees > 0 ? positive : negative}`;
}

function facts({ avatar }: GalleryPerson): string {
  const count = (value: number): string => value.toLocaleString('en');
  return [
    ...(avatar.points === undefined ? [] : [`${count(avatar.points)} points`]), `${count(avatar.splats)} splats`,
    `${Math.round(avatar.bytes / 1000)} kB`,
  ].join(' · ');
}
