import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hash} from '../../search/hash.ts';
import {identityOf} from '../../search/identity.ts';

const experiment = {canonical: 'a', training: {learningRate: 0.1, optimizer: 'Adam'}, epochs: 12};

test('a hash is the head of the SHA-256', () => {
  assert.equal(hash('abc'), 'ba7816bf8f01cfea414140de');
});

test('the order of the training values does not matter', () => {
  const turned = {...experiment, training: {optimizer: 'Adam', learningRate: 0.1}};
  assert.equal(identityOf(experiment), identityOf(turned));
});

const others = [
  {what: 'canonical form', other: {...experiment, canonical: 'b'}},
  {what: 'a training value', other: {...experiment, training: {learningRate: 0.2, optimizer: 'Adam'}}},
  {what: 'epochs', other: {...experiment, epochs: 13}},
  {what: 'the trial that it resumes from', other: {...experiment, resumeFrom: 4}},
];
for (const {what, other} of others)
  test(`${what} makes another experiment`, () => {
    assert.notEqual(identityOf(experiment), identityOf(other));
  });
