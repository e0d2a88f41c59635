/** Version of the program; a test holds it against package.json. */
export const VERSION = '0.1.0';

/** When this version was made, unix seconds: a clock that is earlier is wrong. */
export const BUILT = Date.UTC(2026, 10, 24) / 1000;
