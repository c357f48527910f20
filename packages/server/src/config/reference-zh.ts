/** The reference page of the settings in Traditional Chinese (Taiwan). */
import { MEANINGS } from './meanings.ts'
import { envCell, pageTable, shown } from './reference.ts'
import { OFF } from './off.ts'
import { SETTINGS } from './settings.ts'

const UNITS: Readonly<Record<string, string>> = {
  s: '秒',
  hours: '小時',
  days: '天',
  bytes: '位元組',
  'bytes of UTF-8': '位元組（UTF-8）',
  'bytes/s': '位元組／秒',
  characters: '字元',
  people: '人',
  logs: '份記錄',
  messages: '則',
  'messages/s': '則／秒',
  'notices/s': '則／秒',
  'joins/s': '次／秒',
  'signals/s': '次／秒',
  'logs/s': '份／秒',
  'connects/s': '次／秒',
  'requests/s': '次／秒',
  connections: '個連線',
}

/** What a value must be, by the English words of the table. Numbers and lists of words are translated by their form. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/^a whole number from (\S+) to (\S+?)(?: or (\w+))?$/, '$1 到 $2 的整數，或 $3'],
  [/^a number from (\S+) to (\S+?)(?: or (\w+))?$/, '$1 到 $2 的數字，或 $3'],
  [/^an address or host name without a port, such as (\S+)$/, '位址或主機名稱，不含連接埠，例如 $1'],
  [/^a folder, (\S+), or (\S+)$/, '資料夾、$1 或 $2'],
  [/^auto, postgres, or (.*) or (\S+) with (\S+)$/, 'auto、postgres，或 $1 或 $2，加上 $3'],
  [/^origins such as (\S+) .*$/, '來源，例如 $1（只有協定、主機與連接埠）、null，或單獨一個 *'],
  [
    /^addresses or networks such as (\S+), the word loopback, or off alone$/,
    '位址或網段，例如 $1，或 loopback；或單獨一個 off',
  ],
  [/^a text of at least (\d+) bytes$/, '至少 $1 位元組的文字'],
  [/^off, or an address such as (\S+)$/, 'off，或網址，例如 $1'],
  [/^a file$/, '檔案'],
  [/^an https address .*$/, 'https 網址（http 只限這台機器）'],
  [/^algorithms such as \S+ or \S+ (\(.*\))$/, '演算法 $1'],
  [/^(?:a text|texts)$/, '文字'],
  [/^the name of a claim$/, 'claim 的名稱'],
  [/^a list of rules in the configuration file$/, '設定檔中的一串規則'],
  [/^at most 63 letters, .*$/, '最多 63 個字母、數字、句點、連字號與底線'],
  [/^((?:[\w+-]+, )*[\w+-]+) or ([\w+-]+)$/, '$1 或 $2'],
]

/** The page `docs/settings.zh-TW.md`. Throws when a setting expects what has no words here. */
export function settingsPageZh(): string {
  const rows = SETTINGS.map((setting) => [
    `\`${setting.name}\``,
    `\`${shown(setting.fallback)}\``,
    expected(setting.expected),
    setting.unit === undefined ? '' : (UNITS[setting.unit] ?? missing(setting.unit)),
    envCell(setting),
    `${MEANINGS[setting.key]}${setting.key === 'config' ? '不能寫在設定檔本身。' : ''}`,
  ])
  return `# 設定

<!-- Made by scripts/settings-doc.mjs from packages/server/src/config/settings.ts and meanings.ts: change it there. -->

[English](settings.md)

每項設定只有一個名稱，可以用以下方式指定，後者優先於前者：

1. 工作資料夾中的 \`roomful.json\`，或 \`--config FILE\` 指定的檔案：\`{"max-rooms": 50}\`，
2. 環境變數：\`ROOMFUL_MAX_ROOMS=50\`，
3. 命令列：\`--max-rooms 50\`。

命令列與 \`ROOMFUL_\` 變數都沒有指定時，才會讀取 \`PORT\` 與 \`HOST\`。清單以逗號分隔，在設定檔中則是文字的陣列。相對路徑從工作資料夾算起。

不認得、格式錯誤或互相矛盾的設定，會讓啟動以一句說明與結束碼 2 停止。\`${OFF}\` 表示沒有限制。

${pageTable(['名稱', '預設', '允許的值', '單位', '環境變數', '意義'], rows)}
`
}

function expected(english: string): string {
  const found = EXPECTED.find(([pattern]) => pattern.test(english))
  if (found === undefined) return missing(english)
  return english
    .replace(found[0], found[1])
    .replace(/，或 $/, '')
    .replaceAll(', ', '、')
}

function missing(words: string): never {
  throw new TypeError(`no Chinese words for "${words}" in reference-zh.ts`)
}
