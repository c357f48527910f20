import type { Lang } from '@roomful/protocol'
import { FRAMES_IN_CHINESE } from './frame-translations.ts'

/** Sentences of the documents in Traditional Chinese, by the English one. */
const CHINESE: Readonly<Record<string, string>> = {
  'Rooms, members, history and publishing. Errors are problem details (RFC 9457) with the code words of the WebSocket protocol.':
    '聊天室、成員、歷史訊息與發言。錯誤以問題說明（RFC 9457）表示，代碼與 WebSocket 協定相同。',
  Rooms: '聊天室',
  Messages: '訊息',
  Operations: '維運',

  'Revoke tokens': '撤銷權杖',
  'For administrators, as their own token says, and for everybody about themselves: that is how one signs out. With `subject`: every token that the subject was given so far; with `token_id`: the one that bears this `jti`. Their connections are closed, on all servers.':
    '供管理者使用，由其權杖決定；每個人也可以撤銷自己的，也就是登出。附上 `subject`：撤銷這個主體至今取得的所有權杖；附上 `token_id`：撤銷帶有這個 `jti` 的權杖。所有伺服器上使用它們的連線都會關閉。',
  'Revoked.': '已撤銷。',
  'From when on the tokens hold no more.': '權杖從何時起失效。',
  'Change a token for a ticket': '以權杖換取票券',
  'Answers with what an upgrade, or a stream of events, may show as `?ticket=` in the place of the bearer’s token: once, on any server, within 30 seconds.':
    '取得可以在升級連線或開啟事件串流時以 `?ticket=` 代替權杖出示的票券：30 秒內、在任一台伺服器上、只能使用一次。',
  'A ticket.': '票券。',
  'What is shown as `?ticket=`.': '以 `?ticket=` 出示的內容。',
  'Shown once, and until when.': '只能出示一次，以及有效期限。',
  'Who gave the tokens. Default: who gave that of the administrator.':
    '核發這些權杖的一方。預設為核發管理者權杖的一方。',
  'What somebody may do in a room': '某人在聊天室裡可以做什麼',
  'For administrators, as their own token says: what is allowed, which rule decided, and what became of each other one. Nothing happens. With `user`: somebody who is connected to this server; with `subject`: the bearer of a token that says nothing else; with neither: a guest.':
    '供管理者使用，由其權杖決定：允許哪些事、由哪條規則決定，以及其他各條規則為何沒有決定。不會造成任何改變。附上 `user`：目前連線到這台伺服器的人；附上 `subject`：除此之外權杖沒有其他內容的持有人；兩者都沒有則為訪客。',
  'What is allowed, and why.': '允許哪些事，以及原因。',
  'What is allowed: of join, read, write and moderate.':
    '允許的事：加入（join）、讀取（read）、發言（write）、管理（moderate）之中的哪些。',
  'The source, and the rule of it by pattern or place.': '決定的來源，以及其中的規則（樣式或位置）。',
  'Everything that is asked, in its order, and what became of it.': '依序詢問的每一項，以及各自的結果。',
  'What somebody may do in a room, and why.': '某人在聊天室裡可以做什麼，以及原因。',
  'Name of the room, which need not exist.': '聊天室名稱，不必存在。',
  'Name of somebody who is here.': '目前在線者的名稱。',
  'Subject (`sub`) of a token.': '權杖的主體（`sub`）。',
  'Issuer (`iss`) of that token.': '該權杖的核發者（`iss`）。',
  'Language of the sentences.': '說明文字的語言。',
  'Who one is': '自己是誰',
  'Whom the server takes the caller for: a guest, or the bearer of the token.':
    '伺服器認定呼叫者是誰：訪客，或是權杖的持有人。',
  'Who the caller is.': '呼叫者是誰。',
  'The name that the token gives; `null` without a token.': '權杖中的名稱；沒有權杖時為 `null`。',
  'Whether its bearer may administer this server.': '持有人是否可以管理這台伺服器。',
  'When the token ends; `null` without one.': '權杖何時到期；沒有權杖時為 `null`。',
  'Whether people may sign in with a token here.': '這裡是否可以用權杖登入。',
  'Whom this server takes the caller for.': '這台伺服器認定呼叫者是誰。',
  Statistics: '統計',
  'For administrators, as their own token says: the numbers of `/metrics` as JSON, the nodes, and the rooms with most people. The page `/admin` draws them.':
    '供管理者使用，由其權杖決定：以 JSON 提供 `/metrics` 的數字、各個節點，以及人數最多的聊天室。`/admin` 頁面會畫成圖表。',
  'When the numbers were taken.': '取得這些數字的時間。',
  'Name of the node; `null` where there is one only.': '節點名稱；只有一個節點時為 `null`。',
  'People connected to it.': '連線到這個節點的人數。',
  'Whether it is the one that answers.': '是否為回應的這個節點。',
  'False while not all that it has told of its people has arrived.':
    '它所告知的用戶資料尚未全部送達時為 false。',
  'Processes that share the history.': '共用歷史訊息的程序。',
  'Those with most people, the fullest first.': '人數最多的聊天室，由多到少。',
  'That of the family, or of a part of a histogram.': '指標名稱，或直方圖其中一部分的名稱。',
  'What `/metrics` says; empty where that is off.': '`/metrics` 的內容；關閉時為空。',
  'A server in numbers.': '以數字呈現的伺服器狀態。',
  'An error, as RFC 9457 says.': '依 RFC 9457 表示的錯誤。',
  'Where the code is explained.': '這個代碼的說明在哪裡。',
  'The same for every problem of this code.': '同一個代碼的問題都有相同的標題。',
  'HTTP status.': 'HTTP 狀態碼。',
  'What went wrong this time.': '這一次發生了什麼問題。',
  'Path of the request.': '請求的路徑。',
  'The word by which programs tell problems apart.': '程式用來區分問題的代碼。',
  'Whether the same request may succeed later.': '相同的請求稍後是否可能成功。',
  'Which limit was reached: `messages`, `bytes`, `joins`, `signals`, `logs`, `connects`, `requests`, `connections` or `unproven`.':
    '達到的是哪一項上限：`messages`、`bytes`、`joins`、`signals`、`logs`、`connects`、`requests`、`connections` 或 `unproven`。',
  'Whose limit it is: of a `connection`, a `user` or an `address`.':
    '是誰的上限：連線（`connection`）、個人（`user`）或位址（`address`）。',
  'Of `/readyz` only: every check, the failed ones too.': '僅限 `/readyz`：所有檢查，包括失敗的。',
  'Which field or parameter was wrong.': '哪一個欄位或參數不正確。',
  'How long to wait before the next try.': '再試一次之前要等多久（毫秒）。',

  'Name of a person, canonical (NFC).': '用戶名稱，採正規形式（NFC）。',
  'RFC 3339 time.': 'RFC 3339 格式的時間。',
  'Unique id of the entry.': '紀錄的唯一識別碼。',
  'Number of the entry in its room: 1, 2, 3, … without holes.': '紀錄在聊天室中的編號：1、2、3……，沒有缺號。',
  'Name of a room.': '聊天室名稱。',
  'Something that was said in a room. Its sender receives it too.': '聊天室裡的發言，發言者自己也會收到。',
  'People and anonymous connections present.': '在場的用戶與匿名連線數。',
  'Seconds without activity after which a connection is closed.': '沒有活動多少秒之後關閉連線。',
  'Who is connected.': '目前連線的用戶。',
  'Number of the newest entry; 0 where nothing was said.': '最新紀錄的編號；還沒有人發言時為 0。',
  'A room in one line.': '一個聊天室的摘要。',
  'A page of the list of rooms.': '聊天室清單的一頁。',
  'Give this as `after` for the next page; `null` when there is none.':
    '要取得下一頁時以它作為 `after`；沒有下一頁時為 `null`。',
  'So many rooms may not be read that the list ends here although there are more.':
    '不能讀取的聊天室太多，清單到此為止，後面還有其他聊天室。',
  'The list was cut; the count is exact.': '名單經過截斷，人數則是準確的。',
  'Who is in a room, in order of arrival.': '聊天室裡的用戶，依到達順序排列。',
  'Changes when the store was replaced; numbers of another epoch mean nothing.':
    '更換儲存內容時會改變；不同 epoch 的編號沒有意義。',
  'Rising numbers.': '編號由小到大。',
  'Nothing more lies in the direction asked for.': '在所要求的方向上沒有更多紀錄。',
  'A page of a room’s log.': '聊天室紀錄的一頁。',
  'False when this `client_id` was known already.': '這個 `client_id` 先前已經收過時為 false。',
  'The message is committed in the store and numbered.': '訊息已寫入儲存並取得編號。',
  'Milliseconds since the check last ran.': '距離上次檢查的毫秒數。',
  'Whether this server should get traffic.': '這台伺服器是否應該接收流量。',

  'Health, for monitors': '供監控使用的健康狀態',
  'Says what this server can do. It asks no dependency.': '說明這台伺服器的功能，不檢查相依服務。',
  'The server runs.': '伺服器正在運作。',
  Moderation: '管理',
  'Moderate a room': '管理聊天室',
  'Mutes, removes or bans somebody, deletes a message, or sets how the room may be used. For those who may moderate it.':
    '禁言、移出或封鎖某人，刪除訊息，或設定聊天室的使用方式。供可以管理這個聊天室的人使用。',
  'Moderate the whole server': '管理整台伺服器',
  'Mutes, removes or bans somebody on the whole server. For administrators.':
    '在整台伺服器上禁言、移出或封鎖某人。供管理者使用。',
  'What moderators did in a room': '管理員在聊天室做了什麼',
  'How the room may be used, who is muted or banned, and what was done. For those who may moderate it.':
    '聊天室的使用方式、誰被禁言或封鎖，以及做過的事。供可以管理這個聊天室的人使用。',
  'What administrators did on the whole server': '管理者在整台伺服器做了什麼',
  'Who is muted or banned on the whole server, and what was done. For administrators.':
    '誰在整台伺服器上被禁言或封鎖，以及做過的事。供管理者使用。',
  'Done, and in the audit trail.': '已完成，並記入稽核紀錄。',
  'What holds, and what was done.': '目前有效的處分，以及做過的事。',
  'It is done, and in the audit trail.': '已完成，並記入稽核紀錄。',
  'How a room may be used, who is muted or banned, and a page of the audit trail.':
    '聊天室的使用方式、誰被禁言或封鎖，以及稽核紀錄的一頁。',
  'Acts with a lower number; the `next_before` of the page before.':
    '編號較小的紀錄；上一頁的 `next_before`。',
  'How many acts at most.': '最多幾筆。',
  'Number in the audit trail.': '稽核紀錄中的編號。',
  'Name of the room; `*` is the whole server.': '聊天室名稱；`*` 表示整台伺服器。',
  'Unique id of the act.': '這一筆的唯一識別碼。',
  'Who was meant.': '對象。',
  'Who did it.': '由誰執行。',
  'For how long.': '持續多久（秒）。',
  'Why, as the moderator wrote.': '管理員寫下的理由。',
  'Number of the message that it is about.': '相關訊息的編號。',
  'Addresses are banned too.': '也封鎖位址。',
  'Between two messages of one person; 0: no slow mode.': '同一個人兩則訊息之間的秒數；0 表示沒有慢速模式。',
  'Mutes and bans that hold, newest first, at most 1,000.': '目前有效的禁言與封鎖，新的在前，最多 1,000 筆。',
  'More hold than are listed.': '還有更多有效的處分沒有列出。',
  'What was done, newest first.': '做過的事，新的在前。',
  'Give this as `before` for the next page; `null` when there is none.':
    '要取得下一頁時以它作為 `before`；沒有下一頁時為 `null`。',
  'Mutes, removes or bans somebody, deletes a message, or sets how a room may be used; for moderators (v1).':
    '禁言、移出或封鎖某人，刪除訊息，或設定聊天室的使用方式；供管理員使用（v1）。',
  'Default: the room it connected to. `*`: the whole server.':
    '預設為連線時進入的聊天室。`*` 表示整台伺服器。',
  'What a moderator does.': '管理員做的事。',
  'Name of the person that is meant.': '對象的名稱。',
  '`ban` and `unban`: an IP address, without a person. Of IPv6 its /64 is meant.':
    '`ban` 與 `unban`：IP 位址，不指定人。IPv6 指其 /64。',
  '`ban`: the addresses of the person are banned too.': '`ban`：也封鎖這個人的位址。',
  '`mute`, `ban`: also a name that nobody has had.': '`mute`、`ban`：沒有人用過的名稱也可以。',
  'With `*`: the room in which it was said.': '用於 `*`：發言所在的聊天室。',
  '`mute`, `ban`: for how long; default: 600 for a mute, for good for a ban. `slow`: between two messages of one person; 0 ends it, default 10, at most 3,600.':
    '`mute`、`ban`：持續多久；禁言預設 600，封鎖預設永久。`slow`：同一個人兩則訊息之間的間隔；0 表示結束，預設 10，最多 3,600。',
  'At most 200 characters; the room is told.': '最多 200 個字元；會告知聊天室。',
  'Mute Bob for ten minutes': '將 Bob 禁言十分鐘',
  'Ban Bob, and the addresses he comes from, from the whole server': '在整台伺服器上封鎖 Bob 與他使用的位址',
  'One message every 30 seconds': '每 30 秒一則訊息',
  'Between two messages of one person.': '同一個人兩則訊息之間。',
  'Nobody new is let in.': '不接受其他人加入。',
  'Only moderators say something.': '只有管理員可以發言。',
  'Whoever asks is muted.': '詢問者已被禁言。',
  'When it ends, RFC 3339; missing when it holds for good.':
    '結束的時間，RFC 3339 格式；永久有效時沒有這個欄位。',
  'v1: how the room may be used.': 'v1：聊天室的使用方式。',
  'v1: what a moderator did, to all in the room; not an entry. Classic clients get a `system` frame.':
    'v1：告知聊天室所有人管理員做了什麼；不是紀錄。classic 用戶端收到 `system` 訊框。',
  'It holds on the whole server, not only in this room.': '在整台伺服器上有效，不只這個聊天室。',
  'The same as a sentence.': '同一件事的一句話說明。',
  'Bob was muted': 'Bob 被禁言',
  'It was a moderator’s command, carried out and not said: `seq` is its number in the audit trail.':
    '這是管理員的指令，已執行而不是發言：`seq` 是它在稽核紀錄中的編號。',
  '`muted` and `banned`: when it ends; missing when it holds for good.':
    '`muted` 與 `banned`：結束的時間；永久有效時沒有這個欄位。',
  '`kicked` and `banned`: why, as the moderator wrote.': '`kicked` 與 `banned`：管理員寫下的理由。',

  Liveness: '存活檢查',
  'Answers as long as the process can answer at all. It asks no dependency.':
    '只要程序還能回應就會回答，不檢查相依服務。',
  'The process lives.': '程序存活。',
  Readiness: '就緒檢查',
  'Whether this server should get traffic: each check and its age. A failed one is a 503 with the same list. Of several servers: a lost bus fails no check and shows in the detail of `bus`.':
    '這台伺服器是否應該接收流量：列出每項檢查與距今時間。有任何一項失敗時回應 503，並附上相同的清單。有多台伺服器時：bus 中斷不會使檢查失敗，只會顯示在 `bus` 的 detail。',
  'Every check is fine.': '所有檢查都正常。',
  Metrics: '指標',
  'Numbers of the whole server in the text format of Prometheus. The setting `metrics` says who may read them: by default only this machine.':
    '整台伺服器的數字，採用 Prometheus 文字格式。設定 `metrics` 決定誰可以讀取：預設只有本機。',
  'The numbers now.': '目前的數字。',
  'Who is connected': '誰在線上',
  'Counts people, of all servers where there are several; a person with several connections counts once. Lists are capped, the count is exact. `connections` are those to this server.':
    '計算人數；有多台伺服器時計入全部，同一個人有多個連線時只算一次。名單有長度上限，人數則是準確的。`connections` 只列出這台伺服器的連線。',
  'Of several servers: those to this one.': '有多台伺服器時：只列出這一台的連線。',
  'Of several servers: not all that the others have told has arrived here yet, so people may be missing.':
    '有多台伺服器時：其他伺服器告知的內容尚未全部送達，可能少了一些人。',
  'Only this room; default: the whole server.': '只看這個聊天室；預設為整台伺服器。',
  'Who is connected now.': '現在連線的用戶。',
  'List rooms': '列出聊天室',
  'Rooms in which something was said or somebody is, by name.': '有人發言過或有人在場的聊天室，依名稱排列。',
  'Rooms behind this name; the `next_after` of the page before.':
    '排在這個名稱之後的聊天室，即前一頁的 `next_after`。',
  'Most entries of the answer; default 50.': '回應最多包含幾筆；預設 50。',
  'A page of rooms.': '一頁聊天室。',
  'One room': '單一聊天室',
  'A room exists as soon as it is named; an unused one has nobody in it and no entries.':
    '只要說出名稱，聊天室就存在；沒有人用過的聊天室裡沒有人，也沒有紀錄。',
  'Name of the room, percent-encoded.': '聊天室名稱，採百分號編碼。',
  'The room.': '這個聊天室。',
  'Who is in a room': '誰在聊天室裡',
  'Names in order of arrival; connections without a name are counted only.':
    '名稱依到達順序排列；沒有名稱的連線只計入人數。',
  'The members.': '成員。',
  'Read the history': '讀取歷史訊息',
  'A page of the room’s log in rising order: below `before`, above `after`, or the newest entries.':
    '聊天室紀錄的一頁，編號由小到大：小於 `before`、大於 `after`，或最新的紀錄。',
  'Entries with a lower number, the nearest ones.': '編號較小、最接近的紀錄。',
  'Entries with a higher number, the nearest ones.': '編號較大、最接近的紀錄。',
  'A page of the log.': '紀錄的一頁。',
  'Publish a message': '發送訊息',
  'Says something in a room. The answer comes after the commit. With `client_id` a repeated request is the same message.':
    '在聊天室裡發言。寫入儲存之後才會回應。帶有 `client_id` 時，重複的請求視為同一則訊息。',
  'The text.': '訊息文字。',
  'Author; a name that nobody here bears. Default: Anonymous.':
    '發言者；必須是線上沒有人使用的名稱。預設為 Anonymous。',
  'Relayed when it is a valid RFC 3339 time.': '如果是有效的 RFC 3339 時間就照樣轉送。',
  'UUID chosen by the sender; the same id again is the same message.':
    '由發送者選定的 UUID；同一個識別碼再次出現時視為同一則訊息。',
  'Unknown fields are ignored.': '未知的欄位會被忽略。',
  'This `client_id` was known; this is its first answer again.':
    '這個 `client_id` 先前已經收過；這是當時的回應。',
  'Committed and numbered.': '已寫入儲存並編號。',
  'Follow a room': '持續接收聊天室的訊息',
  'What is said in a room, as server-sent events, for readers that only listen: `new EventSource(url)` or `curl -N url`. The `event` is the type of the frame, `data` the frame of dialect v1, `id` the epoch and number of the entry. With `Last-Event-ID` everything that was said since comes first. An `EventSource` shows a ticket as `?ticket=`, once; when it ends, a new one is made with another ticket and `?last_event_id=`.':
    '以伺服器推送事件（SSE）送出聊天室裡的發言，供只接收的讀者使用：`new EventSource(url)` 或 `curl -N url`。`event` 是訊框的類型，`data` 是 v1 方言的訊框，`id` 是 epoch 與紀錄的編號。附上 `Last-Event-ID` 時，會先補送之後的所有發言。`EventSource` 以 `?ticket=` 出示票券，只能一次；結束後以另一張票券與 `?last_event_id=` 建立新的。',
  'Events, as the HTML standard says.': '依 HTML 標準表示的事件。',
  'A stream of events that does not end by itself.': '不會自行結束的事件串流。',
  'What `Last-Event-ID` says, for readers that cannot send it.':
    '與 `Last-Event-ID` 相同，供無法送出該標頭的讀者使用。',
  'What a token was changed for, for readers that can send no header.':
    '以權杖換來的票券，供無法送出標頭的讀者使用。',
  ...FRAMES_IN_CHINESE,
}

/** A sentence of the documents in another language; itself where there is no translation. */
export function translated(lang: Lang, sentence: string): string {
  return lang !== 'en' && Object.hasOwn(CHINESE, sentence) ? (CHINESE[sentence] ?? sentence) : sentence
}
