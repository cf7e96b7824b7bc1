import {createHash} from 'node:crypto';

/** A short name for a long text: the first 96 bits of its SHA-256, as 24 hexadecimal digits. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
