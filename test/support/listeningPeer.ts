/**
 * A participant in a process of its own that only listens, so that a test can stop and continue it:
 * `node listeningPeer.ts URL ROOM_ID`. Sends its parent the age of each frame on arrival, milliseconds, by the frame's
 * capture time (`Date.now()` modulo 2^32).
 */
import { decodePoseFrame, timestampDistanceMs } from '../../shared/protocol/poseFrame.ts';
import { PosePeer } from './posePeer.ts';

const [url, roomId] = process.argv.slice(2);
const peer = await PosePeer.join(url!, roomId!, 'Listener');
peer.onMessage = (_participantId, bytes) => {
  const { captureTimestampMs, sequenceNumber } = decodePoseFrame(bytes);
  process.send?.({ sequenceNumber, ageMs: timestampDistanceMs(Date.now() % 2 ** 32, captureTimestampMs) });
};
process.send?.('joined');
