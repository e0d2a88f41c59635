import type { VerifyOptions } from '../../../src/audit/verifier/report.ts';
import { verifyFiles } from '../../../src/audit/verifier/verify.ts';
import type { SampleExport } from './sample-export.ts';
import { answerOf, askSecondVerifier, baseQuestion, caseQuestion, errorsOf, type Files } from './second-verifier.ts';

/** Something that was done to an export, and the errors that both verifiers must find: these and no others. */
export interface Case {
  readonly name: string;
  readonly files: Files;
  readonly errors: readonly string[];
  readonly options?: VerifyOptions;
}

/** @returns for each case what was expected and what the two have said, to be compared as a whole */
export async function judgeCases({ files: base }: SampleExport, cases: readonly Case[]) {
  const questions = cases.map(({ files, options }) => caseQuestion('base', base, files, options ?? {}));
  const second = await askSecondVerifier([baseQuestion('base', base), ...questions]);
  return cases.map(({ name, files, errors, options }, i) => {
    const report = verifyFiles(files, options);
    const answer = answerOf(report);
    return { name, errors: { expected: [...errors].sort(), found: errorsOf(report) }, first: answer, second: second[i] };
  });
}

/** The two agree, and what they find is what was expected. */
export function mistakesIn(judged: Awaited<ReturnType<typeof judgeCases>>) {
  return judged.filter(
    ({ errors, first, second }) =>
      JSON.stringify(errors.expected) !== JSON.stringify(errors.found) ||
      JSON.stringify(first) !== JSON.stringify(second) ||
      first[0] !== (errors.expected.length === 0),
  );
}
