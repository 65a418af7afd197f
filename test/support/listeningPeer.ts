/**
 * A participant in a process of its own that only listens, so that a test can stop and continue it:
 * `node listeningPeer.ts URL ROOM_ID`. Sends its parent the number in each test frame (`testFrames.ts`) on arrival.
 */
import { PosePeer } from './posePeer.ts';
import { numberOf } from './testFrames.ts';

const [url, roomId] = process.argv.slice(2);
const peer = await PosePeer.join(url!, roomId!, 'Listener');
peer.onMessage = (_participantId, bytes) => process.send?.({ number: numberOf(bytes) });
process.send?.('joined');
