import { get } from 'node:http'

/** Status of a GET on a connection of its own; 0 when there was no answer in time. @param {string} url @param {number} [withinMs] @returns {Promise<number>} */
export function statusOf(url, withinMs = 2_000) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: withinMs }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(0))
  })
}
