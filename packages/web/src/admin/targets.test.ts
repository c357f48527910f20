import { expect, it } from 'vitest'
import { bodyOf, type Fields, fieldsOf, liftOf, waysOf } from './targets.ts'

const fields: Fields = {
  person: ' Bob ',
  number: '7',
  address: ' 192.0.2.9 ',
  minutes: '10',
  seconds: '5',
  reason: ' Spam ',
}

it('says who is meant by name, in a room by message, and of a ban by address', () => {
  expect(waysOf('ban', 'den')).toEqual(['person', 'number', 'address'])
  expect(waysOf('unban', null)).toEqual(['person', 'address'])
  expect(waysOf('mute', 'den')).toEqual(['person', 'number'])
  expect(waysOf('mute', null)).toEqual(['person'])
  expect(waysOf('delete', 'den')).toEqual([])
})

it('asks for what an action needs', () => {
  expect(fieldsOf('ban', 'address')).toEqual(['address', 'minutes', 'reason'])
  expect(fieldsOf('delete', 'person')).toEqual(['number', 'reason'])
  expect(fieldsOf('slow', 'person')).toEqual(['seconds', 'reason'])
  expect(fieldsOf('lock', 'person')).toEqual(['reason'])
})

it('sends one of them only', () => {
  const more = { seconds: 600, reason: 'Spam' }
  expect(bodyOf('ban', 'person', fields)).toEqual({ action: 'ban', target_user: 'Bob', ...more })
  expect(bodyOf('ban', 'number', fields)).toEqual({ action: 'ban', seq: 7, ...more })
  expect(bodyOf('ban', 'address', fields)).toEqual({ action: 'ban', target_address: '192.0.2.9', ...more })
  expect(bodyOf('ban', 'address', { ...fields, minutes: '', reason: '' })).toEqual({
    action: 'ban',
    target_address: '192.0.2.9',
  })
  expect(bodyOf('delete', 'person', fields)).toEqual({ action: 'delete', seq: 7, reason: 'Spam' })
})

it('lifts what holds of a name, and of an author without one by the message', () => {
  expect(liftOf({ action: 'ban', username: 'Bob', message_seq: 7 }, 'den')).toEqual({
    action: 'unban',
    target_user: 'Bob',
  })
  expect(liftOf({ action: 'mute', message_seq: 7 }, 'den')).toEqual({ action: 'unmute', seq: 7 })
  // Of an address alone nothing tells which, nor on the whole server in which room it was said.
  expect(liftOf({ action: 'ban' }, 'den')).toBeNull()
  expect(liftOf({ action: 'ban', message_seq: 7 }, null)).toBeNull()
})
