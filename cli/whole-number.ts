import {CliError} from './output.ts';

/** The value of an option that is a number of things. */
export function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CliError(`${option} ${text} is not a whole number above 0`, 'give one, such as 8', {exitCode: 2});
  return value;
}
