import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ChildRequests } from '../childRequests.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { LinkCount } from '../impairment/impairedLink.ts';
import { readProcessUsage } from '../measure/processUsage.ts';
import type { BotPlan, BotSeat } from './bot.ts';
import type { BotCount, BotProcessMeasures, BotProcessMethods, BotProcessStart } from './botProcess.ts';
import type { MeasureWindow } from './viewerMeter.ts';

export interface FleetOptions extends Omit<BotProcessStart, 'seed'> {
  readonly processes: number;
  readonly seed: number;
}

const STOP_GRACE_MS = 6_000;
/** A hundred bots and more take their seats within this, even on a machine that has other work. */
const JOIN_LIMIT_MS = 120_000;

/** All bots of a load test, spread over a few processes. */
export class BotFleet {
  readonly #processes: ChildRequests<BotProcessMethods>[];
  /** Which process a bot lives in. */
  readonly #homes = new Map<number, ChildRequests<BotProcessMethods>>();

  private constructor(processes: ChildRequests<BotProcessMethods>[]) {
    this.#processes = processes;
  }

  static async start({ processes, seed, ...start }: FleetOptions): Promise<BotFleet> {
    const children = Array.from({ length: processes }, (_, index) => new ChildRequests<BotProcessMethods>(
      fork(join(import.meta.dirname, 'botProcess.ts'), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }), `bot process ${index}`));
    const fleet = new BotFleet(children);
    try {
      await Promise.all(children.map((child, index) => child.ask('start', { ...start, seed: seed + index })));
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Takes seats for all of them; the fleet's processes share the bots evenly. */
  async join(plans: readonly BotPlan[]): Promise<BotSeat[]> {
    const shares = new Map<ChildRequests<BotProcessMethods>, BotPlan[]>();
    for (const plan of plans) {
      const home = this.#processes[plan.botId % this.#processes.length]!;
      this.#homes.set(plan.botId, home);
      shares.set(home, [...shares.get(home) ?? [], plan]);
    }
    const seats = await Promise.all([...shares].map(([home, share]) => home.ask('join', { plans: share }, JOIN_LIMIT_MS)));
    return seats.flat();
  }

  async leave(botIds: readonly number[], polite = true): Promise<void> {
    const shares = new Map<ChildRequests<BotProcessMethods>, number[]>();
    for (const botId of botIds) {
      const home = this.#homes.get(botId);
      if (home === undefined) continue;
      this.#homes.delete(botId);
      shares.set(home, [...shares.get(home) ?? [], botId]);
    }
    await Promise.all([...shares].map(([home, share]) => home.ask('leave', { botIds: share, polite })));
  }

  get botIds(): number[] {
    return [...this.#homes.keys()];
  }

  /** Begins a window on the room clock; what was counted before is forgotten. */
  async begin(window: MeasureWindow): Promise<void> {
    await Promise.all(this.#processes.map((child) => child.ask('begin', window)));
  }

  /** Bytes and messages so far, without the histograms. */
  async counts(): Promise<BotCount[]> {
    return (await Promise.all(this.#processes.map((child) => child.ask('counts', undefined)))).flat();
  }

  async measures(): Promise<BotProcessMeasures[]> {
    return Promise.all(this.#processes.map((child) => child.ask('measures', undefined)));
  }

  async impair(botId: number, impairment: Impairment): Promise<void> {
    await this.#homes.get(botId)?.ask('impair', { botId, impairment });
  }

  /** What the links of an impairable bot carried: those of its receive and send transport, in the order they were made. */
  async linkCounts(botId: number): Promise<{ readonly down: LinkCount; readonly up: LinkCount }[]> {
    return await this.#homes.get(botId)?.ask('linkCounts', { botId }) ?? [];
  }

  /** CPU time of all bot processes so far. */
  cpuMicroseconds(): number {
    return this.#processes.reduce((sum, { pid }) => sum + readProcessUsage(pid).cpuMicroseconds, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map(async (child) => {
      await child.ask('stop', undefined, STOP_GRACE_MS).catch(() => undefined);
      await child.end(STOP_GRACE_MS);
    }));
    this.#homes.clear();
  }
}
