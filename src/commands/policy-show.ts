import { Document, isMap, isScalar, visit } from 'yaml';
import type { Config, Policy } from '../config/config.ts';
import { policyMembers } from '../config/policy-members.ts';
import type { Io } from '../io.ts';
import { policyWords } from '../policy/diff.ts';
import { policyOf } from '../policy/explain.ts';
import { columns } from '../print/table.ts';
import { readConfigFile } from '../workspace/config-file.ts';

export interface PolicyShowOptions {
  readonly dir?: string;
  /** Absent: one line a policy. */
  readonly name?: string;
  readonly json: boolean;
}

/** `policy show`: the policies of coldsign.yaml in a line each, or one of them as the file would have it with nothing left out. */
export function policyShow({ dir, name, json }: PolicyShowOptions, io: Io): number {
  const { config } = readConfigFile(dir);
  const shown = name === undefined ? Object.values(config.policies) : [policyOf(config, name)];
  if (json)
    io.out.write(
      `${JSON.stringify({ format: 1, policies: shown.map((policy) => ({ name: policy.name, ...policyMembers(policy) })) }, undefined, 2)}\n`,
    );
  else io.out.write(name === undefined ? overview(config) : written(shown[0]!));
  return 0;
}

/** Lists and limits on one line each, as people write them. */
function written(policy: Policy): string {
  const document = new Document({ policies: { [policy.name]: policyMembers(policy) } });
  visit(document, {
    Seq(_, list) {
      list.flow = true;
    },
    Pair(_, { key, value }) {
      if (isMap(value) && ['nsec3', 'limits'].includes(String(isScalar(key) ? key.value : key))) value.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

function overview(config: Config): string {
  const rows = Object.values(config.policies).map((policy) => {
    const words = policyWords(policy);
    const zones = Object.values(config.zones).filter((zone) => zone.policy === policy.name).length;
    const denial = policy.denial.kind === 'nsec' ? 'NSEC' : 'NSEC3';
    return [
      policy.name,
      `${zones}`,
      `${policy.algorithm}`,
      policy.keys,
      `${words['ksk-lifetime']}`,
      `${words['zsk-lifetime']}`,
      `${words['signatures-validity']}`,
      denial,
    ];
  });
  return columns([['policy', 'zones', 'algorithm', 'keys', 'ksk-lifetime', 'zsk-lifetime', 'validity', 'denial'], ...rows]);
}
