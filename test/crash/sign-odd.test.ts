import { test } from 'vitest';
import { signKilledEverywhere } from './sign-killed.ts';

test('zone sign killed at each odd call that changes the disk: the next command reports, resolves and signs', {
  timeout: 600_000,
}, async () => {
  await signKilledEverywhere(1, 2);
});
