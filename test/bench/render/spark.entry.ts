// What a page that draws splats with Spark imports, for its size alone.
export { dyno, PackedSplats, SparkRenderer, SplatMesh } from '@sparkjsdev/spark';
export { PerspectiveCamera, Scene, WebGLRenderer } from 'three';
