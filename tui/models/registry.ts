import type { ScreenName } from '../screen-names.ts';
import { CEREMONY, type CeremonyState } from './ceremony.ts';
import { HELP, type HelpState } from './help.ts';
import { KEYS, type KeysState } from './keys.ts';
import { LOG, type LogState } from './log.ts';
import { OVERVIEW, type OverviewState } from './overview.ts';
import { PLAN, type PlanState } from './plan.ts';
import { RELEASE, type ReleaseState } from './release.ts';
import type { ScreenModel } from './screen.ts';
import { TIMELINE, type TimelineState } from './timeline.ts';
import { ZONE, type ZoneState } from './zone.ts';

/** What each screen keeps. */
export interface ScreenStates {
  readonly overview: OverviewState;
  readonly zone: ZoneState;
  readonly keys: KeysState;
  readonly timeline: TimelineState;
  readonly plan: PlanState;
  readonly log: LogState;
  readonly release: ReleaseState;
  readonly ceremony: CeremonyState;
  readonly help: HelpState;
}

/**
 * All screens. One more is added without a change to the others:
 * 1. its name in screen-names.ts; the order there is that of the tabs;
 * 2. models/NAME.ts with its state and a ScreenModel: pure, tells what it wants to know as Requests, gets Answers (both in data.ts);
 * 3. screens/NAME.ts with `(state, shared, theme, size) → Line[]`, at most as many lines as bodyRows says;
 * 4. a line here, in ScreenStates, and in screens/registry.ts;
 * 5. its keys in keymap.ts: input, bottom line and help have them then.
 * What it asks for is answered in src/tui/. Every other part (frame, tabs, confirmation, running commands, resizing) takes it from here.
 */
export const SCREENS: { readonly [N in ScreenName]: ScreenModel<ScreenStates[N]> } = {
  overview: OVERVIEW,
  zone: ZONE,
  keys: KEYS,
  timeline: TIMELINE,
  plan: PLAN,
  log: LOG,
  release: RELEASE,
  ceremony: CEREMONY,
  help: HELP,
};
