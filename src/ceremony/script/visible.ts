/**
 * Characters that are not seen, or turn the direction of what is: controls (but line feed, carriage return and tab, which are looked at where they
 * matter), format characters, halves of characters, code points that are nobody's, fillers, variation selectors, and what stands for octets that
 * are no text.
 */
export const UNSEEN = /[^\P{C}\n\r\t]|[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufffd]/u;

/** Blanks that are no space: whoever types what is shown types another one. */
const OTHER_BLANKS = /(?! )\p{Zs}/u;
/** What stands behind so many is not seen. */
const GAP = / {20,}/;
/** Marks over marks grow over the lines above. */
const PILED_MARKS = /\p{M}{4,}/u;

/** Nothing in it is hidden from the eye; lines and tabs are for others to refuse. */
export const isVisible = (text: string): boolean =>
  !UNSEEN.test(text) && !OTHER_BLANKS.test(text) && !GAP.test(text) && !PILED_MARKS.test(text);

/** Alphabets whose letters look like those of another one. */
const LOOK_ALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;

/** @returns a word that is written in Latin letters and in those of an alphabet that look like them: `example` with a Cyrillic `а` is another zone */
export function mixedWord(text: string): string | undefined {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu)?.find((word) => /\p{Script=Latin}/u.test(word) && LOOK_ALIKE.test(word));
}

/** Full-width letters and braces, ligatures: they look like what they are not. */
export const isPlainForm = (text: string): boolean => text.normalize('NFKC') === text;
