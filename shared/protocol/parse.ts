import type { z } from 'zod';
import { StippleError } from './errors.ts';
import type { ErrorCode } from './errors.ts';

/** What came instead, in a few words that never repeat the content of a string. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `string of ${value.length} characters`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${value}`;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return `${value.byteLength} bytes`;
  return typeof value;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let current = root;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

/**
 * Parses something from outside once.
 * @throws StippleError with `code`, whose message and details name the first bad field, what was expected and what came.
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ').slice(0, 100) : undefined;
  const field = [...path, ...(unknownKeys === undefined ? [] : [unknownKeys])].map(String).join('.') || '(the whole)';
  const expected = unknownKeys === undefined ? expectation(issue?.message) : 'no field of this name';
  const got = unknownKeys === undefined ? describeValue(valueAt(value, path)) : 'one';
  throw new StippleError(code, {
    message: `${what}: field ${field}: expected ${expected}, got ${got}`,
    details: { field, expected, got },
  });
}

/** zod says "Invalid input: expected string, received undefined"; only the middle is wanted. */
function expectation(message: string | undefined): string {
  return (message ?? 'valid input').replace(/^Invalid input: expected /, '').replace(/, received .*$/, '');
}
