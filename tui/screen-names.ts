/** The screens, in the order of the tabs. */
export const SCREEN_NAMES = ['overview', 'zone', 'keys', 'timeline', 'plan', 'log', 'release', 'ceremony', 'help'] as const;

export type ScreenName = (typeof SCREEN_NAMES)[number];
