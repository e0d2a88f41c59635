import type { Line } from '../lines.ts';
import type { ScreenStates } from '../models/registry.ts';
import type { Shared } from '../models/screen.ts';
import type { ScreenName } from '../screen-names.ts';
import type { Theme } from '../theme.ts';
import { ceremonyScreen } from './ceremony.ts';
import { helpScreen } from './help.ts';
import { keysScreen } from './keys.ts';
import { logScreen } from './log.ts';
import { overviewScreen } from './overview.ts';
import { planScreen } from './plan.ts';
import { releaseScreen } from './release.ts';
import { timelineScreen } from './timeline.ts';
import { zoneScreen } from './zone.ts';

/** State in, lines out: at most bodyRows of them, which the frame cuts to the width. How a screen is added stands in models/registry.ts. */
export type ScreenView<S> = (state: S, shared: Shared, theme: Theme) => readonly Line[];

export const VIEWS: { readonly [N in ScreenName]: ScreenView<ScreenStates[N]> } = {
  overview: overviewScreen,
  zone: zoneScreen,
  keys: keysScreen,
  timeline: timelineScreen,
  plan: planScreen,
  log: logScreen,
  release: releaseScreen,
  ceremony: ceremonyScreen,
  help: helpScreen,
};
