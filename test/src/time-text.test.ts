import { describe, expect, test } from 'vitest';
import { isoText, parseDuration, parseMoment } from '../../src/config/time-text.ts';

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['15min', 900],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
    ['1d12h', 129_600],
    ['3600', 3600],
    ['P14D', 1_209_600],
    ['PT12H', 43_200],
    ['P1W', 604_800],
    ['P1DT1M1S', 86_461],
    ['1mo', 2_592_000],
    ['1y', 31_536_000],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '5m', 'P', 'PT', '1x', '-3d', '3 d', '1d-', 'P1', '1.5h'])('"%s" is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'usage/duration' }));
  });

  test('m could be minutes or months', () => {
    expect(() => parseDuration('5m')).toThrow(/ambiguous/);
  });
});

describe('moments', () => {
  const now = 1_795_000_000;
  test.each([
    ['now', now],
    ['+90d', now + 7_776_000],
    ['-1h', now - 3600],
    ['20261124120000', 1_795_521_600],
    ['2026-11-24T12:00:00Z', 1_795_521_600],
    ['2026-11-24T13:00:00+01:00', 1_795_521_600],
    ['2026-11-24', 1_795_478_400],
    ['1795521600', 1_795_521_600],
  ])('%s', (text, seconds) => {
    expect(parseMoment(text, now)).toBe(seconds);
  });

  test.each(['', 'tomorrow', '20261324120000', '2026-02-30', '2026-11-24T12:00:00', '1960-01-01'])('"%s" is refused', (text) => {
    expect(() => parseMoment(text, now)).toThrow(expect.objectContaining({ code: 'usage/time' }));
  });

  test('printed in UTC', () => {
    expect(isoText(1_795_521_600)).toBe('2026-11-24T12:00:00Z');
  });
});
