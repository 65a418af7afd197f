import { REGION_NAMES, JOINT_NAMES } from '../../shared/rig/rig.ts';
import type { Blendshape, Joint } from '../../shared/rig/rig.ts';
import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { buildBlendshapes } from './blendshapeBuilder.ts';
import type { EncodableRig, QuantisationSteps } from './encodeRig.ts';
import { faceRegions } from './faceRegions.ts';
import type { HeadTemplate } from './headTemplate.ts';
import { buildHeadTemplate } from './headTemplate.ts';
import { identityComponents, meanMesh, samplePeople } from './identityBasis.ts';
import { JOINT_INDEX, JOINT_MIRROR, JOINT_PARENTS, neckWeights, SHELL_WIDENING } from './jointWeights.ts';
import type { BaseLandmarks } from './landmarkEmbedding.ts';
import { embedLandmarks, landmarkPositions } from './landmarkEmbedding.ts';
import { mirrorMap, symmetrise, unmirroredFaces } from './mirror.ts';
import { sculptContext } from './sculptContext.ts';
import { breadthFirstOrder } from './vertexOrder.ts';

export const RIG_ID = 'stipple-head-1';
const PEOPLE = 6000;
const SEED = 20_261_122;
/** Symmetric and antisymmetric components. */
const COMPONENTS = [64, 12] as const;
const POSITION_STEP = 1e-5;
const SHAPE_STEP = 2e-5;
/** A component is quantised to this share of its own RMS, but never finer than the least step. */
const COMPONENT_SHARE = 0.05;
const LEAST_COMPONENT_STEP = 1.5e-5;

export interface BuiltRig {
  readonly rig: EncodableRig;
  readonly steps: QuantisationSteps;
  readonly figures: Readonly<Record<string, number>>;
}

export function buildRig(source: MakehumanSource, baseLandmarks: BaseLandmarks, log: (line: string) => void): BuiltRig {
  log(`sampling ${PEOPLE} people`);
  const people = samplePeople(source, PEOPLE, SEED);
  const mean = meanMesh(source, people);
  symmetrise(mean, mirrorMap(source.base.positions, () => ''));
  log('cutting head and bust, wrapping the shell');
  const template = buildHeadTemplate(source, mean);
  const rest = template.shape(mean);
  const mirrored = mirrorMap(rest, (vertex) => partAt(template, vertex));
  if (unmirroredFaces(template.faces, mirrored) > 0) throw new Error('the rig\'s faces are not symmetric');
  symmetrise(rest, mirrored);
  log('blendshapes');
  const origin = [0, 1, 2].map((axis) => (template.leftEye.sphere(mean).center[axis]! + template.rightEye.sphere(mean).center[axis]!) / 2);
  const landmarkPlaces = landmarkPositions(baseLandmarks, mean, origin);
  const landmarks = embedLandmarks(template, rest, landmarkPlaces, baseLandmarks.map(({ weight }) => weight));
  const context = sculptContext(source, template, mean, mirrored, landmarkPlaces);
  const blendshapes = buildBlendshapes(context);
  const regions = faceRegions(context);
  log('identity basis');
  const { components, keptVariance, totalVariance } = identityComponents(
    source, template, people, mean, mirrored, JOINT_MIRROR, vertexImportance(template, rest), COMPONENTS);
  const joints = readJoints(template.joints(mean));
  const { jointIndices, jointWeights } = skin(template, rest);
  const rig = reorder({
    id: RIG_ID, vertexCount: template.vertexCount, faceCount: template.faces.length / 3, positions: rest, uvs: template.uvs,
    faces: template.faces, faceRegions: regions, regionNames: REGION_NAMES, joints, jointIndices, jointWeights, blendshapes,
    identity: {
      componentCount: components.length,
      components: concatenate(components.map(({ displacements }) => displacements)),
      jointComponents: concatenate(components.map(({ jointDisplacements }) => jointDisplacements)),
      standardDeviations: Float32Array.from(components, ({ standardDeviation }) => standardDeviation),
    },
    componentParities: components.map(({ parity }) => parity),
    landmarks, mirrorVertices: mirrored,
  }, template.parts.map(({ start }) => start));
  const steps = {
    position: POSITION_STEP, shape: SHAPE_STEP,
    components: components.map(({ standardDeviation }) => Math.max(LEAST_COMPONENT_STEP, standardDeviation * COMPONENT_SHARE)),
  };
  return { rig, steps, figures: {
    vertices: rig.vertexCount, faces: rig.faceCount, identityComponents: components.length,
    identityVarianceKept: keptVariance / totalVariance, people: PEOPLE,
  } };
}

function partAt(template: HeadTemplate, vertex: number): string {
  return template.parts.findLast(({ start }) => vertex >= start)!.part.name;
}

/** Errors count most where portraits show them. */
function vertexImportance(template: HeadTemplate, rest: Float32Array): Float32Array {
  const weights = new Float32Array(template.vertexCount);
  for (const { part, start } of template.parts) {
    for (let vertex = start; vertex < start + part.vertexCount; vertex++) {
      const y = rest[vertex * 3 + 1]!, z = rest[vertex * 3 + 2]!;
      if (part.name === 'body') weights[vertex] = y < -0.13 ? 0.25 : z > -0.02 ? 1 : 0.6;
      else weights[vertex] = part.name === 'shell' ? 0.15 : 0.3;
    }
  }
  return weights;
}

function readJoints(positions: Float32Array): Joint[] {
  return ['root' as const, ...JOINT_NAMES].map((name, index) => ({
    name, parent: JOINT_PARENTS[index]!, position: [positions[index * 3]!, positions[index * 3 + 1]!, positions[index * 3 + 2]!] as const,
  }));
}

function skin(template: HeadTemplate, rest: Float32Array): { jointIndices: Uint8Array; jointWeights: Float32Array } {
  const jointIndices = new Uint8Array(template.vertexCount * 4);
  const jointWeights = new Float32Array(template.vertexCount * 4);
  for (const { part, start } of template.parts) {
    for (let vertex = start; vertex < start + part.vertexCount; vertex++) {
      const y = rest[vertex * 3 + 1]!, z = rest[vertex * 3 + 2]!;
      if (part.name === 'body' || part.name === 'shell') {
        const weights = neckWeights(y, z, part.name === 'shell' ? SHELL_WIDENING : 0);
        jointIndices.set([JOINT_INDEX.root, JOINT_INDEX.neck, JOINT_INDEX.head, 0], vertex * 4);
        jointWeights.set(weights, vertex * 4);
      } else {
        jointIndices[vertex * 4] = part.name === 'leftEyeball' ? JOINT_INDEX.leftEye
          : part.name === 'rightEyeball' ? JOINT_INDEX.rightEye : JOINT_INDEX.head;
        jointWeights[vertex * 4] = 1;
      }
    }
  }
  return { jointIndices, jointWeights };
}

function concatenate(fields: readonly Float32Array[]): Float32Array {
  const size = fields[0]!.length;
  const out = new Float32Array(fields.length * size);
  fields.forEach((field, index) => { out.set(field, index * size); });
  return out;
}

/** Renumbers the vertices breadth first. */
function reorder(rig: EncodableRig, partStarts: readonly number[]): EncodableRig {
  const place = breadthFirstOrder(rig.vertexCount, rig.faces, partStarts);
  const move = <Values extends Float32Array | Uint8Array>(values: Values, stride: number, out: Values): Values => {
    for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
      for (let i = 0; i < stride; i++) out[place[vertex]! * stride + i] = values[vertex * stride + i]!;
    }
    return out;
  };
  const floats = (values: Float32Array, stride: number): Float32Array => move(values, stride, new Float32Array(values.length));
  const size = rig.vertexCount * 3;
  const mirrorVertices = new Uint32Array(rig.vertexCount);
  rig.mirrorVertices.forEach((other, vertex) => { mirrorVertices[place[vertex]!] = place[other]!; });
  return {
    ...rig, mirrorVertices,
    positions: floats(rig.positions, 3), uvs: floats(rig.uvs, 2), faces: rig.faces.map((vertex) => place[vertex]!),
    jointIndices: move(rig.jointIndices, 4, new Uint8Array(rig.jointIndices.length)), jointWeights: floats(rig.jointWeights, 4),
    blendshapes: rig.blendshapes.map((shape) => moveShape(shape, place)),
    identity: {
      ...rig.identity,
      components: concatenate(Array.from({ length: rig.identity.componentCount }, (_, component) =>
        floats(rig.identity.components.subarray(component * size, (component + 1) * size), 3))),
    },
  };
}

function moveShape(shape: Blendshape, place: Uint32Array): Blendshape {
  const rows = Array.from(shape.vertexIndices, (vertex, row) => ({ vertex: place[vertex]!, row })).sort((a, b) => a.vertex - b.vertex);
  return {
    name: shape.name, vertexIndices: Uint32Array.from(rows, ({ vertex }) => vertex),
    deltas: Float32Array.from(rows.flatMap(({ row }) => [...shape.deltas.subarray(row * 3, row * 3 + 3)])),
  };
}
