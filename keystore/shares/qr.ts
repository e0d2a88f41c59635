import qrcode from 'qrcode';

/** Error correction `Q`: a quarter of the code may be soiled. */
const LEVEL = 'Q';

/** A QR code as squares. */
export interface QrMatrix {
  /** Squares on a side, without margin. */
  readonly size: number;
  isDark(row: number, column: number): boolean;
}

export function qrMatrix(text: string): QrMatrix {
  const { modules } = qrcode.create(text, { errorCorrectionLevel: LEVEL });
  return { size: modules.size, isDark: (row, column) => modules.get(row, column) !== 0 };
}

/** For a terminal: two rows of squares a line, dark on light whatever its colours. */
export function qrTerminal(text: string): Promise<string> {
  return qrcode.toString(text, { type: 'utf8', errorCorrectionLevel: LEVEL });
}

/** For paper. */
export function qrSvg(text: string): Promise<string> {
  return qrcode.toString(text, { type: 'svg', errorCorrectionLevel: LEVEL });
}
