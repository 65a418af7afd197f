import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The loop's delay is measured by a timer of its own: finer, it would wake an idle process a hundred times a second. */
const EVENT_LOOP_PRECISION_MS = 100;

/** The server's Prometheus metrics; one registry per app, so that several can live in one process. */
export class Metrics {
  readonly registry = new Registry();
  readonly rooms = this.#gauge('stipple_rooms', 'Open rooms');
  readonly participants = this.#gauge('stipple_participants', 'Seats taken, dropped connections included');
  readonly connections = this.#gauge('stipple_connections', 'Signalling connections');
  readonly transports = this.#gauge('stipple_transports', 'WebRTC transports');
  readonly dataConsumers = this.#gauge('stipple_data_consumers', 'Pose channels to receivers');
  readonly poseFrames = this.#counter('stipple_pose_frames_total', 'Pose frames that reached the relay and could be read');
  readonly poseFramesRejected = this.#counter('stipple_pose_frames_rejected_total', 'Messages on pose channels that were no pose frame');
  readonly poseFramesDropped = this.#counter('stipple_pose_frames_dropped_total', 'Pose frames dropped because a receiver was too slow');
  readonly motionBundles = this.#counter('stipple_motion_bundles_total', 'Motion bundles sent, counted for each viewer');
  readonly motionFramesDelivered = this.#counter('stipple_motion_frames_delivered_total', 'Motion frames in bundles sent, counted for each viewer');
  readonly motionSlowViewers = this.#gauge('stipple_motion_slow_viewers', 'Viewers whose link is too full for all that others get');
  readonly requests = this.#counter('stipple_requests_total', 'Signalling requests', ['request', 'outcome']);
  readonly rejoins = this.#counter('stipple_rejoins_total', 'Seats taken again after a dropped connection');
  readonly jobs = this.#counter('stipple_jobs_total', 'Ended avatar jobs', ['outcome']);
  readonly jobsWaiting = this.#gauge('stipple_jobs_waiting', 'Avatar jobs in the queue');
  readonly jobsRunning = this.#gauge('stipple_jobs_running', 'Avatar jobs at work');
  readonly jobSeconds = this.#histogram('stipple_job_seconds', 'Duration of finished avatar jobs, without waiting', [0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60]);
  readonly firstPointsSeconds = this.#histogram('stipple_job_first_points_seconds', 'From the whole portrait to a head\'s first points, waiting included', [0.5, 1, 1.5, 2, 3, 4, 6, 10, 20]);
  readonly storedAvatars = this.#gauge('stipple_stored_avatars', 'Avatars in the store');
  readonly storedBytes = this.#gauge('stipple_stored_bytes', 'Bytes of the avatars in the store');
  readonly workerCpuSeconds = this.#gauge('stipple_sfu_worker_cpu_seconds', 'CPU time of a relay worker since its start', ['worker']);
  readonly workerDeaths = this.#counter('stipple_sfu_worker_deaths_total', 'Relay workers that died');
  readonly httpRequests = this.#counter('stipple_http_requests_total', 'HTTP requests', ['method', 'status']);

  constructor(options: { processMetrics: boolean }) {
    // Event-loop delay, memory and CPU of this process.
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }

  #gauge<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}
