import type { Io } from '../io.ts';
import { type ExplainedValue, type Explanation, explainPolicy } from '../policy/explain.ts';
import type { ZoneUse } from '../policy/rules.ts';
import { factsOf } from '../policy/zone-facts.ts';
import { readConfigFile } from '../workspace/config-file.ts';
import { zoneOf } from '../workspace/configured-zone.ts';

export interface PolicyExplainOptions {
  readonly dir?: string;
  /** Default: the policy of the zone, or `default`. */
  readonly name?: string;
  /** With the figures of this zone. */
  readonly zone?: string;
  readonly json: boolean;
}

/** `policy explain`: coldsign.yaml as it is now → each value of a policy, where it comes from, what it implies. */
export function policyExplain(options: PolicyExplainOptions, io: Io): number {
  const { config } = readConfigFile(options.dir);
  const zone = options.zone === undefined ? undefined : zoneOf(config, options.zone);
  const use: ZoneUse | undefined = zone && {
    zone,
    registry: zone.registry === undefined ? undefined : config.registries[zone.registry],
    facts: factsOf(zone),
  };
  const explanation = explainPolicy(config, options.name ?? zone?.policy ?? 'default', use);
  io.out.write(options.json ? `${JSON.stringify(explanation, undefined, 2)}\n` : explanationText(explanation));
  return 0;
}

function explanationText({ policy, zones, zone, values, implications }: Explanation): string {
  const width = Math.max(...values.map(({ name }) => name.length));
  const lines = [
    `policy ${policy}, followed by ${zones} ${zones === 1 ? 'zone' : 'zones'}${zone === undefined ? '' : `; figures for ${zone}`}`,
    '',
    ...values.map((value) => valueLine(value, width)),
    '',
    ...implications,
  ];
  return `${lines.join('\n')}\n`;
}

/** `zsk-lifetime  90d (coldsign.yaml: P90D): what it implies` */
function valueLine({ name, value, from, words, implies }: ExplainedValue, width: number): string {
  const isSame = words === undefined || words.replace(/^\[|\]$/g, '').trim() === value;
  return `${name.padEnd(width)}  ${value} (${isSame ? from : `${from}: ${words}`})${implies === undefined ? '' : `: ${implies}`}`;
}
