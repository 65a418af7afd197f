import { describe, expect, test } from 'vitest';
import { acquireDevice, deviceLoad } from '../../../server/inference/deviceQueue.ts';
import { chooseProvider, cudaInstalled } from '../../../server/inference/executionProvider.ts';
import { inventedCondition, loadGenerator } from '../../support/tinyGenerator.ts';

const never = () => new AbortController().signal;
const settled = () => new Promise((resolve) => { setTimeout(resolve, 10); });

describe('the queue of a device', () => {
  test('lets one in at a time, first come, first served', async () => {
    const order: string[] = [];
    const first = await acquireDevice('cpu', never());
    const second = acquireDevice('cpu', never()).then((giveBack) => { order.push('second'); return giveBack; });
    const third = acquireDevice('cpu', never()).then((giveBack) => { order.push('third'); return giveBack; });
    await settled();
    expect(order).toEqual([]);
    expect(deviceLoad('cpu')).toBe(3);
    first();
    first();
    (await second)();
    (await third)();
    await settled();
    expect(order).toEqual(['second', 'third']);
    expect(deviceLoad('cpu')).toBe(0);
  });

  test('forgets who aborts while waiting; who has the device keeps it until it gives it back', async () => {
    const holder = new AbortController();
    const waiter = new AbortController();
    const giveBack = await acquireDevice('cpu', holder.signal);
    const waiting = acquireDevice('cpu', waiter.signal);
    const next = acquireDevice('cpu', never());
    waiter.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    holder.abort(new Error('stop'));
    let entered = false;
    void next.then(() => { entered = true; });
    await settled();
    expect(entered).toBe(false);
    giveBack();
    (await next)();
    await expect(acquireDevice('cpu', AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    await settled();
    expect(deviceLoad('cpu')).toBe(0);
  });

  test('two heads at once come out as one after the other, and an abandoned one gives the device back', async () => {
    const model = await loadGenerator();
    const write = async (seed: number): Promise<Uint32Array> => {
      const stream = model.writePoints(inventedCondition(model.manifest), { seed, signal: never(), maxPoints: 400 });
      let step = await stream.next();
      while (!step.done) step = await stream.next();
      return step.value.sites;
    };
    const alone = [await write(1), await write(2)];
    expect(await Promise.all([write(1), write(2)])).toEqual(alone);
    for await (const chunk of model.writePoints(inventedCondition(model.manifest), { seed: 1, signal: never() })) {
      expect(chunk.level).toBe('coarse');
      break;
    }
    expect(await write(2)).toEqual(alone[1]);
    await model.dispose();
  });
});

describe('the execution provider', () => {
  test('is the CPU where CUDA is not installed, not wanted, or does not work', async () => {
    const works = async () => {};
    const fails = async () => { throw new Error('no device'); };
    expect(await chooseProvider('auto', works, () => false)).toEqual({ provider: 'cpu' });
    expect(await chooseProvider('cpu', works, () => true)).toEqual({ provider: 'cpu' });
    expect(await chooseProvider('auto', fails, () => true)).toEqual({ provider: 'cpu', cudaProblem: 'no device' });
    expect(await chooseProvider('auto', works, () => true)).toEqual({ provider: 'cuda' });
  });

  test('npm alone brings no CUDA library, and a model then loads on the CPU', async () => {
    const model = await loadGenerator();
    if (!cudaInstalled()) expect(model.choice).toEqual({ provider: 'cpu' });
    await model.dispose();
  });
});
