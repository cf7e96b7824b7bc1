import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ThreadAsker} from '../../../operator/thread/asker.ts';
import {askerContract} from '../../contract/asker.ts';
import {RecordedSearch} from '../../questions.ts';

askerContract('a thread', () => {
  const asker = new ThreadAsker();
  return {asker, interrupt: () => asker.close(), close: () => asker.close()};
});

test('a question that takes too long is given up', async () => {
  const asker = new ThreadAsker(1);
  await assert.rejects(asker.ask(new RecordedSearch('Portfolio').question(3)), /no answer within 0.001 s/);
});
