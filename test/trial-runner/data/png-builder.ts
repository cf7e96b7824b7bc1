import {crc32, deflateSync} from 'node:zlib';

/** Channels → color type. */
const colorTypes = {1: 0, 2: 4, 3: 2, 4: 6} as const;

export interface PngContent {
  readonly height: number;
  readonly width: number;
  /** Gray, gray and opacity, color, color and opacity. */
  readonly channels: keyof typeof colorTypes;
  /** 0 to 255. */
  readonly valueAt: (row: number, column: number, channel: number) => number;
}

/** A picture of 8 bits a channel: https://www.w3.org/TR/png-3/ */
export function png({height, width, channels, valueAt}: PngContent): Uint8Array {
  const lines = Array.from({length: height}, (_, row) => [
    0, // not filtered
    ...Array.from({length: width * channels}, (_unused, at) => valueAt(row, Math.floor(at / channels), at % channels)),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorTypes[channels]], 8);
  return Buffer.concat([
    Buffer.from([0x89, ...Buffer.from('PNG\r\n'), 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
