import { expect, it } from 'vitest'
import { canonicalAddress, isLoopback, isOwnAddress } from './addresses.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::7', '2001:db8::7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::192.0.2.1', '::c000:201'],
])('%s is %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address)
})

it.each([
  '',
  'unknown',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.01',
  '0x7f.0.0.1',
  '127.1',
  '[::1]',
  '::1]',
  '1:2:3',
  '::ffff:1.2.3',
])('%j is none', (text) => {
  expect(canonicalAddress(text)).toBeNull()
})

it('programs of this machine come from 127.0.0.1 and ::1', () => {
  for (const address of ['127.0.0.1', '::1']) expect(isOwnAddress(address)).toBe(true)
  for (const address of ['', '127.0.0.2', '::2', '127.0.0.1 ']) expect(isOwnAddress(address)).toBe(false)
})

it('this machine is 127.0.0.0/8 and ::1', () => {
  for (const address of ['127.0.0.1', '127.255.255.254', '::1']) expect(isLoopback(address)).toBe(true)
  for (const address of ['', '128.0.0.1', '12.7.0.1', '127.0.0', '127.evil.example', '::2', '::127.0.0.1'])
    expect(isLoopback(address)).toBe(false)
})
