import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {Link} from '../../api/link.ts';
import type {Opened} from '../../api/link.ts';
import {eventually} from '../contract/bus.ts';

/** Connections that end when they are told to, and can be refused. */
class Line {
  readonly lives: {end: (why?: Error) => void; ended: boolean}[] = [];
  refused = 0;
  refusing = false;
  readonly open = (): Promise<Opened<number>> => {
    if (this.refusing) {
      this.refused += 1;
      return Promise.reject(new Error('refused'));
    }
    const {promise, resolve} = Promise.withResolvers<unknown>();
    const life = {
      ended: false,
      end: (why?: Error) => {
        life.ended = true;
        resolve(why);
      },
    };
    this.lives.push(life);
    return Promise.resolve({
      session: this.lives.length,
      ended: promise,
      close: () => {
        life.end();
        return Promise.resolve();
      },
    });
  };
}

const linkOver = (line: Line) => {
  const told: string[] = [];
  const link = new Link({
    open: line.open,
    onOpen: (session) => told.push(`open ${String(session)}`),
    onDown: (why) => told.push(why),
    random: () => 1,
  });
  return {link, told};
};

describe('A link', () => {
  it('opens by itself, and again after every end', async () => {
    const line = new Line();
    const {link, told} = linkOver(line);
    assert.equal(await link.within(1000), 1);
    line.lives[0]?.end(new Error('cable cut'));
    await eventually(() => link.session === 2, 'the second life');
    assert.deepEqual(told, ['open 1', 'cable cut', 'open 2']);
    await link.close();
  });

  it('tries for as long as it is refused', async () => {
    const line = new Line();
    line.refusing = true;
    const {link, told} = linkOver(line);
    await eventually(() => line.refused >= 3, 'the third attempt');
    assert.equal(link.session, undefined);
    line.refusing = false;
    assert.equal(await link.within(5000), 1);
    assert.deepEqual(told.slice(0, 2), ['refused', 'refused']);
    await link.close();
  });

  it('does not wait longer than it may', async () => {
    const line = new Line();
    line.refusing = true;
    const {link} = linkOver(line);
    assert.equal(await link.within(20), undefined);
    await link.close();
  });

  it('is over once it is closed: nothing is opened, and nobody waits any more', async () => {
    const line = new Line();
    line.refusing = true;
    const {link} = linkOver(line);
    const waiting = link.within(60_000);
    await link.close();
    assert.deepEqual([await waiting, await link.within(60_000), link.closed], [undefined, undefined, true]);
    assert.equal(line.lives.length, 0);
  });

  it('closes the connection that is there', async () => {
    const line = new Line();
    const {link} = linkOver(line);
    await link.within(1000);
    await link.close();
    assert.deepEqual(
      line.lives.map(({ended}) => ended),
      [true],
    );
  });
});
