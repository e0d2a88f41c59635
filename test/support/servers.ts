import { Loopback } from '../../src/demo/loopback.ts';

export interface AskedQuestion {
  readonly name: string;
  readonly type: string;
}

/** What unbound says, in the form the tests compare. */
export interface Told {
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly ad: boolean;
  /** Records of the type asked for. */
  readonly count: number;
}

/** Serves one zone with NSD, lets unbound validate it from the anchor, and asks. */
export async function askServed(
  zone: { readonly origin: string; readonly file: string },
  trustAnchor: string,
  questions: readonly AskedQuestion[],
): Promise<readonly Told[]> {
  await using servers = await Loopback.start({ zones: [zone], trustAnchor });
  const told: Told[] = [];
  for (const { name, type } of questions) {
    const { rcode, ad, answers } = await servers.ask(name, type);
    told.push({ name, type, rcode, ad, count: answers.filter((answer) => answer.type === type).length });
  }
  return told;
}
