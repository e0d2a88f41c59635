import { SaxesParser } from 'saxes';
import { badImport } from './named-conf.ts';

/** An element of an XML document; white space around its text is gone. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
  readonly line: number;
}

const MAX_DEPTH = 32;

/** Strict: whatever is not well-formed is refused, entities of its own included. @throws Refusal policy/bad-import */
export function parseXml(text: string, file: string): XmlElement {
  const parser = new SaxesParser<{ position: true; xmlns: false }>({ position: true, xmlns: false });
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw badImport(file, parser.line, `not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (stack.length === MAX_DEPTH) throw badImport(file, parser.line, `elements are nested deeper than ${MAX_DEPTH}`);
    stack.push({ name, attributes, children: [], text: '', line: parser.line });
  });
  const addText = (piece: string): void => {
    const top = stack.at(-1);
    if (top !== undefined) top.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const { text: content, ...element } = stack.pop()!;
    const done = { ...element, text: content.trim() };
    const parent = stack.at(-1);
    if (parent === undefined) root = done;
    else parent.children.push(done);
  });
  parser.write(text).close();
  if (root === undefined) throw badImport(file, 1, 'an XML document without an element');
  return root;
}
