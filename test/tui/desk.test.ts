import { describe, expect, test } from 'vitest';
import type { Act, Answer, Job, Request } from '../../tui/data.ts';
import { makeDesk, type Outside } from '../../tui/desk.ts';
import type { Model } from '../../tui/model.ts';
import { drive, keys, started } from './support/drive.ts';
import { NOW, SUMMARY, sampleAnswer } from './support/sample.ts';

/** Requests that are answered when the test says so. */
class Slow {
  readonly asked: { readonly request: Request; readonly job: Job; answer(): void; fail(error: Error): void }[] = [];

  load(request: Request, _now: number, job: Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      job.signal.addEventListener('abort', () => reject(new Error('aborted')));
      this.asked.push({ request, job, answer: () => resolve(sampleAnswer(request)), fail: reject });
    });
  }
}

const ACT: Act = { argv: ['zone', 'sign', 'due.example.'], text: '', confirm: 'due.example.' };

function deskOver(slow: Slow, rest: Partial<Outside> = {}) {
  const order: string[] = [];
  let model: Model = started().model;
  const outside: Outside = {
    data: { summary: () => SUMMARY, refresh: () => false, load: (request, now, job) => slow.load(request, now, job) },
    now: () => NOW,
    explain: (error) => `explained: ${(error as Error).message}`,
    every: () => () => {},
    onEnd: () => () => {},
    run: async () => {
      order.push('run');
      return 3;
    },
    ...rest,
  };
  const desk = makeDesk(outside, model, {
    show: (next) => {
      model = next;
    },
    exit: () => order.push('exit'),
    suspend: async (during) => {
      order.push('suspended');
      await during();
      order.push('resumed');
    },
  });
  return { desk, order, model: () => model };
}

/** All that is settled has been told. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('requests', () => {
  test('progress shows while something is worked out, and goes with its answer', async () => {
    const slow = new Slow();
    const { desk, model } = deskOver(slow);
    desk.carryOut([{ kind: 'load', request: { of: 'log-verify' } }]);
    slow.asked[0]!.job.progress({ label: 'entries hashed', done: 1, total: 2, seconds: 1 });
    expect(model().jobs.get('log-verify')?.done).toBe(1);
    slow.asked[0]!.answer();
    await settled();
    expect(model().jobs.size).toBe(0);
    expect(model().screens.log.verdict?.isGood).toBe(true);
  });

  test('what is asked for while it is worked out is worked out once more, after it: a log that grows and grows does not keep it from ending', async () => {
    const slow = new Slow();
    const { desk } = deskOver(slow);
    for (let i = 0; i < 5; i++) desk.carryOut([{ kind: 'load', request: { of: 'zones' } }]);
    expect(slow.asked).toHaveLength(1);
    slow.asked[0]!.answer();
    await settled();
    expect(slow.asked).toHaveLength(2);
    slow.asked[1]!.answer();
    await settled();
    expect(slow.asked).toHaveLength(2);
  });

  test('another search takes the place of the one under way', async () => {
    const slow = new Slow();
    const { desk, model } = deskOver(slow);
    for (const message of keys('6', '/', 'a', 'enter', '/', 'b', 'enter')) desk.tell(message);
    const searches = slow.asked.filter(({ request }) => request.of === 'log-search');
    expect(searches.map(({ request, job }) => ['query' in request && request.query, job.signal.aborted])).toEqual([
      ['a', true],
      ['ab', false],
    ]);
    await settled();
    expect(model().screens.log.isSearching).toBe(true);
    searches[1]!.answer();
    await settled();
    expect(model().screens.log.found).toHaveLength(1234);
  });

  test('x stops a search: all entries are there again', async () => {
    const slow = new Slow();
    const { desk, model } = deskOver(slow);
    for (const message of keys('6', '/', 'a', 'enter', 'x')) desk.tell(message);
    await settled();
    expect(model().screens.log).toMatchObject({ isSearching: false, query: '', found: undefined });
    expect(model().jobs.size).toBe(0);
  });

  test('a failure is told in words, and leaves what was there', async () => {
    const slow = new Slow();
    const { desk, model } = deskOver(slow);
    const before = model().screens.overview.zones;
    desk.carryOut([{ kind: 'load', request: { of: 'zones' } }]);
    slow.asked[0]!.fail(new Error('the disk is gone'));
    await settled();
    expect(model().notice).toEqual({ isBad: true, text: 'explained: the disk is gone' });
    expect(model().screens.overview.zones).toBe(before);
  });
});

describe('commands', () => {
  test('run while the terminal is released; work under way has ended before, and the exit status is told after', async () => {
    const slow = new Slow();
    const { desk, model, order } = deskOver(slow);
    desk.carryOut([{ kind: 'load', request: { of: 'log-verify' } }]);
    for (const message of keys('down', '!', ACT.confirm, 'enter')) desk.tell(message);
    expect(slow.asked[0]!.job.signal.aborted).toBe(true);
    await settled();
    expect(order).toEqual(['suspended', 'run', 'resumed']);
    expect(model().notice).toEqual({ isBad: true, text: 'exit 3: coldsign zone sign due.example.' });
    expect(model().ran).toEqual([{ argv: ACT.argv, status: 3 }]);
  });

  test('a command that cannot be started is a failure, and not the end', async () => {
    const slow = new Slow();
    const { desk, model } = deskOver(slow, { run: () => Promise.reject(new Error('no such program')) });
    for (const message of keys('down', '!', ACT.confirm, 'enter')) desk.tell(message);
    await settled();
    expect(model().notice).toEqual({ isBad: true, text: 'explained: no such program' });
  });

  test('q stops what is under way and ends', () => {
    const slow = new Slow();
    const { desk, order } = deskOver(slow);
    desk.carryOut([{ kind: 'load', request: { of: 'log-verify' } }]);
    desk.tell({ kind: 'key', key: 'q' });
    expect([order, slow.asked[0]!.job.signal.aborted]).toEqual([['exit'], true]);
  });
});

test('what is typed does not outlive the line that it is typed in', () => {
  const { model } = drive(started(), ...keys('!', 'something', 'esc'));
  expect(JSON.stringify(model)).not.toContain('something');
});
