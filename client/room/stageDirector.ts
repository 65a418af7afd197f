import { effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import type { PlayedPose } from '../playout/playoutBuffer.ts';
import type { Stage } from '../render/stage/stage.ts';
import { hasHardwareGraphics } from '../tracking/graphicsProbe.ts';
import type { HeadsInTheMaking } from '../rig/headsInTheMaking.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import type { FaceSight } from './interestPlanner.ts';
import type { Participant } from './participant.ts';
import type { PoseDriver } from './poseDriver.ts';
import type { RoomSession } from './roomSession.ts';
import { StageGestures } from './stageGestures.ts';
import type { StageSettings } from './stageSettings.ts';

/** What the panel shows of motion and drawing. */
export interface StageFigures {
  /** Largest over the others. */
  readonly playoutDelayMs: number | undefined;
  /** From the camera's picture to this screen, largest over the others. */
  readonly latencyMs: number | undefined;
  readonly framesPerSecond: number;
  readonly splatsShown: number;
}

/** What somebody is seen as just now: a state of a head in the making, or an avatar. */
interface Shown {
  /** Changes whenever something else is to be seen. */
  readonly key: string;
  readonly avatar: LoadedAvatar;
  /** Room clock when the server had the portrait of a head in the making. */
  readonly uploadedAtMs: number | undefined;
}

/** Where a frame takes longer, the page gets a pause before the next one: signalling and tracking must not starve. */
const SLOW_FRAME_MS = 60;
const LONGEST_PAUSE_MS = 200;
/** Where the processor draws, it draws no more often than faces come: the other half of its time is the tracker's. */
const SOFTWARE_FRAME_MS = 33;
const WATCH_INTERVAL_MS = 300;

/** Runs the frame clock: asks everyone's playout for the pose of this moment and has the stage drawn with it. */
export class StageDirector {
  readonly #session: RoomSession;
  readonly #driver: PoseDriver;
  readonly #diagnostics: DiagnosticsRecorder;
  /** Whom the viewer chose to look at. */
  readonly chosen = signal<string | undefined>(undefined);
  readonly #fullQuality: ReadonlySignal<boolean>;
  readonly #settings: StageSettings;
  readonly #making: HeadsInTheMaking;
  readonly #labels = new Map<string, HTMLElement>();
  readonly #shown = new Map<string, Shown>();
  /** Seen for the first time in the next frame. */
  readonly #unseen = new Set<string>();
  #stage: Stage | undefined;
  #mirror: CanvasRenderingContext2D | undefined;
  #frame = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;
  #leastFrameMs = 0;
  #stopWatching: (() => void) | undefined;
  #latencyMs: number | undefined;
  #frameTimes: number[] = [];
  #shownReflection: Shown | undefined;

  /** @param fullQuality draw every point in every pixel, whatever the pace */
  constructor(session: RoomSession, driver: PoseDriver, diagnostics: DiagnosticsRecorder, making: HeadsInTheMaking, fullQuality: ReadonlySignal<boolean>, settings: StageSettings) {
    this.#settings = settings;
    this.#making = making;
    this.#fullQuality = fullQuality;
    this.#session = session;
    this.#driver = driver;
    this.#diagnostics = diagnostics;
  }

  /** Begins to draw into a container. @throws Error where WebGL 2 cannot be had. */
  async attach(container: HTMLElement): Promise<void> {
    const { Stage } = await import('../render/stage/stage.ts');
    if (this.#disposed) return;
    const software = !hasHardwareGraphics();
    this.#leastFrameMs = software ? SOFTWARE_FRAME_MS : 0;
    const stage = Stage.in(container, { software });
    this.#stage = stage;
    this.#session.voice.placeOf = (participantId) => stage.seatPosition(participantId);
    const watching = setInterval(this.#watch, WATCH_INTERVAL_MS);
    document.addEventListener('visibilitychange', this.#watch);
    const stop = [
      () => clearInterval(watching),
      () => document.removeEventListener('visibilitychange', this.#watch),
      effect(() => this.#reseat(this.#session.participants.value)),
      effect(() => { stage.fullQuality = this.#fullQuality.value; }),
      effect(() => { stage.look = this.#settings.look.value; }),
      effect(() => { stage.still = this.#settings.still.value; }),
      effect(() => { stage.choose(this.chosen.value); }),
      effect(() => {
        stage.setSpeaking(this.#session.participants.value.flatMap(({ isSelf, speaking, participantId }) => (!isSelf && speaking.value ? [participantId] : [])));
      }),
      new StageGestures(container, {
        personAt: (x, y) => stage.personAt(x, y), choose: (id) => this.choose(id), pull: (pull) => { stage.pull = pull; },
      }).listen(),
    ];
    this.#stopWatching = () => { for (const end of stop) end(); };
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /** Looks at somebody until further notice, or with who is looked at already, or undefined, at everybody again. */
  choose(participantId: string | undefined): void {
    const id = participantId === this.chosen.peek() ? undefined : participantId;
    if (id === this.chosen.peek()) return;
    this.chosen.value = id;
    const name = this.#session.participants.peek().find((participant) => participant.participantId === id)?.displayName;
    this.#session.announcement.value = name === undefined ? 'Looking at everybody.' : `Looking at ${name}.`;
  }

  /** The canvas that shows the own avatar. Returns how to stop. */
  showSelfIn(canvas: HTMLCanvasElement | undefined): () => void {
    this.#mirror = canvas?.getContext('2d') ?? undefined;
    return () => { this.#mirror = undefined; };
  }

  /** The element that follows somebody's avatar; undefined when it goes. */
  labelFor(participantId: string, element: HTMLElement | undefined): void {
    if (element) this.#labels.set(participantId, element);
    else this.#labels.delete(participantId);
  }

  figures(): StageFigures {
    const others = this.#session.participants.value.filter((participant) => !participant.isSelf);
    const times = this.#frameTimes;
    const spanMs = times.length > 1 ? times.at(-1)! - times[0]! : 0;
    return {
      playoutDelayMs: others.length > 0 ? Math.max(...others.map((participant) => participant.playout.delayMs)) : undefined,
      latencyMs: this.#latencyMs,
      framesPerSecond: spanMs > 0 ? ((times.length - 1) / spanMs) * 1000 : 0,
      splatsShown: this.#stage?.splatsShown ?? 0,
    };
  }

  dispose(): void {
    this.#disposed = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#pause);
    this.#stopWatching?.();
    this.#stage?.dispose();
    this.#stage = undefined;
  }

  /** Runs whenever somebody comes, goes, or is to be seen as something else. */
  #reseat(participants: readonly Participant[]): void {
    const stage = this.#stage;
    if (!stage) return;
    const others = participants.filter((participant) => !participant.isSelf);
    if (!others.some(({ participantId }) => participantId === this.chosen.peek())) this.chosen.value = undefined;
    stage.setSeats(others.map((participant) => participant.participantId));
    for (const id of [...this.#shown.keys()]) if (!others.some((other) => other.participantId === id)) this.#shown.delete(id);
    for (const participant of participants) {
      const { participantId, isSelf } = participant;
      const wanted = this.#wanted(participant);
      const present = isSelf ? this.#shownReflection : this.#shown.get(participantId);
      if (wanted === 'same' || wanted?.key === present?.key) continue;
      if (isSelf) {
        this.#shownReflection = wanted;
        stage.setReflection(wanted?.avatar);
      } else if (wanted) {
        this.#shown.set(participantId, wanted);
        this.#unseen.add(participantId);
        stage.setAvatar(participantId, wanted.avatar);
      } else {
        this.#shown.delete(participantId);
        stage.removeAvatar(participantId);
      }
    }
  }

  /** What somebody is to be seen as. 'same': as before, until what comes next is here. */
  #wanted({ makingJobId, avatar }: Participant): Shown | 'same' | undefined {
    const step = makingJobId.value === undefined ? undefined : this.#making.of(makingJobId.value).step.value;
    if (step) return { key: `${step.jobId} ${step.batch}`, avatar: step.avatar, uploadedAtMs: step.uploadedAtMs };
    const load = avatar.value;
    if (load.state === 'ready') return { key: load.ref.hash, avatar: load.avatar, uploadedAtMs: undefined };
    return load.state === 'loading' ? 'same' : undefined;
  }

  readonly #draw = (nowMs: number): void => {
    const startMs = performance.now();
    try {
      this.#drawFrame(nowMs);
    } finally {
      const spentMs = performance.now() - startMs;
      // The next refresh is up to 16 ms after the pause.
      const pauseMs = spentMs < SLOW_FRAME_MS ? this.#leastFrameMs - spentMs - 8 : Math.min(spentMs / 2, LONGEST_PAUSE_MS);
      if (pauseMs <= 0) this.#frame = requestAnimationFrame(this.#draw);
      else this.#pause = setTimeout(() => { this.#frame = requestAnimationFrame(this.#draw); }, pauseMs);
    }
  };

  #drawFrame(nowMs: number): void {
    const stage = this.#stage;
    if (!stage) return;
    const roomNowMs = this.#session.clock.nowMs();
    let latencyMs: number | undefined;
    for (const participant of this.#session.participants.value) {
      if (participant.isSelf) continue;
      const { participantId, playout } = participant;
      const played = playout.sample(roomNowMs);
      if (played.state === 'interpolated' || played.state === 'extrapolated') latencyMs = Math.max(latencyMs ?? 0, roomNowMs - played.mediaTimeMs);
      stage.setPose(participantId, played.pose);
      this.#record(participant, played, roomNowMs - played.mediaTimeMs, stage);
    }
    this.#latencyMs = latencyMs;
    stage.setReflectedPose(this.#driver.pose);
    stage.draw(nowMs, this.#mirror);
    for (const participantId of this.#unseen) this.#recordFirstSight(participantId, roomNowMs, stage);
    this.#unseen.clear();
    this.#placeLabels(stage);
    this.#frameTimes.push(nowMs);
    while (this.#frameTimes.length > 1 && nowMs - this.#frameTimes[0]! > 2000) this.#frameTimes.shift();
    this.#diagnostics.count('framesDrawn');
    this.#diagnostics.status('arrangement', stage.arrangement);
    this.#diagnostics.status('lookingAt', stage.focusedOn);
  }

  #recordFirstSight(participantId: string, roomNowMs: number, stage: Stage): void {
    const shown = this.#shown.get(participantId);
    if (!shown) return;
    this.#diagnostics.seen(participantId, {
      key: shown.key, atMs: roomNowMs, splats: stage.splatsShownOf(participantId),
      sinceUploadMs: shown.uploadedAtMs === undefined ? undefined : this.#session.clock.nowMs() - shown.uploadedAtMs,
    });
  }

  #record({ participantId, playout, slot }: Participant, played: PlayedPose, ageMs: number, stage: Stage): void {
    this.#diagnostics.applied(participantId, played, ageMs);
    const remote = this.#diagnostics.remote(participantId);
    remote.late = playout.counters.late;
    remote.playoutDelayMs = playout.delayMs;
    remote.splatsShown = stage.splatsShownOf(participantId);
    remote.wishedLevel = this.#session.motion.wishedLevel(slot);
  }

  /** Looks around now and then: who is near and large is worth every frame, who is not on the screen hardly any. */
  readonly #watch = (): void => {
    const stage = this.#stage;
    if (!stage) return;
    // For who has no head yet the server chooses.
    const sights = this.#session.participants.peek().flatMap(({ isSelf, participantId, slot, speaking }): FaceSight[] => {
      const sight = isSelf ? undefined : stage.sightOf(participantId);
      return sight ? [{ slot, ...sight, speaking: speaking.peek() }] : [];
    });
    this.#session.motion.watch(sights, document.visibilityState !== 'hidden');
  };

  #placeLabels(stage: Stage): void {
    for (const [participantId, element] of this.#labels) {
      const place = stage.labelPlace(participantId);
      if (!place) continue;
      element.style.transform = `translate(${place.x.toFixed(1)}px, ${place.y.toFixed(1)}px)`;
      element.classList.add('label--placed');
    }
  }
}
