import type { ChildProcess } from 'node:child_process';

/**
 * Questions between the tool and a process of its own, over Node's IPC: one message with an id each way. `Methods` maps a
 * name to a function; arguments and results are what structured cloning carries.
 */
export type Methods = Record<string, (argument: never) => unknown>;

interface Question { readonly id: number; readonly method: string; readonly argument: unknown }
type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

const ANSWER_LIMIT_MS = 60_000;

/** The child's side: answers questions until the tool goes away, and then ends the process. */
export function answerRequests(methods: Methods): void {
  process.on('message', (question: Question) => {
    const answer = (reply: Answer): void => { process.send?.(reply, undefined, undefined, () => {}); };
    Promise.resolve().then(() => {
      const method = methods[question.method];
      if (method === undefined) throw new Error(`there is no method ${question.method}`);
      return method(question.argument as never);
    }).then(
      (value) => answer({ id: question.id, value }),
      (error: unknown) => answer({ id: question.id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(1));
}

/** The tool's side of one child. */
export class ChildRequests<M extends Methods> {
  readonly child: ChildProcess;
  readonly #title: string;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }>();
  #nextId = 1;
  #ended: string | undefined;

  constructor(child: ChildProcess, title: string) {
    this.child = child;
    this.#title = title;
    child.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      if (waiting === undefined) return;
      this.#waiting.delete(answer.id);
      clearTimeout(waiting.timer);
      if ('error' in answer) waiting.reject(new Error(`${title}: ${answer.error}`));
      else waiting.resolve(answer.value as never);
    });
    child.on('exit', (code, signal) => this.#end(`${title} ended with ${signal ?? `status ${code}`}`));
    child.on('error', (error) => this.#end(`${title} failed: ${error.message}`));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws Error what the child threw, or that it ended or did not answer in time. */
  ask<K extends keyof M & string>(method: K, argument: Parameters<M[K]>[0], limitMs: number = ANSWER_LIMIT_MS): Promise<Awaited<ReturnType<M[K]>>> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${this.#title} did not answer ${method} within ${limitMs / 1_000} s`));
      }, limitMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.child.send({ id, method, argument } satisfies Question, (error) => { if (error) this.#end(`${this.#title}: ${error.message}`); });
    });
  }

  /** Lets the child end by itself, and ends it where it does not. */
  async end(graceMs: number): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(this.#ended));
    }
    this.#waiting.clear();
  }
}
