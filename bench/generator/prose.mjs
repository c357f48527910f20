/** Words as people use them in a chat; none of them holds the mark. */
const WORDS =
  'the meeting is moved to three because the train from the coast is late again and nobody has the keys yet so please bring yours when you come by we can start with the numbers of last week then look at what broke on monday there was a short cut of power in the old building most things came back alone but two printers did not I will ask for help after lunch if that is fine with everybody else good morning thanks see you soon what do you think about it maybe tomorrow'.split(
    ' ',
  )

/** A sequence that looks random and is the same on every run (a linear congruential generator). @param {number} seed */
function* numbers(seed) {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 8
  }
}

/** @param {number} length @param {boolean} prose */
export function fillerOf(length, prose) {
  if (!prose) return '.'.repeat(Math.max(0, length))
  let text = ''
  for (const number of numbers(7)) {
    text += ` ${WORDS[number % WORDS.length]}`
    if (text.length >= length) break
  }
  return text.slice(0, length)
}
