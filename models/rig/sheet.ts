import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';
import { rasterise } from './rasterise.ts';
import { regionTints, tintOfEye } from './regionTints.ts';

/** One picture of the sheet: what it shows and from where. */
interface Panel {
  readonly label: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly headYawDegrees?: number;
  readonly headPitchDegrees?: number;
  readonly headRollDegrees?: number;
  readonly cameraYawDegrees?: number;
  readonly wide?: boolean;
  readonly shell?: boolean;
}

const COLUMNS = 8;

const bothSides = (name: string, weight: number): Record<string, number> => ({ [`${name}Left`]: weight, [`${name}Right`]: weight });

function panels(): Panel[] {
  return [
    { label: 'neutral', weights: {}, cameraYawDegrees: 0 },
    { label: 'neutral 50°', weights: {}, cameraYawDegrees: 50 },
    ...BLENDSHAPE_NAMES.map((name): Panel => ({ label: name, weights: { [name]: 1 } })),
    { label: 'blink 0.5', weights: bothSides('eyeBlink', 0.5) },
    { label: 'blink 1', weights: bothSides('eyeBlink', 1) },
    { label: 'look down + blink', weights: { ...bothSides('eyeLookDown', 0.7), ...bothSides('eyeBlink', 0.4) } },
    { label: 'jawOpen 0.4', weights: { jawOpen: 0.4 } },
    { label: 'jawOpen + mouthClose', weights: { jawOpen: 1, mouthClose: 1 } },
    { label: 'jawOpen, side', weights: { jawOpen: 1 }, cameraYawDegrees: 60 },
    { label: 'smile', weights: bothSides('mouthSmile', 1) },
    { label: 'smile open', weights: { ...bothSides('mouthSmile', 0.8), jawOpen: 0.35, ...bothSides('mouthUpperUp', 0.3), ...bothSides('cheekSquint', 0.6) } },
    { label: 'surprise', weights: { browInnerUp: 0.8, ...bothSides('browOuterUp', 0.8), ...bothSides('eyeWide', 0.8), jawOpen: 0.4, mouthFunnel: 0.3 } },
    { label: 'anger', weights: { ...bothSides('browDown', 1), ...bothSides('noseSneer', 0.7), ...bothSides('mouthFrown', 0.6), ...bothSides('eyeSquint', 0.6) } },
    { label: 'funnel + jawOpen', weights: { mouthFunnel: 0.8, jawOpen: 0.3 } },
    { label: 'tongueOut + jawOpen', weights: { tongueOut: 1, jawOpen: 0.4 } },
    { label: 'yaw +40°', weights: {}, headYawDegrees: 40, cameraYawDegrees: 0, wide: true },
    { label: 'yaw -40°', weights: {}, headYawDegrees: -40, cameraYawDegrees: 0, wide: true },
    { label: 'pitch +25°', weights: {}, headPitchDegrees: 25, cameraYawDegrees: 35, wide: true },
    { label: 'pitch -25°', weights: {}, headPitchDegrees: -25, cameraYawDegrees: 35, wide: true },
    { label: 'roll 25°', weights: {}, headRollDegrees: 25, cameraYawDegrees: 0, wide: true },
    { label: 'shell', weights: {}, cameraYawDegrees: 30, wide: true, shell: true },
    { label: 'shell, yaw 40°', weights: {}, headYawDegrees: 40, cameraYawDegrees: 0, wide: true, shell: true },
    { label: 'shell, behind', weights: {}, cameraYawDegrees: 200, wide: true, shell: true },
  ];
}

async function main(): Promise<void> {
  const program = new Command('rig:sheet')
    .description('Renders the rig\'s neutral face, its 52 shapes and some combinations into one labelled picture.')
    .option('--rig <file>', 'rig file', join(import.meta.dirname, 'head.rig'))
    .option('--out <file>', 'picture to write', join(import.meta.dirname, '../../out/rig-sheet.png'))
    .option('--size <pixels>', 'width of one panel', '300')
    .option('--only <words>', 'only panels whose label contains one of these, separated by commas')
    .option('--zoom <part>', 'face, mouth, leftEye', 'face')
    .option('--identity <numbers>', 'identity coefficients, separated by commas', '')
    .option('--regions', 'tint the regions strongly')
    .option('--json', 'print one JSON object on standard output')
    .parse();
  const options = program.opts<{ rig: string; out: string; size: string; only?: string; zoom: string; identity: string; regions?: boolean; json?: boolean }>();
  const rig = decodeRig(readFileSync(options.rig));
  const size = Number(options.size);
  const words = options.only?.split(',');
  const chosen = panels().filter(({ label }) => words === undefined || words.some((word) => label.includes(word)));
  const coefficients = options.identity === '' ? [] : options.identity.split(',').map(Number);
  const tiles = [];
  for (const [index, panel] of chosen.entries()) {
    tiles.push({
      input: await drawPanel(rig, panel, { size, zoom: options.zoom, coefficients, strong: options.regions === true }),
      left: (index % COLUMNS) * size, top: Math.floor(index / COLUMNS) * size,
    });
  }
  mkdirSync(dirname(options.out), { recursive: true });
  const width = Math.min(COLUMNS, tiles.length) * size, height = Math.ceil(tiles.length / COLUMNS) * size;
  await sharp({ create: { width, height, channels: 3, background: '#e8e8e8' } }).composite(tiles).png().toFile(options.out);
  process.stderr.write(`${tiles.length} panels in ${options.out}\n`);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ file: options.out, panels: tiles.length, rig: rig.id, hash: rig.hash })}\n`);
}

const ZOOMS: Readonly<Record<string, { target: [number, number, number]; height: number }>> = {
  face: { target: [0, -0.025, 0.02], height: 0.23 },
  mouth: { target: [0, -0.065, 0.03], height: 0.09 },
  leftEye: { target: [0.03, 0, 0.01], height: 0.065 },
};

async function drawPanel(
  rig: Rig, panel: Panel, { size, zoom, coefficients, strong }: { size: number; zoom: string; coefficients: number[]; strong: boolean },
): Promise<Buffer> {
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, weight] of Object.entries(panel.weights)) {
    blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name as (typeof BLENDSHAPE_NAMES)[number])] = weight;
  }
  const positions = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutralHead(rig, coefficients), {
    blendshapeWeights, headRotation: rotation(panel), headPositionMeters: [0, 0, 0],
  }, positions);
  const shell = rig.regionNames.indexOf('shell');
  const eyes = [rig.regionNames.indexOf('leftEyeball'), rig.regionNames.indexOf('rightEyeball')];
  const faceTints = regionTints(rig, strong);
  const view = panel.wide === true ? { target: [0, -0.1, -0.03] as [number, number, number], height: 0.52 } : ZOOMS[zoom] ?? ZOOMS['face']!;
  const pixels = rasterise({
    positions, faces: rig.faces, faceTints,
    hidden: (face) => (rig.faceRegions[face] === shell) !== (panel.shell === true),
    tintAt: (face, u, v, out) => {
      if (eyes.includes(rig.faceRegions[face]!)) tintOfEye(rig, face, u, v, out);
      else out.set(faceTints.subarray(face * 3, face * 3 + 3));
    },
  }, {
    width: size, height: size, target: view.target, yawRadians: ((panel.cameraYawDegrees ?? 18) * Math.PI) / 180, pitchRadians: 0,
    viewHeightMeters: view.height, distanceMeters: 1,
  });
  const label = `<svg width="${size}" height="22"><text x="6" y="16" font-family="sans-serif" font-size="14" fill="#222">${panel.label.replace('&', '&amp;')}</text></svg>`;
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).composite([{ input: Buffer.from(label), left: 0, top: 0 }]).png().toBuffer();
}

/** Roll after pitch after yaw, as a quaternion xyzw. */
function rotation({ headYawDegrees = 0, headPitchDegrees = 0, headRollDegrees = 0 }: Panel): [number, number, number, number] {
  const half = Math.PI / 360;
  const [cx, sx] = [Math.cos(headPitchDegrees * half), Math.sin(headPitchDegrees * half)];
  const [cy, sy] = [Math.cos(headYawDegrees * half), Math.sin(headYawDegrees * half)];
  const [cz, sz] = [Math.cos(headRollDegrees * half), Math.sin(headRollDegrees * half)];
  return [sx * cy * cz + cx * sy * sz, cx * sy * cz - sx * cy * sz, cx * cy * sz + sx * sy * cz, cx * cy * cz - sx * sy * sz];
}

await main();
