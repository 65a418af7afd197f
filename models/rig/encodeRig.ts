import { zlibSync } from 'fflate';
import type { Rig } from '../../shared/rig/rig.ts';
import { crc32, ENVELOPE_BYTES, RIG_MAGIC, RIG_VERSION, UV_STEPS } from '../../shared/rig/rigBinary.ts';
import { VertexPredictor } from '../../shared/rig/vertexPrediction.ts';

export interface QuantisationSteps {
  /** Metres. */
  readonly position: number;
  readonly shape: number;
  /** Of each identity component, as its displacements are quantised, [componentCount]. */
  readonly components: readonly number[];
}

/** What `encodeRig` writes; the hash follows from the bytes. Component parities: 0 symmetric, 1 antisymmetric. */
export interface EncodableRig extends Omit<Rig, 'hash'> {
  readonly componentParities: readonly (0 | 1)[];
}

/** Writes a rig file; the layout is in shared/rig/rigBinary.ts. */
export function encodeRig(rig: EncodableRig, steps: QuantisationSteps): Uint8Array {
  const writer = new RigWriter();
  writer.name(rig.id);
  writer.u32(rig.vertexCount);
  writer.u32(rig.faceCount);
  writer.u8(rig.regionNames.length);
  for (const name of rig.regionNames) writer.name(name);
  writer.u8(rig.joints.length);
  for (const { name, parent, position } of rig.joints) {
    writer.name(name);
    writer.u8(parent & 0xff);
    for (const value of position) writer.f32(value);
  }
  writer.f32(steps.position);
  writer.f32(steps.shape);
  writer.differences(rig.faces);
  for (const region of rig.faceRegions) writer.u8(region);
  writer.differences(rig.mirrorVertices);
  const halves = new VertexPredictor(rig.vertexCount, rig.faces, rig.mirrorVertices);
  writeHalf(writer, halves, rig.positions, steps.position);
  writeUvs(writer, rig);
  for (const joint of rig.jointIndices) writer.u8(joint);
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    for (const weight of wholeWeights(rig.jointWeights.subarray(vertex * 4, vertex * 4 + 4))) writer.u8(weight);
  }
  writeBlendshapes(writer, rig, steps.shape);
  writeIdentity(writer, rig, halves, steps.components);
  const { landmarks } = rig;
  for (let landmark = 0; landmark < landmarks.faces.length; landmark++) {
    writer.varint(landmarks.faces[landmark]!);
    const second = Math.round(landmarks.barycentrics[landmark * 3 + 1]! * 65535);
    writer.u16(second);
    writer.u16(Math.min(65535 - second, Math.round(landmarks.barycentrics[landmark * 3 + 2]! * 65535)));
    writer.u8(Math.round(landmarks.weights[landmark]! * 255));
  }
  return envelope(writer.finish());
}

function envelope(payload: Uint8Array): Uint8Array {
  const packed = zlibSync(payload, { level: 9 });
  const file = new Uint8Array(ENVELOPE_BYTES + packed.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, RIG_MAGIC, true);
  view.setUint16(4, RIG_VERSION, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, crc32(payload), true);
  file.set(packed, ENVELOPE_BYTES);
  return file;
}

function writeHalf(writer: RigWriter, halves: VertexPredictor, values: Float32Array, step: number): void {
  const whole = new Int32Array(values.length);
  let previous = -1;
  for (const vertex of halves.coded) {
    for (let axis = 0; axis < 3; axis++) {
      const value = Math.round(values[vertex * 3 + axis]! / step);
      writer.signed(value - halves.predict(whole, 3, axis, vertex, previous));
      whole[vertex * 3 + axis] = value;
    }
    previous = vertex;
  }
}

function writeUvs(writer: RigWriter, rig: EncodableRig): void {
  const predictor = new VertexPredictor(rig.vertexCount, rig.faces);
  const whole = new Int32Array(rig.vertexCount * 2);
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    for (let axis = 0; axis < 2; axis++) {
      const value = Math.round(rig.uvs[vertex * 2 + axis]! * UV_STEPS);
      writer.signed(value - predictor.predict(whole, 2, axis, vertex, vertex - 1));
      whole[vertex * 2 + axis] = value;
    }
  }
}

/** Weights in 1/255 that sum to 255: rounded, the largest takes what is missing. */
function wholeWeights(weights: Float32Array): number[] {
  const whole = Array.from(weights, (weight) => Math.round(weight * 255));
  const largest = whole.indexOf(Math.max(...whole));
  whole[largest]! += 255 - whole.reduce((sum, weight) => sum + weight, 0);
  return whole;
}

function writeBlendshapes(writer: RigWriter, rig: EncodableRig, step: number): void {
  const indices = new Map(rig.blendshapes.map(({ name }, index) => [name, index]));
  for (const { name, vertexIndices, deltas } of rig.blendshapes) {
    const left = name.endsWith('Right') ? indices.get(`${name.slice(0, -'Right'.length)}Left`) : undefined;
    if (left !== undefined && left < indices.get(name)!) {
      writer.u8(2);
      writer.u8(left);
      continue;
    }
    const symmetric = !name.endsWith('Left') && !name.endsWith('Right');
    writer.u8(symmetric ? 1 : 0);
    const rows: { vertex: number; whole: number[] }[] = [];
    vertexIndices.forEach((vertex, row) => {
      if (symmetric && rig.mirrorVertices[vertex]! < vertex) return;
      const whole = [0, 1, 2].map((axis) => Math.round(deltas[row * 3 + axis]! / step));
      if (whole.some((value) => value !== 0)) rows.push({ vertex, whole });
    });
    writer.varint(rows.length);
    rows.forEach(({ vertex }, row) => { writer.varint(vertex - (rows[row - 1]?.vertex ?? -1) - 1); });
    rows.forEach(({ whole }, row) => {
      whole.forEach((value, axis) => { writer.signed(value - (rows[row - 1]?.whole[axis] ?? 0)); });
    });
  }
}

function writeIdentity(writer: RigWriter, rig: EncodableRig, halves: VertexPredictor, steps: readonly number[]): void {
  const { identity, joints } = rig;
  writer.u8(identity.componentCount);
  for (let component = 0; component < identity.componentCount; component++) {
    writer.f32(identity.standardDeviations[component]!);
    writer.f32(steps[component]!);
    writer.u8(rig.componentParities[component]!);
    const jointValues = joints.length * 3;
    for (const value of identity.jointComponents.subarray(component * jointValues, (component + 1) * jointValues)) writer.f32(value);
    const values = rig.vertexCount * 3;
    writeHalf(writer, halves, identity.components.subarray(component * values, (component + 1) * values),
      Math.fround(steps[component]!));
  }
}

class RigWriter {
  #bytes = new Uint8Array(1 << 20);
  #length = 0;

  u8(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.u8(value & 0xff);
    this.u8(value >>> 8);
  }

  u32(value: number): void {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
  }

  f32(value: number): void {
    this.u32(new Uint32Array(Float32Array.of(value).buffer)[0]!);
  }

  name(text: string): void {
    this.u8(text.length);
    for (const character of text) this.u8(character.charCodeAt(0));
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  signed(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  differences(values: Uint32Array): void {
    let previous = 0;
    for (const value of values) {
      this.signed(value - previous);
      previous = value;
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
