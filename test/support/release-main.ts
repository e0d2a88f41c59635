import { release } from './release-cli.ts';

/** `release …` as a process of its own, to be killed. */
const told = await release(...process.argv.slice(2));
process.stdout.write(told);
