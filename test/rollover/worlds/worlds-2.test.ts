import { test } from 'vitest';
import { expectSound } from './sound.ts';

test('RFC 7583 1: a validator is to find the zone valid at all times, whatever its caches hold; and every rollover ends', () =>
  expectSound(1));
