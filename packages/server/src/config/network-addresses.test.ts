import { expect, it } from 'vitest'
import { networkAddresses } from './network-addresses.ts'

const LOOPBACK = { address: '127.0.0.1', netmask: '255.0.0.0', mac: '00:00:00:00:00:00', cidr: '127.0.0.1/8' }
const CARD = {
  address: '192.0.2.5',
  netmask: '255.255.255.0',
  mac: '02:00:00:00:00:01',
  cidr: '192.0.2.5/24',
}

it('names the addresses that others can use', () => {
  const found = networkAddresses(() => ({
    lo: [{ ...LOOPBACK, family: 'IPv4', internal: true }],
    eth0: [
      { ...CARD, family: 'IPv4', internal: false },
      { ...CARD, address: '2001:db8::5', family: 'IPv6', scopeid: 0, internal: false },
    ],
  }))
  expect(found).toEqual(['192.0.2.5'])
})

it('names none where the system does not let it ask, and ends nothing', () => {
  const forbidden = () => {
    throw new Error('A system error occurred: uv_interface_addresses returned Unknown system error 97')
  }
  expect(networkAddresses(forbidden)).toEqual([])
})
