import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { edgesOf, fitOutline, type OutlineSurface } from './outlineFit.ts';
import { liftShoulders } from './shoulderLift.ts';
import type { HairTest } from './splatDraft.ts';
import { ZONE, type RigZones, type VertexSubset } from './rigZones.ts';

/** Hair, hats and clothes as surfaces: the rig's vertices pushed out to the person's outline. */
export interface Covering {
  /** Posed rig vertices, shell and body moved, rig space, [vertexCount, 3]. */
  readonly surface: Float32Array;
  /** How surely hair or headwear is at a vertex of the shell, in [0, 1], [vertexCount]; 0 elsewhere. */
  readonly hair: Float32Array;
  /** Share of the scalp seen that is skin: near 1 for a bald head. */
  readonly baldness: number;
}

const MAXIMUM_HAIR_METERS = 0.2;
/** Outside the matte by more than this the outline was not followed, and its labels say nothing. */
const LOOSE_PIXELS = 12;
const HAIRLINE_METERS = 0.003;
const MAXIMUM_GAP_METERS = 0.045;

export function fitCovering(head: FittedHead, zones: RigZones, portrait: AnalysedPortrait, labels: LabelMap, matte: DistanceField): Covering {
  const { posed } = head;
  const surface = Float32Array.from(posed);
  const seen = observeShell(head, zones, labels, matte);
  const hairOnShell = spreadHair(head, zones, seen);
  fitShell(head, zones, labels, matte, hairOnShell, surface);
  fitBody(head, zones, portrait, labels, matte, hairOnShell, surface);
  const hair = new Float32Array(head.rig.vertexCount);
  zones.shell.vertices.forEach((vertex, i) => { hair[vertex] = hairOnShell[i]!; });
  return { surface, hair, baldness: seen.baldness };
}

interface ShellObservation {
  /** Label each vertex of the shell shows in the portrait, -1 where it is not seen. */
  readonly labels: Int8Array;
  readonly baldness: number;
  /** Whether the left and the right ear show as skin. */
  readonly earsShown: readonly [boolean, boolean];
}

/** Steps outwards from the head's side at which it is looked for what covers it, metres. */
const SIDE_STEPS_METERS = [0.004, 0.012, 0.025, 0.04];
const EAR_SKIN_SHARE = 0.35;
/** What lies behind this on the mean head is beside or behind the neck. */
const SIDE_DEPTH_METERS = -0.045;

/** What the portrait shows where the shell is: by its front, and beside the head out to the matte's edge. */
function observeShell(head: FittedHead, zones: RigZones, labels: LabelMap, matte: DistanceField): ShellObservation {
  const { vertices } = zones.shell;
  const out = new Int8Array(vertices.length).fill(-1);
  const { view, frames } = head;
  let scalpSeen = 0;
  let scalpSkin = 0;
  const point = new Float32Array(3);
  const pixel = new Float32Array(3);
  const votes = new Float32Array(4);
  vertices.forEach((vertex, i) => {
    const p = head.posed.subarray(vertex * 3, vertex * 3 + 3);
    const n = frames.vertexNormals.subarray(vertex * 3, vertex * 3 + 3);
    const facing = view.facing(p[0]!, p[1]!, p[2]!, n[0]!, n[1]!, n[2]!);
    if (facing < -0.25) return;
    votes.fill(0);
    // Hair stands off the head: where the surface turns away, what lies outwards of it counts.
    for (const off of facing < 0.4 ? SIDE_STEPS_METERS : SIDE_STEPS_METERS.slice(0, 1)) {
      for (let axis = 0; axis < 3; axis += 1) point[axis] = p[axis]! + off * n[axis]!;
      view.project(point, pixel);
      if (distanceAt(matte, pixel[0]!, pixel[1]!) < 0) break;
      votes[labelAt(labels, pixel[0]!, pixel[1]!)]! += 1;
    }
    votes[LABEL.background] = 0;
    // Beside the neck a single step may be beard or shadow: hair that hangs there reaches further out.
    if (facing < 0.4 && zones.shellZones[i] !== ZONE.scalp && votes[LABEL.hair]! < 2) votes[LABEL.hair] = 0;
    const most = Math.max(...votes);
    if (most === 0) {
      // Beside the person there is nothing, hair neither; `background` says so.
      view.project(p as Float32Array, pixel);
      if (isInImage(matte, pixel)) out[i] = LABEL.background;
      return;
    }
    const label = votes.indexOf(most);
    out[i] = label;
    if (zones.shellZones[i] === ZONE.scalp && facing > 0.2) {
      scalpSeen += 1;
      if (label === LABEL.skin) scalpSkin += 1;
    }
  });
  // What the turned head hides is taken to look like its other side.
  const places = new Map(Array.from(vertices, (vertex, i): [number, number] => [vertex, i]));
  const own = Int8Array.from(out);
  vertices.forEach((vertex, i) => {
    const zone = zones.shellZones[i]!;
    if (own[i]! >= 0 || zone === ZONE.scalp || zone === ZONE.face) return;
    const across = places.get(head.rig.mirrorVertices[vertex]!);
    if (across !== undefined && across !== i && own[across]! > LABEL.background) out[i] = own[across]!;
  });
  const earShown = (ear: Uint32Array): boolean => {
    let skin = 0;
    let seen = 0;
    for (const vertex of ear) {
      view.project(head.posed.subarray(vertex * 3, vertex * 3 + 3), pixel);
      const label = distanceAt(matte, pixel[0]!, pixel[1]!) < 0 ? LABEL.background : labelAt(labels, pixel[0]!, pixel[1]!);
      if (label === LABEL.background) continue;
      seen += 1;
      if (label === LABEL.skin) skin += 1;
    }
    return seen === 0 || skin / seen > EAR_SKIN_SHARE;
  };
  const earsShown = [earShown(zones.ears[0]), earShown(zones.ears[1])] as const;
  return { labels: out, baldness: scalpSeen === 0 ? 0 : scalpSkin / scalpSeen, earsShown };
}

function isInImage(field: DistanceField, pixel: Float32Array): boolean {
  return pixel[0]! > 2 && pixel[1]! > 2 && pixel[0]! < field.width - 3 && pixel[1]! < field.height - 3;
}

/** Hair where it is seen, none where skin or clothes are, and between them what the neighbours say. */
function spreadHair(head: FittedHead, zones: RigZones, seen: ShellObservation): Float32Array {
  const n = zones.shell.vertices.length;
  const value = new Float32Array(n);
  const firmness = new Float32Array(n);
  for (let i = 0; i < n; i += 1) {
    const zone = zones.shellZones[i]!;
    const label = seen.labels[i]!;
    if (zone === ZONE.face) { value[i] = 0; firmness[i] = 50; }
    else if (zone === ZONE.scalp) { value[i] = 1; firmness[i] = 50; }
    else if (zone === ZONE.ear) {
      // A scarf may cover the upper half of an ear: what shows beside it counts, vertex by vertex.
      const left = head.rig.positions[zones.shell.vertices[i]! * 3]! > 0;
      value[i] = label >= 0 ? Number(label === LABEL.hair) : seen.earsShown[left ? 0 : 1] ? 0 : 1;
      firmness[i] = label >= 0 ? 4 : 2;
    } else if (label >= 0) { value[i] = label === LABEL.hair ? 1 : 0; firmness[i] = 4; }
    else { value[i] = 0; firmness[i] = zone === ZONE.bust ? 0.05 : 0.01; }
  }
  followSides(head, zones, seen, value, firmness);
  const graph = edgesOf(zones.shell.faces, n);
  const out = Float32Array.from(value);
  for (let sweep = 0; sweep < 120; sweep += 1) {
    for (let step = 0; step < n; step += 1) {
      const i = sweep % 2 === 0 ? step : n - 1 - step;
      let sum = firmness[i]! * value[i]!;
      for (const j of graph[i]!) sum += out[j]!;
      out[i] = sum / (firmness[i]! + graph[i]!.length);
    }
  }
  return out;
}

/** Behind neck and shoulders hair hangs as far down as it is seen to at the sides: sets what is not seen, in place. */
function followSides(head: FittedHead, zones: RigZones, seen: ShellObservation, value: Float32Array, firmness: Float32Array): void {
  const { positions } = head.rig;
  const { vertices } = zones.shell;
  const hangs = (zone: number): boolean => zone === ZONE.neck || zone === ZONE.bust;
  const sides: { height: number; hair: number }[] = [];
  vertices.forEach((vertex, i) => {
    // Beside the neck, not on the chest before it.
    if (!hangs(zones.shellZones[i]!) || seen.labels[i]! < 0 || positions[vertex * 3 + 2]! > SIDE_DEPTH_METERS) return;
    sides.push({ height: positions[vertex * 3 + 1]!, hair: seen.labels[i] === LABEL.hair ? 1 : 0 });
  });
  vertices.forEach((vertex, i) => {
    if (!hangs(zones.shellZones[i]!) || seen.labels[i]! >= 0) return;
    const level = sides.filter(({ height }) => Math.abs(height - positions[vertex * 3 + 1]!) < 0.016);
    if (level.length === 0) { firmness[i] = 0.5; return; }
    const share = level.reduce((sum, { hair }) => sum + hair, 0) / level.length;
    value[i] = share > 0.45 ? 1 : 0;
    firmness[i] = 8;
  });
}

function fitShell(
  head: FittedHead, zones: RigZones, labels: LabelMap, matte: DistanceField, hair: Float32Array, surface: Float32Array,
): void {
  const { vertices } = zones.shell;
  const n = vertices.length;
  const heldHeights = new Float32Array(n);
  const heldFirmness = new Float32Array(n);
  const gaps = gapsToSkin(head, zones);
  const behind = hair.filter((_, i) => zones.shellZones[i] === ZONE.neck && head.rig.positions[vertices[i]! * 3 + 2]! < SIDE_DEPTH_METERS);
  const hangs = behind.reduce((sum, value) => sum + value, 0) > 0.4 * behind.length;
  for (let i = 0; i < n; i += 1) {
    const zone = zones.shellZones[i]!;
    // Over the face the shell lies on the skin; where no hair is, it stays close to the body it is not drawn on.
    const covered = hair[i]! > 0.55;
    const short = zone === ZONE.scalp && !hangs;
    heldHeights[i] = zone === ZONE.face ? -0.002 : zone === ZONE.ear && covered ? 0.014 : HAIRLINE_METERS - (covered && !short ? 0 : gaps[i]!);
    // Where hair ends its surface comes down to the skin, or its edge would stand off like a helmet's.
    heldFirmness[i] = zone === ZONE.face ? 4 : !covered ? 4 : zone === ZONE.scalp ? (short && gaps[i]! > 0.01 ? 0.3 : 0.01) : zone === ZONE.ear ? 0.5 : zone === ZONE.bust ? 0.15 : 0.03;
  }
  const part = pushed(head, zones.shell, 6);
  const heights = fitOutline(part, head.view, matte, {
    heldHeights, heldFirmness, minimumMeters: -0.06, maximumMeters: MAXIMUM_HAIR_METERS, rounds: 6, stiffness: 1,
    follows: (vertex, x, y) => zones.shellZones[vertex] === ZONE.scalp
      || (zones.shellZones[vertex] !== ZONE.face && hair[vertex]! > 0.4 && labelAt(labels, x, y) !== LABEL.clothes),
  });
  push(zones.shell, part, heights, surface);
}

/** How far each vertex of the shell stands off the skin along its normal, metres, smoothed; the shell bridges hollows. */
function gapsToSkin(head: FittedHead, zones: RigZones): Float32Array {
  const { posed, frames } = head;
  const normals = frames.vertexNormals;
  let gaps = Float32Array.from(zones.shell.vertices, (vertex) => {
    const n = vertex * 3;
    let best = Infinity;
    let gap = 0;
    for (const skin of zones.skinVertices) {
      const s = skin * 3;
      if (normals[s]! * normals[n]! + normals[s + 1]! * normals[n + 1]! + normals[s + 2]! * normals[n + 2]! < 0.2) continue;
      const dx = posed[n]! - posed[s]!, dy = posed[n + 1]! - posed[s + 1]!, dz = posed[n + 2]! - posed[s + 2]!;
      const along = dx * normals[n]! + dy * normals[n + 1]! + dz * normals[n + 2]!;
      // Nearness to the line into the skin counts most: what is nearest in space may lie far up or down the hollow.
      const distance2 = 6 * (dx * dx + dy * dy + dz * dz - along * along) + along * along;
      if (distance2 < best) { best = distance2; gap = along; }
    }
    return Math.min(MAXIMUM_GAP_METERS, Math.max(0, gap));
  });
  const graph = edgesOf(zones.shell.faces, gaps.length);
  for (let pass = 0; pass < 3; pass += 1) {
    gaps = gaps.map((gap, i) => graph[i]!.reduce((sum, j) => sum + gaps[j]!, gap) / (graph[i]!.length + 1));
  }
  return gaps;
}

function fitBody(
  head: FittedHead, zones: RigZones, portrait: AnalysedPortrait, labels: LabelMap, matte: DistanceField,
  hair: Float32Array, surface: Float32Array,
): void {
  const { vertices } = zones.body;
  const n = vertices.length;
  const underHair = bodyUnderHair(head, zones, hair);
  const heldHeights = new Float32Array(n);
  const heldFirmness = new Float32Array(n);
  const lifted = liftShoulders(head, zones, labels, matte);
  const projected = head.view.project(lifted);
  for (let i = 0; i < n; i += 1) {
    const x = projected[i * 3]!, y = projected[i * 3 + 1]!;
    const outside = x < 0 || y < 0 || x >= portrait.image.width || y >= portrait.image.height;
    heldFirmness[i] = zones.bodySeam[i] === 1 ? 60 : underHair[i] === 1 ? 3 : !outside && labelAt(labels, x, y) === LABEL.skin ? 0.6 : 0.04;
  }
  const part = { ...pushed(head, zones.body, 2), positions: lifted };
  const heights = fitOutline(part, head.view, matte, {
    heldHeights, heldFirmness, minimumMeters: -0.05, maximumMeters: 0.05, rounds: 4, stiffness: 25,
    follows: (vertex, x, y) => zones.bodySeam[vertex] === 0 && underHair[vertex] === 0 && labelAt(labels, x, y) !== LABEL.hair,
  });
  push(zones.body, part, heights, surface);
}

/** 1 for each vertex of neck and bust that hair hangs over: the outline there is the hair's. */
function bodyUnderHair(head: FittedHead, zones: RigZones, hair: Float32Array): Uint8Array {
  const { posed } = head;
  const reach2 = 0.045 ** 2;
  const covering: number[] = [];
  zones.shell.vertices.forEach((vertex, i) => { if (hair[i]! > 0.5 && zones.shellZones[i] !== ZONE.scalp) covering.push(vertex * 3); });
  return Uint8Array.from(zones.body.vertices, (vertex) => {
    const x = posed[vertex * 3]!, y = posed[vertex * 3 + 1]!, z = posed[vertex * 3 + 2]!;
    return covering.some((v) => (posed[v]! - x) ** 2 + (posed[v + 1]! - y) ** 2 + (posed[v + 2]! - z) ** 2 < reach2) ? 1 : 0;
  });
}

/** A part of the rig with directions smoothed over its neighbours, so that pushed surfaces do not fold. */
function pushed(head: FittedHead, part: VertexSubset, smoothing: number): OutlineSurface {
  let normals = gather(head.frames.vertexNormals, part.vertices);
  const graph = edgesOf(part.faces, part.vertices.length);
  for (let pass = 0; pass < smoothing; pass += 1) {
    const next = new Float32Array(normals.length);
    graph.forEach((near, i) => {
      for (let axis = 0; axis < 3; axis += 1) {
        let sum = normals[i * 3 + axis]!;
        for (const j of near) sum += normals[j * 3 + axis]!;
        next[i * 3 + axis] = sum;
      }
      const length = Math.max(1e-9, Math.hypot(next[i * 3]!, next[i * 3 + 1]!, next[i * 3 + 2]!));
      for (let axis = 0; axis < 3; axis += 1) next[i * 3 + axis] = next[i * 3 + axis]! / length;
    });
    normals = next;
  }
  return { vertices: part.vertices, faces: part.faces, positions: gather(head.posed, part.vertices), normals };
}

function push(part: VertexSubset, { positions, normals }: OutlineSurface, heights: Float32Array, surface: Float32Array): void {
  part.vertices.forEach((vertex, i) => {
    for (let axis = 0; axis < 3; axis += 1) surface[vertex * 3 + axis] = positions[i * 3 + axis]! + heights[i]! * normals[i * 3 + axis]!;
  });
}

function gather(values: Float32Array, vertices: Uint32Array): Float32Array {
  const out = new Float32Array(vertices.length * 3);
  vertices.forEach((vertex, i) => out.set(values.subarray(vertex * 3, vertex * 3 + 3), i * 3));
  return out;
}

/**
 * Whether the portrait allows hair at a place of the shell: beside face and neck not where it plainly shows skin,
 * clothes or background instead; on the scalp and behind always.
 */
export function hairTest(head: FittedHead, zones: RigZones, labels: LabelMap, matte: DistanceField): HairTest {
  const zoneOfVertex = new Map(Array.from(zones.shell.vertices, (vertex, i): [number, number] => [vertex, zones.shellZones[i]!]));
  const pixel = new Float32Array(3);
  return (face, point, normal) => {
    const inFront = [0, 1, 2].every((corner) => {
      const zone = zoneOfVertex.get(head.rig.faces[face * 3 + corner]!);
      return zone !== ZONE.scalp && zone !== ZONE.ear;
    });
    if (!inFront || head.view.facing(...point, ...normal) < 0.1) return true;
    head.view.project(Float32Array.from(point), pixel);
    if (!isInImage(matte, pixel) || distanceAt(matte, pixel[0]!, pixel[1]!) < -LOOSE_PIXELS) return true;
    return labelAt(labels, pixel[0]!, pixel[1]!) === LABEL.hair || distanceAt(matte, pixel[0]!, pixel[1]!) < 0;
  };
}
