/** What a member has spent and brought. */
export type Account = {
  /** Trials begun, and what those that ended have cost. */
  readonly started: number;
  readonly ended: number;
  readonly cost: number;
  /** Running mean of what its latest results were worth, from 0 to 1. */
  readonly worth: number;
};
export type Accounts = Readonly<Record<string, Account>>;

/** A member that has shown nothing yet is believed to be good, so that everyone is tried. */
const hope = 1;
/** Weight of the latest result in the running mean: the memory is about ten results long. */
const freshness = 0.1;
/** Only results among the best quarter are worth something: search is about the best, and not about the mean. */
const threshold = 0.75;

const fresh: Account = {started: 0, ended: 0, cost: 0, worth: hope};

export const begun = (names: readonly string[]): Accounts => Object.fromEntries(names.map((name) => [name, fresh]));

function change(accounts: Accounts, name: string, with_: (account: Account) => Account): Accounts {
  const account = accounts[name];
  return account === undefined ? accounts : {...accounts, [name]: with_(account)};
}

export const started = (accounts: Accounts, name: string): Accounts =>
  change(accounts, name, (account) => ({...account, started: account.started + 1}));

/** Enters a result: its standing among the others (1 the best) and what it cost. */
export function credited(accounts: Accounts, name: string, result: {standing: number; cost: number}): Accounts {
  const worth = Math.max(0, (result.standing - threshold) / (1 - threshold));
  return change(accounts, name, (account) => ({
    ...account,
    ended: account.ended + 1,
    cost: account.cost + result.cost,
    worth: account.worth + freshness * (worth - account.worth),
  }));
}

/** What a trial costs that is under way: the mean of all that ended. */
function meanCost(accounts: readonly Account[]): number {
  const [cost, ended] = accounts.reduce(([c, e], account) => [c + account.cost, e + account.ended], [0, 0]);
  return ended === 0 || cost === 0 ? 1 : cost / ended;
}

/**
 * The members in the order of their claims. Each deserves a share of the cost in proportion to the square of its worth, `minimumShare` at
 * least; who is furthest below what it deserves comes first. Equal claims go by the order of the accounts.
 */
export function allot(accounts: Accounts, minimumShare: number): string[] {
  const all = Object.entries(accounts);
  const price = meanCost(all.map(([, account]) => account));
  const spentBy = ({cost, started: begunTrials, ended}: Account): number => cost + (begunTrials - ended) * price;
  const total = all.reduce((sum, [, account]) => sum + spentBy(account), 0) + price;
  const claims = all.reduce((sum, [, {worth}]) => sum + worth ** 2, 0);
  const free = 1 - minimumShare * all.length;
  const due = ({worth}: Account): number => minimumShare + free * (claims > 0 ? worth ** 2 / claims : 1 / all.length);
  const claim = (account: Account): number => due(account) * total - spentBy(account);
  return all.toSorted(([, a], [, b]) => claim(b) - claim(a)).map(([name]) => name);
}
