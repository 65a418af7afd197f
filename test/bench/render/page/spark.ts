import { dyno, PackedSplats, SparkRenderer, SplatMesh } from '@sparkjsdev/spark';
import { Color, Quaternion, Scene, Vector3 } from 'three';
import { PosePass } from '../../../../client/render/splats/posePass.ts';
import { RigGpu } from '../../../../client/render/splats/rigGpu.ts';
import { SplatData } from '../../../../client/render/splats/splatData.ts';
import { JOINT_MATRIX_SIZE, jointMatrices, neutralHead } from '../../../../shared/rig/skinning.ts';
import { FaceFrames } from '../../../../shared/splat/splatFrame.ts';
import type { Contender, Course } from './contender.ts';

/** What Spark calls its values in the shader it writes. */
type NamesInGlsl = Readonly<Record<'inputs' | 'outputs', Readonly<Record<string, string>>>>;

const MODIFIER_GLSL = /* glsl */ `
ivec2 boundTexel(int i) { return ivec2(i & 1023, i >> 10); }
vec2 boundSigned16(uint bits) { return vec2(ivec2(int(bits << 16), int(bits)) >> 16) * (2.0 / 32767.0); }
vec4 boundQuaternion(mat3 m) {
  vec4 q = vec4(m[1][2] - m[2][1], m[2][0] - m[0][2], m[0][1] - m[1][0], 1.0 + m[0][0] + m[1][1] + m[2][2]);
  if (q.w > 0.01) return normalize(q);
  if (m[0][0] > m[1][1] && m[0][0] > m[2][2]) q = vec4(1.0 + m[0][0] - m[1][1] - m[2][2], m[1][0] + m[0][1], m[2][0] + m[0][2], m[1][2] - m[2][1]);
  else if (m[1][1] > m[2][2]) q = vec4(m[1][0] + m[0][1], 1.0 - m[0][0] + m[1][1] - m[2][2], m[2][1] + m[1][2], m[2][0] - m[0][2]);
  else q = vec4(m[2][0] + m[0][2], m[2][1] + m[1][2], 1.0 - m[0][0] - m[1][1] + m[2][2], m[0][1] - m[1][0]);
  return normalize(q);
}
vec4 boundProduct(vec4 a, vec4 b) { return vec4(a.w * b.xyz + b.w * a.xyz + cross(a.xyz, b.xyz), a.w * b.w - dot(a.xyz, b.xyz)); }
Gsplat boundSplat(Gsplat g, usampler2D data, sampler2D vertices, sampler2D normals, sampler2D frames) {
  uvec4 place = texelFetch(data, boundTexel(2 * g.index), 0);
  int face = int(place.x & 0xffffu) * 3;
  vec4 c0 = texelFetch(frames, boundTexel(face), 0);
  vec4 c1 = texelFetch(frames, boundTexel(face + 1), 0);
  vec4 c2 = texelFetch(frames, boundTexel(face + 2), 0);
  ivec2 v0 = boundTexel(int(c0.w)), v1 = boundTexel(int(c1.w)), v2 = boundTexel(int(c2.w));
  vec2 uv = unpackUnorm2x16(place.z);
  float w = 1.0 - uv.x - uv.y;
  vec3 normal = normalize(w * texelFetch(normals, v0, 0).xyz + uv.x * texelFetch(normals, v1, 0).xyz + uv.y * texelFetch(normals, v2, 0).xyz);
  vec3 tangent = normalize(c0.xyz);
  vec2 across = boundSigned16(place.y);
  g.center = w * texelFetch(vertices, v0, 0).xyz + uv.x * texelFetch(vertices, v1, 0).xyz + uv.y * texelFetch(vertices, v2, 0).xyz
    + tangent * across.x + cross(c2.xyz, tangent) * across.y + normal * boundSigned16(place.x).y;
  g.quaternion = boundProduct(boundQuaternion(mat3(tangent, cross(c2.xyz, tangent), c2.xyz)), g.quaternion);
  return g;
}
`;

/**
 * Spark 2.2 with splats bound through its modifier API. Spark has no blendshapes, so the rig is posed by our own three small
 * passes; its modifier then moves and turns each splat with its face. Shear and stretch of faces are left out, which costs
 * Spark less than what we do.
 */
export async function spark({ renderer, camera, rig, splats, places }: Course): Promise<Contender> {
  const scene = new Scene();
  const sparkRenderer = new SparkRenderer({ renderer });
  scene.add(sparkRenderer);
  const rigGpu = new RigGpu(rig);
  const neutral = neutralHead(rig, splats.header.identityCoefficients);
  const { restInverses } = new FaceFrames(rig, neutral.positions);
  const heads = await Promise.all(places.map(async (place) => {
    const posePass = new PosePass(rigGpu, neutral.positions, restInverses);
    const data = new SplatData(splats.count);
    data.write(splats, 0, splats.count);
    const packedSplats = new PackedSplats({ maxSplats: splats.count, construct: (packed: PackedSplats) => {
      for (let s = 0; s < splats.count; s++) {
        packed.pushSplat(
          new Vector3(), new Vector3(...[0, 1, 2].map((axis) => Math.exp(splats.logScales[s * 3 + axis]))), new Quaternion().fromArray(splats.rotations, s * 4),
          splats.opacities[s], new Color().fromArray(splats.colors, s * 3),
        );
      }
    } });
    const textures = [
      dyno.dynoUsampler2D(data.texture), dyno.dynoSampler2D(posePass.posedVertices), dyno.dynoSampler2D(posePass.vertexNormals), dyno.dynoSampler2D(posePass.faceFrames),
    ] as const;
    const bind = new dyno.Dyno({
      inTypes: { gsplat: dyno.Gsplat, data: 'usampler2D', vertices: 'sampler2D', normals: 'sampler2D', frames: 'sampler2D' },
      outTypes: { gsplat: dyno.Gsplat },
      globals: () => [dyno.defineGsplat, MODIFIER_GLSL],
      statements: ({ inputs, outputs }: NamesInGlsl) => [`${outputs.gsplat} = boundSplat(${inputs.gsplat}, ${inputs.data}, ${inputs.vertices}, ${inputs.normals}, ${inputs.frames});`],
    });
    const modifier = dyno.dynoBlock({ gsplat: dyno.Gsplat }, { gsplat: dyno.Gsplat }, ({ gsplat }: { gsplat?: object }) => ({
      gsplat: bind.apply({ gsplat, data: textures[0], vertices: textures[1], normals: textures[2], frames: textures[3] }).gsplat,
    }));
    const mesh = new SplatMesh({ packedSplats, objectModifier: modifier });
    await mesh.initialized;
    place.add(mesh);
    scene.add(place);
    return { posePass, mesh };
  }));
  const matrices = new Float64Array(rig.joints.length * JOINT_MATRIX_SIZE);
  let frame = 0;
  let started = -Infinity;
  let sorted = -Infinity;
  // Which frame's splats each order was made of: noted where Spark begins to read depths back and where the order comes into use.
  const inner = sparkRenderer as unknown as { readbackDepth(options: unknown): Promise<unknown> };
  const readbackDepth = inner.readbackDepth.bind(sparkRenderer);
  inner.readbackDepth = (options) => {
    started = frame;
    return readbackDepth(options);
  };
  let active = 0;
  Object.defineProperty(sparkRenderer, 'activeSplats', { get: () => active, set: (count: number) => {
    active = count;
    sorted = started;
  } });
  return {
    draw(poses) {
      frame++;
      heads.forEach(({ posePass, mesh }, index) => {
        const pose = poses[index];
        posePass.blendshapeWeights.set(pose.blendshapeWeights);
        jointMatrices(rig, neutral.jointPositions, pose, matrices);
        posePass.jointRows.set(matrices);
        for (let row = 0; row < matrices.length / 4; row++) posePass.jointRows[row * 4 + 3] += pose.headPositionMeters[row % 3];
        posePass.run(renderer);
        mesh.updateVersion();
      });
      renderer.render(scene, camera);
    },
    sortAgeFrames: () => frame - sorted,
  };
}
