// What a page that draws avatars with Stipple's renderer imports, for its size alone.
export * from '../../../client/render/index.ts';
export { PerspectiveCamera, Scene, WebGLRenderer } from 'three';
