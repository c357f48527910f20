import { expect, it } from 'vitest'
import { bodyOf, type Fields, fieldsOf, liftOf, waysOf } from './targets.ts'

const fields: Fields = {
  person: ' Bob ',
  saidIn: ' den ',
  number: '7',
  address: ' 192.0.2.9 ',
  minutes: '10',
  seconds: '5',
  reason: ' Spam ',
}

it('says who is meant by name, by message, and of a ban by address', () => {
  expect(waysOf('ban')).toEqual(['person', 'number', 'address'])
  expect(waysOf('mute')).toEqual(['person', 'number'])
  expect(waysOf('delete')).toEqual([])
})

it('asks for what an action needs, and of a message for its room where none is moderated', () => {
  expect(fieldsOf('ban', 'address', 'den')).toEqual(['address', 'minutes', 'reason'])
  expect(fieldsOf('delete', 'person', 'den')).toEqual(['number', 'reason'])
  expect(fieldsOf('slow', 'person', 'den')).toEqual(['seconds', 'reason'])
  expect(fieldsOf('lock', 'person', 'den')).toEqual(['reason'])
  expect(fieldsOf('kick', 'number', 'den')).toEqual(['number', 'reason'])
  expect(fieldsOf('kick', 'number', null)).toEqual(['saidIn', 'number', 'reason'])
  expect(fieldsOf('unban', 'person', null)).toEqual(['person', 'reason'])
})

it('sends one of them only', () => {
  const more = { seconds: 600, reason: 'Spam' }
  const den = { room: 'den' }
  expect(bodyOf('ban', 'person', fields, den)).toEqual({ action: 'ban', target_user: 'Bob', ...more })
  expect(bodyOf('ban', 'number', fields, den)).toEqual({ action: 'ban', seq: 7, ...more })
  expect(bodyOf('ban', 'number', fields, { room: null })).toEqual({
    action: 'ban',
    said_in: 'den',
    seq: 7,
    ...more,
  })
  expect(bodyOf('ban', 'address', fields, den)).toEqual({
    action: 'ban',
    target_address: '192.0.2.9',
    ...more,
  })
  expect(bodyOf('ban', 'address', { ...fields, minutes: '', reason: '' }, den)).toEqual({
    action: 'ban',
    target_address: '192.0.2.9',
  })
  expect(bodyOf('delete', 'person', fields, den)).toEqual({ action: 'delete', seq: 7, reason: 'Spam' })
  const all = { ...den, beforehand: true }
  expect(bodyOf('mute', 'person', fields, all)).toEqual({
    action: 'mute',
    target_user: 'Bob',
    beforehand: true,
    ...more,
  })
})

it('lifts what holds of a name, and of an author without one by the message', () => {
  expect(liftOf({ action: 'ban', username: 'Bob', message_seq: 7 })).toEqual({
    action: 'unban',
    target_user: 'Bob',
  })
  expect(liftOf({ action: 'mute', message_seq: 7 })).toEqual({ action: 'unmute', seq: 7 })
  expect(liftOf({ action: 'ban', message_seq: 7, said_in: 'den' })).toEqual({
    action: 'unban',
    seq: 7,
    said_in: 'den',
  })
  // Of an address alone nothing tells which.
  expect(liftOf({ action: 'ban' })).toBeNull()
})
