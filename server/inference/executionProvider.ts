import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';

/** Where a graph computes. */
export type ExecutionProvider = 'cuda' | 'cpu';

/**
 * Whether onnxruntime-node can try CUDA here: its build knows CUDA and the provider's library lies beside it. npm does not
 * bring that library (the package's own install script fetches it), so it is there only where somebody put it; asking
 * for CUDA without it makes the runtime write an error to the terminal, which is why it is looked for first.
 */
export function cudaInstalled(): boolean {
  if (!listSupportedBackends().some(({ name }) => name === 'cuda')) return false;
  const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  const binary = join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch);
  return ['libonnxruntime_providers_cuda.so', 'onnxruntime_providers_cuda.dll'].some((file) => existsSync(join(binary, file)));
}

/** What was chosen, and why not CUDA where its library is there but does not work (no driver, no device, wrong version). */
export interface ProviderChoice {
  readonly provider: ExecutionProvider;
  readonly cudaProblem?: string;
}

/**
 * CUDA where it works, else the CPU.
 * @param wanted `cpu` never looks for CUDA.
 * @param tryCuda loads something on CUDA; throws when CUDA does not work here.
 */
export async function chooseProvider(wanted: 'auto' | 'cpu', tryCuda: () => Promise<void>, installed: () => boolean = cudaInstalled): Promise<ProviderChoice> {
  if (wanted === 'cpu' || !installed()) return { provider: 'cpu' };
  try {
    await tryCuda();
    return { provider: 'cuda' };
  } catch (error) {
    return { provider: 'cpu', cudaProblem: error instanceof Error ? error.message : String(error) };
  }
}
