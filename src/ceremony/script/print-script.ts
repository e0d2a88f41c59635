import { stringify } from 'yaml';
import { isoText } from '../../config/time-text.ts';
import { FORMAT } from './schema.ts';
import type { Act, Given, Script, Step, Value } from './script.ts';

/** A script as a file of its own, with nothing included; parseScript reads it back as it was. */
export function printScript(script: Script): string {
  const { name, title, purpose, mode, fill, roles, separate, values, steps } = script;
  const filling =
    fill.kind === 'template'
      ? {}
      : { origin: fill.origin, prepared: { ...fill.prepared, at: isoText(fill.prepared.at) }, people: fill.people };
  const { people, ...origin } = { people: undefined, ...filling };
  const whole = {
    format: FORMAT,
    name,
    title,
    purpose,
    mode,
    ...origin,
    roles,
    ...(separate.length === 0 ? {} : { separate }),
    ...(people === undefined ? {} : { people }),
    ...(Object.keys(values).length === 0
      ? {}
      : { values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, rawValue(value)])) }),
    steps: steps.map(rawStep),
  };
  // Without aliases: what stands twice is written twice.
  return stringify(whole, { aliasDuplicateObjects: false, lineWidth: 120 });
}

function rawValue(value: Value): unknown {
  return value.kind === 'asked' ? { ask: value.what, example: rawGiven(value.example) } : rawGiven(value);
}

function rawGiven(given: Given): unknown {
  return given.kind === 'text' ? given.text : given.items.map((item) => (item.kind === 'text' ? item.text : item.members));
}

function rawStep({ id, act, role, title, say, each, do: what, show, confirm, minutes, record }: Step): unknown {
  return {
    id,
    act,
    role,
    title,
    ...(each === undefined ? {} : { each }),
    ...(say === undefined ? {} : { say }),
    do: rawAct(what),
    ...(show.length === 0 ? {} : { show }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(record.length === 0 ? {} : { record }),
  };
}

function rawAct(act: Act): unknown {
  switch (act.kind) {
    case 'command':
      return { command: act.argv };
    case 'manual':
      return { manual: act.text, evidence: act.evidence };
    case 'check':
      return { check: act.what };
    case 'attendance':
      return { attendance: true };
    case 'approve':
      return { approve: 'script' };
    case 'checkpoint':
      return { checkpoint: 'print' };
    default:
      return act satisfies never;
  }
}
