import { describe, expect, test } from 'vitest';
import { checkpointText, parseCheckpoint } from '../../src/audit/checkpoint.ts';

/** The example of C2SP tlog-checkpoint. */
const EXAMPLE = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

describe('C2SP tlog-checkpoint', () => {
  test('the example of the specification', () => {
    const checkpoint = parseCheckpoint(EXAMPLE);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 });
    expect(checkpoint.root).toHaveLength(32);
    expect(checkpointText(checkpoint)).toBe(EXAMPLE);
  });

  test('"if the tree is empty [...] the tree size is 0"', () => {
    expect(parseCheckpoint(EXAMPLE.replace('20852163', '0')).size).toBe(0);
  });

  test.each([
    ['nothing', ''],
    ['no origin', EXAMPLE.slice(EXAMPLE.indexOf('\n'))],
    ['a leading zero', EXAMPLE.replace('\n2', '\n02')],
    ['a sign', EXAMPLE.replace('\n2', '\n+2')],
    ['a size that no tree has', EXAMPLE.replace('20852163', '20852163000000000')],
    ['a fraction', EXAMPLE.replace('20852163', '2085216.3')],
    ['a short root', EXAMPLE.replace('CsUYap', 'Yap')],
    ['a root without padding', EXAMPLE.replace('=', '')],
    ['an extension line', `${EXAMPLE}extension\n`],
    ['no last line feed', EXAMPLE.slice(0, -1)],
    ['an empty line more', `${EXAMPLE}\n`],
    ['carriage returns', EXAMPLE.replaceAll('\n', '\r\n')],
  ])('%s is refused', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'audit/bad-checkpoint' }));
  });
});
