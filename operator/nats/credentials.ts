import {createAccount, createUser, fromSeed} from '@nats-io/nkeys';
import type {KeyPair} from '@nats-io/nkeys';
import {z} from 'zod';
import {natsAccounts as accounts} from '../../api/permissions.ts';

/** Seeds of nkeys: what the operator proves itself with, and signs with what it lets others do. The server knows the public halves alone. */
export const natsCredentials = z.strictObject({
  operator: z.string().regex(/^SU[A-Z2-7]{56}$/),
  system: z.string().regex(/^SU[A-Z2-7]{56}$/),
  issuer: z.string().regex(/^SA[A-Z2-7]{56}$/),
});
export type NatsCredentials = z.output<typeof natsCredentials>;

const seedOf = (keys: KeyPair): string => new TextDecoder().decode(keys.getSeed());
export const keysOf = (seed: string): KeyPair => fromSeed(new TextEncoder().encode(seed));

export const newCredentials = (): NatsCredentials => ({
  operator: seedOf(createUser()),
  system: seedOf(createUser()),
  issuer: seedOf(createAccount()),
});

/**
 * The part of a server's configuration that asks the operator whom to let in. There is nothing secret in it.
 *
 * Trials have an account of their own, out of which two kinds of subject lead to the stores, by one and the same export: an answer of
 * JetStream goes to whatever subject its question names, with the server's rights and not the asker's, and a server stops an answer that
 * comes through an export at the same export's door. With two exports, or in one account, a trial could have another's subject answered to.
 */
export function serverConfig(credentials: NatsCredentials): string {
  const {operator, system, issuer} = credentials;
  const publicKey = (seed: string): string => keysOf(seed).getPublicKey();
  const stores = accounts.operator;
  return `accounts {
  ${stores} {
    jetstream: enabled
    users: [{nkey: ${publicKey(operator)}}]
    exports: [{service: ">", accounts: [${accounts.trials}]}]
  }
  ${accounts.trials} {
    imports: [
      {service: {account: ${stores}, subject: "archsearch.v1.>"}}
      {service: {account: ${stores}, subject: "$JS.API.DIRECT.GET.>"}}
    ]
  }
  ${accounts.system} {
    users: [{nkey: ${publicKey(system)}}]
  }
}
system_account: ${accounts.system}
authorization {
  timeout: 5
  auth_callout {
    issuer: ${publicKey(issuer)}
    account: ${stores}
    auth_users: [${publicKey(operator)}, ${publicKey(system)}]
  }
}
`;
}
