import { churn } from './churn.ts';
import type { Scenario } from './scenario.ts';
import { slowViewer } from './slowViewer.ts';
import { soak } from './soak.ts';
import { steadyRooms } from './steadyRooms.ts';

/** Every scenario by the name that `--scenario` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'room-4': steadyRooms('a room of 4', { rooms: 1, perRoom: 4 }),
  'room-25': steadyRooms('a room of 25', { rooms: 1, perRoom: 25 }),
  'room-100': steadyRooms('a room of 100, or as many as hold p95 ≤ 50 ms', { rooms: 1, perRoom: 100, holdP95Ms: 50 }),
  'rooms-50x4': steadyRooms('50 rooms of 4', { rooms: 50, perRoom: 4 }),
  churn,
  'slow-viewer': slowViewer,
  soak,
};
