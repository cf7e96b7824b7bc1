/** Plain JSON. Architectures, strategy states and log entries are values of this type: nothing else survives a restart. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json | undefined};
