import { availableParallelism } from 'node:os';
import type { BotPlan, BotSeat } from './bots/bot.ts';
import { BotFleet } from './bots/botFleet.ts';
import { machineClockMs } from './clock.ts';
import { SeededRandom } from '../shared/math/seededRandom.ts';
import type { MotionLevel } from '../shared/motion/motionLevel.ts';
import { ServerHandle } from './server/serverHandle.ts';

export interface StageOptions {
  readonly relay: 'bundle' | 'plain';
  readonly workers: number | undefined;
  /** Seats a room has; bots may come and go within them. */
  readonly seatsPerRoom: number;
  readonly rooms: number;
  readonly trackFolder: string;
  readonly framesPerSecond: number;
  readonly seed: number;
  /** How many of the others a bot wants in full, and what of the rest. */
  readonly wantedInFull: number;
  readonly restLevel: MotionLevel;
  /** Faces that all bots together decode and play out; each at least one. */
  readonly watchedFaces: number;
  readonly note: (text: string) => void;
}

/** What differs between bots. */
export interface BotRole {
  readonly room: number;
  readonly group: string;
  readonly impairable?: boolean;
  /** Faces it plays out; default: its share of the stage's. */
  readonly watched?: number;
}

/** A server, the processes of the bots, and rooms: what a scenario plays on. */
export class Stage {
  readonly options: StageOptions;
  readonly server: ServerHandle;
  readonly fleet: BotFleet;
  readonly #random: SeededRandom;
  #nextBotId = 0;

  private constructor(options: StageOptions, server: ServerHandle, fleet: BotFleet) {
    this.options = options;
    this.server = server;
    this.fleet = fleet;
    this.#random = new SeededRandom(options.seed);
  }

  static async start(options: StageOptions): Promise<Stage> {
    options.note(`starting the server (${options.relay})`);
    // A seat is kept for a while after its bot has gone.
    const server = await ServerHandle.start({
      relay: options.relay, workers: options.workers, maxParticipants: Math.min(200, options.seatsPerRoom + 25), maxRooms: options.rooms + 10,
    });
    try {
      const fleet = await BotFleet.start({
        processes: Math.max(1, Math.min(4, availableParallelism())), seed: options.seed, serverUrl: server.url,
        roomClockOffsetMs: server.roomClockOffsetMs, trackFolder: options.trackFolder, framesPerSecond: options.framesPerSecond,
      });
      return new Stage(options, server, fleet);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The room clock, ms. */
  roomNowMs(): number {
    return machineClockMs() + this.server.roomClockOffsetMs;
  }

  /** Lets bots join, each with a recording and a rhythm of its own. */
  async join(roles: readonly BotRole[]): Promise<BotSeat[]> {
    const { options } = this;
    const share = Math.max(1, Math.round(options.watchedFaces / (options.rooms * options.seatsPerRoom)));
    const plans = roles.map((role): BotPlan => {
      const botId = this.#nextBotId++;
      return {
        botId, roomId: roomIdOf(role.room), group: role.group, track: botId, startFrame: this.#random.integer(900), phase: this.#random.next(),
        watched: role.watched ?? share, wantedInFull: options.wantedInFull, restLevel: options.restLevel, impairable: role.impairable ?? false,
      };
    });
    return this.fleet.join(plans);
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
    await this.server.stop();
  }
}

function roomIdOf(room: number): string {
  return `loadtest-${room}`;
}
