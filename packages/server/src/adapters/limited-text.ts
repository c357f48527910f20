/** The body of an answer as text, however it is encoded on the way. Rejects when it is longer than `maxBytes`, of which no more is read. */
export async function limitedText({ body }: Response, maxBytes: number): Promise<string> {
  if (body === null) return ''
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length
    parts.push(part.value)
    if (size <= maxBytes) continue
    await reader.cancel()
    throw new Error('The answer is too long.')
  }
  return Buffer.concat(parts).toString()
}
