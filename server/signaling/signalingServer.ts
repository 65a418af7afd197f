import type { Server as HttpServer } from 'node:http';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { Server } from 'socket.io';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { SIGNALING_MESSAGE_MAX_BYTES } from '../../shared/protocol/limits.ts';
import type { ClientToServerEvents, ServerToClientEvents } from '../../shared/protocol/signaling.ts';
import type { AvatarJobs } from '../avatar/avatarJobs.ts';
import type { AvatarStore } from '../avatar/avatarStore.ts';
import type { ServerConfig } from '../config.ts';
import { RateBudget } from '../limits/rateBudget.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RoomRegistry } from '../room/roomRegistry.ts';
import type { OwnerTokens } from '../tokens/tokens.ts';
import { Connection } from './connection.ts';
import type { TypedSocket } from './connection.ts';
import { Dispatcher } from './dispatch.ts';
import { createHandlers } from './handlers.ts';
import { OwnerConnections } from './ownerConnections.ts';
import { PointsFeed } from './pointsFeed.ts';

export interface SignalingServerOptions {
  readonly httpServer: HttpServer;
  readonly config: ServerConfig;
  readonly ownerTokens: OwnerTokens;
  readonly rooms: RoomRegistry;
  readonly jobs: AvatarJobs;
  readonly store: AvatarStore;
  readonly metrics: Metrics;
  readonly log: Logger;
}

const FAREWELL_LIMIT_MS = 500;
/** Engine packets a second, of any kind and before anything is parsed, beyond which a connection is cut. */
const PACKETS_PER_SECOND = 100;
const PACKET_BURST = 400;

/** The socket.io edge: bounds what comes in, makes connections of sockets, clears up behind them. */
export class SignalingServer {
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents>;
  readonly #options: SignalingServerOptions;
  readonly #dispatcher: Dispatcher;
  readonly #owners: OwnerConnections;
  readonly #connections = new Set<Connection>();

  constructor(options: SignalingServerOptions) {
    const { config, jobs, metrics, log } = options;
    this.#options = options;
    this.#owners = new OwnerConnections({
      onGone: (ownerId) => jobs.ownerGone(ownerId),
      onBack: (ownerId) => jobs.ownerBack(ownerId),
    });
    const points = new PointsFeed({ rooms: options.rooms, owners: this.#owners, newest: (jobId) => jobs.points(jobId) });
    jobs.onStatus((ownerId, status) => {
      this.#owners.tell(ownerId, 'avatar:progress', { status });
      this.#showEnd(status);
    });
    jobs.onPoints((ownerId, { jobId }) => points.tell(ownerId, jobId));
    this.#dispatcher = new Dispatcher({
      handlers: createHandlers({ ...options, owners: this.#owners, points }),
      requestsPerSecond: config.signaling.requestsPerSecond, requestBurst: config.signaling.requestBurst, metrics, log,
    });
    this.#io = new Server(options.httpServer, {
      maxHttpBufferSize: SIGNALING_MESSAGE_MAX_BYTES,
      pingInterval: config.signaling.pingIntervalMs,
      pingTimeout: config.signaling.pingTimeoutMs,
      connectTimeout: config.signaling.helloTimeoutMs,
      serveClient: false,
      // Same origin only: no CORS headers.
      allowRequest: (_request, callback) => {
        const full = this.#io.engine.clientsCount >= config.maxConnections;
        callback(full ? 'the server has as many connections as it can hold' : null, !full);
      },
    });
    this.#io.engine.on('connection', (raw: RawSocket) => limitPackets(raw));
    this.#io.on('connection', (socket) => this.#accept(socket));
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Tells everyone why, and ends all connections. The HTTP server is closed by its owner. */
  async close(error: StippleError): Promise<void> {
    for (const connection of [...this.#connections]) connection.end(error);
    // What was said last has to get out before the sockets are cut.
    const limitMs = performance.now() + FAREWELL_LIMIT_MS;
    while (this.#io.engine.clientsCount > 0 && performance.now() < limitMs) await setTimeoutPromise(10);
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }

  #accept(socket: TypedSocket): void {
    const { config, metrics, log } = this.#options;
    const connection = new Connection(socket, log);
    this.#connections.add(connection);
    metrics.connections.set(this.#connections.size);
    const helloTimer = setTimeout(() => {
      if (connection.state.kind === 'new') connection.end(new StippleError('HELLO_REQUIRED'));
    }, config.signaling.helloTimeoutMs);
    helloTimer.unref();
    socket.onAny(this.#dispatcher.listenerFor(connection));
    socket.on('disconnect', () => {
      clearTimeout(helloTimer);
      this.#connections.delete(connection);
      metrics.connections.set(this.#connections.size);
      this.#clearUp(connection);
    });
  }

  /** Where a room watched the head being made it gets the finished one, or hears that none will come. */
  #showEnd(status: JobStatus): void {
    if (status.state === 'queued' || status.state === 'running') return;
    for (const { room, participant } of this.#options.rooms.makersOf(status.jobId)) {
      if (status.state === 'done') room.publishAvatar(participant, status.avatar);
      else room.showMaking(participant, undefined);
    }
  }

  #clearUp(connection: Connection): void {
    const { state } = connection;
    if (state.kind === 'joined') {
      connection.leftRoom();
      state.room.drop(state.participant, connection);
    }
    connection.state = { kind: 'ended' };
    if (state.kind !== 'new' && state.kind !== 'ended') this.#owners.remove(state.ownerId, connection);
  }
}

/** What is used of engine.io's socket. */
interface RawSocket {
  on(name: 'packet', listener: () => void): void;
  close(discard?: boolean): void;
}

function limitPackets(raw: RawSocket): void {
  const budget = new RateBudget({ perSecond: PACKETS_PER_SECOND, burst: PACKET_BURST, nowMs: () => performance.now() });
  raw.on('packet', () => {
    if (!budget.take()) raw.close(true);
  });
}
