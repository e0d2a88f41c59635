import { isAlias, isScalar, type Node, visit } from 'yaml';
import type { Mistake, Source } from './mistakes.ts';

/**
 * What makes YAML mean something else than it looks like: aliases and anchors take text over from elsewhere in the file, tags change what a
 * value is, a second document is not read, and 0x10 is sixteen. Whoever reviews a script reads it once, from top to bottom.
 */
export function plainProblems(source: Source): Mistake[] {
  const mistakes: Mistake[] = [];
  const add = (node: Node, text: string): void => {
    mistakes.push({ source, problem: { path: [], text, at: node.range?.[0] ?? 0 } });
  };
  visit(source.yaml.document, {
    Node(_, node) {
      if (isAlias(node)) add(node, `*${node.source} is an alias: write the text itself`);
      else if (node.anchor !== undefined) add(node, `&${node.anchor} is an anchor, and scripts have no aliases`);
      if (node.tag !== undefined) add(node, `the tag ${node.tag} is not for a script`);
      if (isScalar(node) && typeof node.value === 'number' && node.source !== String(node.value))
        add(node, `${node.source} is read as the number ${node.value}: write it so, or put it in quotes`);
    },
  });
  return mistakes;
}
