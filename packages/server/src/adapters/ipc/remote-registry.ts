import type { Beat, Bearer, Claimed, NameClaim, Registry } from '../../ports/registry.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import type { Calls } from './messages.ts'

type RegistryCalls = Pick<Calls, 'claim' | 'release' | 'find' | 'beat' | 'leave'>

interface Caller {
  call<Name extends keyof RegistryCalls>(
    name: Name,
    ask: RegistryCalls[Name]['ask'],
  ): Promise<RegistryCalls[Name]['answer']>
}

/** A `Registry` in another process, which has this node's place in it. */
export class RemoteRegistry implements Registry {
  readonly node: string
  readonly #caller: Caller
  #closing: Promise<unknown> | null = null

  constructor(node: string, caller: Caller) {
    this.node = node
    this.#caller = caller
  }

  claim(claims: readonly NameClaim[]): Promise<readonly Claimed[]> {
    return this.#call('claim', claims)
  }

  async release(keys: readonly string[]): Promise<void> {
    await this.#call('release', keys)
  }

  find(keys: readonly string[]): Promise<readonly (Bearer | null)[]> {
    return this.#call('find', keys)
  }

  beat(version: number): Promise<Beat> {
    return this.#call('beat', version)
  }

  async close(): Promise<void> {
    // Where the other process is gone, so is this node's place.
    this.#closing ??= this.#caller.call('leave', null).catch(() => undefined)
    await this.#closing
  }

  #call<Name extends keyof RegistryCalls>(
    name: Name,
    ask: RegistryCalls[Name]['ask'],
  ): Promise<RegistryCalls[Name]['answer']> {
    return this.#closing === null
      ? this.#caller.call(name, ask)
      : Promise.reject(new StoreUnavailable('The registry is closed.'))
  }
}
