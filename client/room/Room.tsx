import { effect, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Icon, Mark } from '../app/Icon.tsx';
import type { AppState } from '../app/appState.ts';
import { roomLink } from '../app/route.ts';
import { SoundBlocked } from '../voice/VoiceButton.tsx';
import { ControlBar } from './ControlBar.tsx';
import { LinkPanel } from './LinkPanel.tsx';
import { PoseDriver } from './poseDriver.ts';
import type { RoomSession } from './roomSession.ts';
import { SelfView } from './SelfView.tsx';
import { StageView } from './StageView.tsx';
import { StageDirector } from './stageDirector.ts';
import { StageSettings } from './stageSettings.ts';

/** The room: everyone's avatar on one stage, the own one in a mirror, and what one needs at hand. */
export function Room({ state }: { state: AppState }) {
  const session = state.session.value!;
  const driver = useMemo(() => new PoseDriver(seedOf(session.roomId), (sample) => session.publish(sample)), [session]);
  const settings = useMemo(() => new StageSettings(), []);
  const director = useMemo(() => new StageDirector(session, driver, state.diagnostics, state.making, state.fullQuality, settings), [session]);
  const panelOpen = useSignal(false);

  useEffect(() => {
    document.title = `${session.roomId} · Stipple`;
    void driver.startCamera(matchMedia('(pointer: fine)').matches ? 'pointer' : 'clip');
    let shownJobId = session.self.peek()?.makingJobId.peek();
    session.voice.onReading = (reading) => driver.voice.hear(reading);
    const stop = [
      session.voice.microphone.subscribe(({ state: now }) => {
        driver.speaksByVoice = now === 'on';
        state.diagnostics.status('microphone', now);
      }),
      driver.camera.subscribe((camera) => state.diagnostics.status('camera', camera.state)),
      effect(() => {
        const self = session.self.value;
        const avatar = self?.avatar.value;
        const jobId = self?.makingJobId.value;
        if (avatar?.state === 'ready') driver.useRig(avatar.avatar.rig);
        const growing = jobId === undefined ? undefined : state.making.of(jobId).step.value;
        if (growing) driver.useRig(growing.avatar.rig);
      }),
      // A new portrait, chosen in here: everyone may watch.
      effect(() => {
        const { jobId } = state.portrait;
        if (jobId !== undefined && jobId !== shownJobId && session.state.value === 'live') {
          shownJobId = jobId;
          void session.showJob(jobId).catch((error: unknown) => console.warn('the new avatar is not shown', error));
        }
      }),
      driver.mode.subscribe((mode) => state.diagnostics.status('drive', mode)),
    ];
    const end = (): void => {
      director.dispose();
      driver.close();
    };
    // A stay that is over turns the camera off at once, whatever is still on the screen.
    stop.push(session.state.subscribe((now) => { if (now === 'closed') end(); }));
    return () => {
      for (const unsubscribe of stop) unsubscribe();
      end();
    };
  }, [session]);

  const roomState = session.state.value;
  if (roomState === 'closed') return <Closed state={state} session={session} />;
  const others = session.participants.value.filter((participant) => !participant.isSelf);

  const { scene } = settings.look.value;
  return (
    <div class={`room room--${scene}`}>
      <StageView director={director} participants={others} />
      <header class="room__top">
        <span class="wordmark"><Mark />Stipple</span>
        <div class="room__where">
          <span class="chip"><Icon name="people" /><span>{others.length + 1}<span class="visually-hidden"> in the room</span></span></span>
          <CopyLink roomId={session.roomId} />
        </div>
      </header>
      {roomState === 'live' && others.length === 0 && <Alone roomId={session.roomId} />}
      {roomState !== 'live' && <Banner session={session} />}
      {roomState === 'live' && <SoundBlocked voice={session.voice} />}
      {panelOpen.value && <LinkPanel session={session} director={director} driver={driver} fullQuality={state.fullQuality} close={() => { panelOpen.value = false; }} />}
      <SelfView driver={driver} director={director} flow={state.portrait} self={session.self.value} token={state.connection.ownerToken} />
      <ControlBar driver={driver} voice={session.voice} settings={settings} panelOpen={panelOpen} leave={() => void state.leave()} />
      <p class="visually-hidden" aria-live="polite">{session.announcement.value}</p>
    </div>
  );
}

function Banner({ session }: { session: RoomSession }) {
  const joining = session.state.value === 'joining';
  return (
    <div class={joining ? 'banner banner--joining' : 'banner'} role="status">
      <span class="spinner" />
      {joining ? 'Taking your seat' : 'Connection lost. Getting your seat back.'}
    </div>
  );
}

function Alone({ roomId }: { roomId: string }) {
  return (
    <div class="alone">
      <h2>The room is yours</h2>
      <p>Nobody else is here yet. Send them the link.</p>
      <CopyLink roomId={roomId} prominent />
    </div>
  );
}

function CopyLink({ roomId, prominent = false }: { roomId: string; prominent?: boolean }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(roomLink(roomId));
    } catch {
      // No clipboard (an insecure origin): show the link where it can be copied by hand.
      prompt('The link to this room:', roomLink(roomId));
      return;
    }
    copied.value = true;
    setTimeout(() => { copied.value = false; }, 2000);
  };
  return (
    <button class={`button copy-link ${prominent ? 'button--primary button--large' : ''}`} type="button" data-testid="copy-link" onClick={() => void copy()}>
      <Icon name={copied.value ? 'check' : 'link'} />
      <span class="copy-link__words" aria-live="polite">{copied.value ? 'Link copied' : prominent ? 'Copy the link' : roomId}</span>
      {!prominent && <span class="visually-hidden">: copy the link to this room</span>}
    </button>
  );
}

function Closed({ state, session }: { state: AppState; session: RoomSession }) {
  const error = session.error.value;
  const back = (): void => { state.session.value = undefined; };
  return (
    <div class="room room--closed">
      <div class="closed" role="alert">
        <h1>{error ? 'This room is over for you' : 'You have left'}</h1>
        <p>{error?.message ?? 'See you next time.'}</p>
        <button class="button button--primary button--large" type="button" onClick={back}><Icon name="arrow" />Back to the lobby</button>
      </div>
    </div>
  );
}

/** Different rooms idle differently; one page's clips need no secrecy. */
function seedOf(text: string): number {
  let hash = Math.floor(Math.random() * 1e6);
  for (const character of text) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
  return hash % 100_000;
}
