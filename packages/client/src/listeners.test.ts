import { describe, expect, it, vi } from 'vitest'
import { Listeners } from './listeners.ts'

describe('Listeners', () => {
  it('tells everybody in order of arrival until they leave', () => {
    const listeners = new Listeners<number>()
    const heard: string[] = []
    const leave = listeners.add((event) => heard.push(`a${event}`))
    listeners.add((event) => heard.push(`b${event}`))
    listeners.emit(1)
    leave()
    leave()
    listeners.emit(2)
    expect(heard).toEqual(['a1', 'b1', 'b2'])
  })

  it('counts the same function twice when it is added twice', () => {
    const listeners = new Listeners<number>()
    const listener = vi.fn<(event: number) => void>()
    const leave = listeners.add(listener)
    listeners.add(listener)
    listeners.emit(1)
    expect(listener).toHaveBeenCalledTimes(2)
    leave()
    listeners.emit(2)
    expect(listener).toHaveBeenCalledTimes(3)
  })

  it('lets all hear the same order when a listener emits', () => {
    const listeners = new Listeners<number>()
    const heard: string[] = []
    listeners.add((event) => {
      heard.push(`a${event}`)
      if (event === 1) listeners.emit(2)
    })
    listeners.add((event) => heard.push(`b${event}`))
    listeners.emit(1)
    expect(heard).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('does not call one that has left during the same event', () => {
    const listeners = new Listeners<number>()
    const second = vi.fn<(event: number) => void>()
    let leave = (): void => {}
    listeners.add(() => leave())
    leave = listeners.add(second)
    listeners.emit(1)
    expect(second).not.toHaveBeenCalled()
  })

  it('goes on after a listener that throws, and lets its error surface', () => {
    const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    const listeners = new Listeners<number>()
    const second = vi.fn<(event: number) => void>()
    listeners.add(() => {
      throw new Error('mine')
    })
    listeners.add(second)
    listeners.emit(1)
    listeners.emit(2)
    expect(second).toHaveBeenCalledTimes(2)
    expect(() => microtask.mock.calls[0]?.[0]()).toThrow('mine')
    microtask.mockRestore()
  })
})
