import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** coldsign.yaml as it lies there: what `policy apply` would let take effect. @throws Refusal policy/… */
export const configToBe = ({ config, root }: Pick<WorkspacePaths, 'config' | 'root'>): Config =>
  parseConfig(readFileSync(config, 'utf8'), config, root);
