import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import fc from 'fast-check';
import {addressOf, encode, messageId, parsePodMessage, subjects} from '../../api/subjects.ts';

const text = fc.string({minLength: 1, maxLength: 40, unit: 'binary'});

describe('Subjects', () => {
  for (const {what, subject, is} of [
    {
      what: 'an epoch',
      subject: subjects.message({search: '3f0c-a1', trial: '77-b2'}, 'epoch'),
      is: 'archsearch.v1.3f0c-a1.77-b2.epoch',
    },
    {
      what: 'a chunk of a blob, whose name holds dots and slashes',
      subject: subjects.blobChunk({search: 's', trial: 't'}, 'model/model.json', 3),
      is: 'archsearch.v1.s.t.blob.model=2fmodel=2ejson.3',
    },
    {
      what: 'the manifest of a blob',
      subject: subjects.blobManifest({search: 's', trial: 't'}, 'a'),
      is: 'archsearch.v1.s.t.blob.a.manifest',
    },
  ])
    it(`name ${what}`, () => {
      assert.equal(subject, is);
    });

  it('are read back, whatever the identifiers are, and cannot be broken out of', () => {
    fc.assert(
      fc.property(text, text, (search, trial) => {
        const subject = subjects.message({search, trial}, 'result');
        assert.match(subject, /^archsearch[.]v1[.][\w=-]+[.][\w=-]+[.]result$/);
        assert.deepEqual(addressOf(subject), {search, trial, kind: 'result'});
      }),
    );
  });

  it('of two blobs are never the same', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const at = {search: 's', trial: 't'};
        assert.equal(subjects.blobManifest(at, one) === subjects.blobManifest(at, other), one === other);
      }),
    );
  });

  for (const subject of [
    '',
    'archsearch.v1.s.t',
    'archsearch.v2.s.t.epoch',
    'other.v1.s.t.epoch',
    'archsearch.v1.s.t.blob.a.0',
  ])
    it(`of no message are told apart: "${subject}"`, () => {
      assert.equal(addressOf(subject), undefined);
    });
});

describe('Messages over NATS', () => {
  const result = {version: 1, pod: 'uid', message: {kind: 'result', step: 4}} as const;
  it('are known by Pod, kind and step', () => {
    assert.equal(messageId(result), 'uid:result:4');
  });
  it('are read back as they were written', () => {
    assert.deepEqual(parsePodMessage(encode(result)), result);
  });
  for (const [what, message] of Object.entries({
    'name no Pod': {...result, pod: undefined},
    'name an empty Pod': {...result, pod: ''},
    'are of another version': {...result, version: 2},
    'say more than the protocol has': {...result, more: 1},
  }))
    it(`are none when they ${what}`, () => {
      assert.equal(parsePodMessage(encode(message)), undefined);
    });
});
