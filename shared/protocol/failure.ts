import { StippleError } from './errors.ts';

/** What a command says of what went wrong: our own code, else the system's (`ENOENT`, …), else `INTERNAL`. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof StippleError ? error.code : (error as { readonly code?: string } | undefined)?.code ?? 'INTERNAL';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
