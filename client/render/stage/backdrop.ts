import { BufferGeometry, Color, Float32BufferAttribute, GLSL3, Matrix3, Mesh, type PerspectiveCamera, RawShaderMaterial, Vector2 } from 'three';
import { BACKDROP_FRAGMENT_SHADER, BACKDROP_VERTEX_SHADER } from './backdropShader.ts';

/** What is behind everyone, far away: one triangle that covers the view, drawn first. It stays where it is when the camera turns. */
export class Backdrop extends Mesh<BufferGeometry, RawShaderMaterial> {
  constructor() {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    super(geometry, new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: BACKDROP_VERTEX_SHADER, fragmentShader: BACKDROP_FRAGMENT_SHADER, depthTest: false, depthWrite: false,
      uniforms: {
        scene: { value: 0 }, plainColor: { value: new Color(0, 0, 0) }, tangents: { value: new Vector2(1, 1) }, worldFromCamera: { value: new Matrix3() },
        planSlope: { value: 0 }, planTangent: { value: 0.23 }, planAspect: { value: 1.6 },
      },
    }));
    this.frustumCulled = false;
    this.renderOrder = -10;
  }

  /** @param scene number of the room, as in `SCENES`. @param plain colour of the plain one, in the sRGB encoding */
  setScene(scene: number, plain: readonly [number, number, number]): void {
    this.material.uniforms.scene!.value = scene;
    // Not by `setRGB`, which would take it for linear light.
    const color = this.material.uniforms.plainColor!.value as Color;
    [color.r, color.g, color.b] = plain;
  }

  /**
   * Where the camera looks now, and how the room was laid out for it.
   * @param planSlope,planTangent slope of the middle of the whole view, and the tangent of half its vertical angle
   */
  setView(camera: PerspectiveCamera, planSlope: number, planTangent: number): void {
    const { uniforms } = this.material;
    const tangent = Math.tan((camera.fov / 2) * Math.PI / 180);
    (uniforms.tangents!.value as Vector2).set(tangent * camera.aspect, tangent);
    (uniforms.worldFromCamera!.value as Matrix3).setFromMatrix4(camera.matrixWorld);
    uniforms.planSlope!.value = planSlope;
    uniforms.planTangent!.value = planTangent;
    uniforms.planAspect!.value = camera.aspect;
    this.material.uniformsNeedUpdate = true;
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
