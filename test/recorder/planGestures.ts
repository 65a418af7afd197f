import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { MotionKind } from '../../shared/motion/motionTrack.ts';
import type { Gesture, ShapeWeights } from './gesture.ts';
import { bothSides } from './gesture.ts';
import type { Temperament } from './performance.ts';

/** Mouth shapes of speech by vowel and consonant class, for a calm voice: ah, eh, ee, oh, oo, m, f, s, r, l. */
const VISEMES: readonly ShapeWeights[] = [
  { jawOpen: 0.4, ...bothSides('mouthLowerDown', 0.24), ...bothSides('mouthUpperUp', 0.12) },
  { jawOpen: 0.26, ...bothSides('mouthLowerDown', 0.2), ...bothSides('mouthStretch', 0.15) },
  { jawOpen: 0.16, ...bothSides('mouthStretch', 0.28), ...bothSides('mouthSmile', 0.2), ...bothSides('mouthUpperUp', 0.12) },
  { jawOpen: 0.24, mouthFunnel: 0.46, mouthPucker: 0.18 },
  { jawOpen: 0.1, mouthPucker: 0.55, mouthFunnel: 0.16 },
  { ...bothSides('mouthPress', 0.35), mouthRollLower: 0.18, mouthRollUpper: 0.14, mouthClose: 0.05 },
  { jawOpen: 0.08, mouthRollLower: 0.3, ...bothSides('mouthUpperUp', 0.18) },
  { jawOpen: 0.1, mouthShrugUpper: 0.14, ...bothSides('mouthLowerDown', 0.16), ...bothSides('mouthStretch', 0.1) },
  { jawOpen: 0.16, mouthFunnel: 0.3, mouthShrugUpper: 0.12 },
  { jawOpen: 0.22, ...bothSides('mouthLowerDown', 0.12) },
];

/** All that somebody does in `lengthMs`, in no particular order. */
export function planGestures(kind: MotionKind, random: SeededRandom, lengthMs: number, temperament: Temperament): Gesture[] {
  const gestures = planBlinks(random, lengthMs, temperament);
  if (kind === 'talking') gestures.push(...planSpeech(random, lengthMs, temperament), ...planGlances(random, lengthMs, temperament, 0.7), ...planSmiles(random, lengthMs, temperament, [4500, 9000]));
  if (kind === 'laughing') gestures.push(...planLaughter(random, lengthMs, temperament), ...planGlances(random, lengthMs, temperament, 0.6));
  if (kind === 'nodding') gestures.push(...planNods(random, lengthMs, temperament), ...planSmiles(random, lengthMs, temperament, [3500, 7000]), ...planGlances(random, lengthMs, temperament, 0.4));
  if (kind === 'looking') gestures.push(...planGlances(random, lengthMs, temperament, 1.8), ...planSmiles(random, lengthMs, temperament, [6000, 11_000]));
  if (kind === 'still') gestures.push(...planFixations(random, lengthMs));
  return gestures;
}

function planBlinks(random: SeededRandom, lengthMs: number, { pace }: Temperament): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(700, 2600); t < lengthMs; t += random.between(1900, 5400) / pace) {
    for (const offset of random.next() < 0.12 ? [0, 300] : [0]) {
      gestures.push({
        startMs: t + offset, riseMs: random.between(70, 100), holdMs: random.between(20, 60), fallMs: random.between(120, 190),
        weights: { ...bothSides('eyeBlink', 1), ...bothSides('eyeSquint', 0.16), ...bothSides('browDown', 0.06) },
      });
    }
  }
  return gestures;
}

/** Phrases of syllables; stressed ones come with a nod and lifted brows, pauses with a closed mouth. */
function planSpeech(random: SeededRandom, lengthMs: number, { liveliness, pace, lopsidedness }: Temperament): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(300, 900); t < lengthMs;) {
    const syllables = 5 + random.integer(14);
    for (let i = 0; i < syllables && t < lengthMs; i++) {
      const spacing = random.between(110, 220) / pace;
      const stressed = random.next() < 0.24;
      const amount = liveliness * (stressed ? random.between(1.15, 1.45) : random.between(0.6, 1));
      const shape = VISEMES[random.integer(VISEMES.length)]!;
      gestures.push({
        // Neighbours overlap, as mouths move on to the next sound before one is over.
        startMs: t - spacing * 0.25, riseMs: spacing * 0.7, holdMs: spacing * random.between(0.1, 0.3), fallMs: spacing * 0.8,
        weights: leaning(shape, amount, lopsidedness),
      });
      if (stressed) {
        gestures.push({
          startMs: t - 80, riseMs: random.between(140, 220), holdMs: random.between(40, 120), fallMs: random.between(250, 420),
          turn: [random.between(-0.04, 0.04), random.between(0.03, 0.09) * liveliness, random.between(-0.02, 0.02)], shift: [0, -0.0015, 0.003 * liveliness],
          ...(random.next() < 0.6 && { weights: { browInnerUp: 0.28 * liveliness, ...bothSides('browOuterUp', 0.2 * liveliness, lopsidedness) } }),
        });
      }
      t += spacing;
    }
    t += random.between(250, 1300);
  }
  return gestures;
}

/** A smile that opens, then bursts at four to five a second that shake head and shoulders and die down. */
function planLaughter(random: SeededRandom, lengthMs: number, { liveliness, pace, lopsidedness }: Temperament): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(500, 1500); t < lengthMs;) {
    const bursts = 6 + random.integer(9);
    const spacing = random.between(190, 250) / pace;
    const holdMs = bursts * spacing;
    const warmth = Math.min(0.95, random.between(0.65, 0.85) * liveliness);
    gestures.push({
      startMs: t, riseMs: 380, holdMs, fallMs: random.between(900, 1700), turn: [random.between(-0.1, 0.1), random.between(-0.16, 0.1), random.between(-0.09, 0.09)],
      shift: [0, random.between(-0.006, 0.004), random.between(-0.015, 0.01)],
      weights: {
        ...bothSides('mouthSmile', warmth, lopsidedness * 0.4), ...bothSides('cheekSquint', warmth * 0.7), ...bothSides('eyeSquint', warmth * 0.55),
        ...bothSides('mouthUpperUp', warmth * 0.35), ...bothSides('mouthDimple', 0.12), jawOpen: 0.14 * liveliness, ...bothSides('noseSneer', 0.12),
      },
    });
    for (let burst = 0; burst < bursts; burst++) {
      const fading = 1 - (0.6 * burst) / bursts;
      gestures.push({
        startMs: t + 200 + burst * spacing, riseMs: spacing * 0.4, holdMs: 0, fallMs: spacing * 0.6, turn: [0, -0.035 * fading * liveliness, 0], shift: [0, 0.004 * fading, 0],
        weights: { jawOpen: random.between(0.18, 0.34) * fading * liveliness, ...bothSides('mouthLowerDown', 0.15 * fading), ...bothSides('browDown', 0.1 * fading) },
      });
    }
    if (random.next() < 0.6) {
      gestures.push({ startMs: t + 350, riseMs: 200, holdMs: random.between(200, 900), fallMs: 260, weights: bothSides('eyeBlink', random.between(0.55, 0.9)) });
    }
    t += holdMs + random.between(1800, 3600);
  }
  return gestures;
}

/** Listening: nods in twos and threes, now and then a shake of the head, brows that follow. */
function planNods(random: SeededRandom, lengthMs: number, { liveliness, pace, lopsidedness }: Temperament): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(500, 1400); t < lengthMs; t += random.between(900, 2400)) {
    const shaking = random.next() < 0.22;
    const count = 1 + random.integer(4);
    const halfMs = random.between(140, 230) / pace;
    const size = random.between(0.07, 0.19) * liveliness;
    for (let i = 0; i < count; i++) {
      const fading = 1 - (0.5 * i) / count;
      const turn = (sign: number): readonly [number, number, number] => (shaking ? [sign * size * fading, 0, 0] : [0, sign > 0 ? size * fading : -size * 0.25 * fading, 0]);
      gestures.push({ startMs: t, riseMs: halfMs, holdMs: 0, fallMs: halfMs * 1.1, turn: turn(1), ...(!shaking && { shift: [0, -0.004 * fading, 0.004 * fading] }) });
      gestures.push({ startMs: t + halfMs * 1.6, riseMs: halfMs, holdMs: 0, fallMs: halfMs, turn: turn(-1) });
      t += halfMs * (shaking ? 3.2 : 2.6);
    }
    if (random.next() < 0.5) {
      gestures.push({
        startMs: t - 500, riseMs: 220, holdMs: random.between(200, 800), fallMs: 400,
        weights: shaking
          ? { ...bothSides('browDown', 0.4 * liveliness), ...bothSides('mouthFrown', 0.3 * liveliness), mouthShrugLower: 0.3 * liveliness }
          : { browInnerUp: 0.35 * liveliness, ...bothSides('browOuterUp', 0.3 * liveliness, lopsidedness), ...bothSides('mouthPress', 0.2) },
      });
    }
  }
  return gestures;
}

/** Looks aside: eyes jump, the head follows the larger ones later and slower. `amount` 1: those of a conversation. */
function planGlances(random: SeededRandom, lengthMs: number, { liveliness, pace }: Temperament, amount: number): Gesture[] {
  const gestures: Gesture[] = [];
  const spacing: readonly [number, number] = amount > 1 ? [1300, 2800] : [2400, 5200];
  for (let t = random.between(600, 2200); t < lengthMs; t += random.between(...spacing) / pace) {
    const left = random.between(-1, 1) * Math.min(1, amount);
    const up = random.between(-0.8, 0.7) * Math.min(1, amount);
    const holdMs = random.between(350, 1500);
    gestures.push({ startMs: t, riseMs: random.between(45, 80), holdMs, fallMs: random.between(60, 160), weights: gaze(left * 0.45, up * 0.35) });
    if (Math.abs(left) > 0.35) {
      const reach = amount > 1 ? 0.42 : 0.2;
      gestures.push({
        startMs: t + random.between(40, 120), riseMs: random.between(280, 520), holdMs: holdMs * 0.7, fallMs: random.between(350, 650),
        turn: [left * reach * Math.min(1.15, liveliness), -up * reach * 0.5, left * 0.04], shift: [left * 0.012 * amount, 0, 0],
        ...(amount > 1 && up > 0.2 && { weights: { browInnerUp: 0.3, ...bothSides('browOuterUp', 0.25) } }),
      });
    }
  }
  return gestures;
}

/** Eyes of somebody who keeps still: small jumps, and back. */
function planFixations(random: SeededRandom, lengthMs: number): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(400, 1500); t < lengthMs; t += random.between(1500, 4200)) {
    gestures.push({ startMs: t, riseMs: 40, holdMs: random.between(250, 1500), fallMs: 50, weights: gaze(random.between(-0.09, 0.09), random.between(-0.06, 0.06)) });
  }
  return gestures;
}

function planSmiles(random: SeededRandom, lengthMs: number, { liveliness, lopsidedness }: Temperament, spacing: readonly [number, number]): Gesture[] {
  const gestures: Gesture[] = [];
  for (let t = random.between(1200, 5000); t < lengthMs; t += random.between(...spacing)) {
    const warmth = Math.min(0.9, random.between(0.3, 0.7) * liveliness);
    gestures.push({
      startMs: t, riseMs: random.between(300, 550), holdMs: random.between(300, 1300), fallMs: random.between(500, 1100), turn: [0, -0.02, random.between(-0.06, 0.06)],
      weights: { ...bothSides('mouthSmile', warmth, lopsidedness), ...bothSides('cheekSquint', warmth * 0.5), ...bothSides('eyeSquint', warmth * 0.3), ...bothSides('mouthDimple', warmth * 0.15) },
    });
  }
  return gestures;
}

/** Both eyes' gaze, positive to the subject's left and up. */
function gaze(left: number, up: number): ShapeWeights {
  const vertical = up > 0 ? bothSides('eyeLookUp', up) : bothSides('eyeLookDown', -up);
  return left > 0
    ? { eyeLookOutLeft: left, eyeLookInRight: left, ...vertical }
    : { eyeLookInLeft: -left, eyeLookOutRight: -left, ...vertical };
}

/** A shape more or less strong, and stronger on one side. */
function leaning(shape: ShapeWeights, amount: number, lopsidedness: number): ShapeWeights {
  return Object.fromEntries(Object.entries(shape).map(([name, weight]) => {
    const side = name.endsWith('Left') ? 1 + lopsidedness * 0.5 : name.endsWith('Right') ? 1 - lopsidedness * 0.5 : 1;
    return [name, weight * amount * side];
  }));
}
