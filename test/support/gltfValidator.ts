import { createRequire } from 'node:module';

/** The parts of Khronos' report that tests look at. */
export interface GltfReport {
  readonly issues: { readonly numErrors: number; readonly numWarnings: number; readonly messages: readonly { readonly code: string; readonly message: string; readonly pointer: string }[] };
  readonly info: { readonly totalVertexCount: number; readonly extensionsUsed: readonly string[] };
}

/** Khronos' glTF validator, which comes without types. */
export async function validateGltf(bytes: Uint8Array): Promise<GltfReport> {
  const validator = createRequire(import.meta.url)('gltf-validator') as { validateBytes(bytes: Uint8Array, options: { maxIssues: number }): Promise<GltfReport> };
  return validator.validateBytes(bytes, { maxIssues: 100 });
}
