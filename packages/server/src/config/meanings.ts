/** What each setting means, in Traditional Chinese (Taiwan), for docs/settings.zh-TW.md. */
import type { SettingKey } from './settings.ts'

export const MEANINGS: Readonly<Record<SettingKey, string>> = {
  port: '監聽的 TCP 連接埠。0 表示由系統選擇空閒的連接埠。',
  host: '監聽的位址。0.0.0.0 會讓網路上的其他電腦也能連線。',
  data: '保存所有資料的資料夾。:memory: 不保留任何資料。PostgreSQL 資料庫以位址指定，最好寫在 ROOMFUL_DATA 或設定檔裡：同一台機器的其他使用者看得到命令列。',
  workers: '提供服務的行程數。2 以上時，另有一個行程管理資料資料夾並分配連線；auto 表示每個處理器一個。',
  bus: '共用一個 PostgreSQL 資料庫的伺服器透過什麼互相通知：資料庫本身（postgres，也就是此時的 auto）或訊息代理，最好寫在 ROOMFUL_BUS 或設定檔裡。無論它發生什麼事，訊息都在資料庫裡。',
  lang: '伺服器訊息的語言，除非用戶端另外要求。',
  origins: '除了伺服器自己的主機與本機之外，可以連線的網頁來源。* 允許所有來源；null 代表沒有來源的網頁。',
  trustedProxies:
    '可信任的反向代理：來自它們的 X-Forwarded-For（或 Forwarded）表示用戶端的位址，X-Forwarded-Host 與 -Proto 表示 Origin 必須有的主機與協定。loopback 代表這台機器。off 表示都不信任：此時經由代理而來的人全都算成同一個位址。',
  names: '一個使用中的名稱只能有一人使用（exclusive），或使用同一名稱的連線都視為同一人（shared）。',
  auth: '誰可以進來：任何人自選名稱（guest）、出示 JSON Web Token 的人並以其中的名稱為準（jwt），或兩者皆可（jwt+guest）。',
  jwtSecret:
    '簽署權杖的共用密鑰（除非 jwt-algorithms 另有指定，否則為 HS256），最好寫在 ROOMFUL_JWT_SECRET 或設定檔裡：同一台機器的其他使用者看得到命令列。',
  jwtKey: '驗證權杖的公開金鑰檔案：PEM、JWK 或 JWK 集合，每 2 秒重讀一次。用來代替 jwt-secret。',
  jwtJwks:
    '簽署者的 JSON Web Key Set 網址，每隔 jwt-jwks-interval 重新取得一次，權杖指名其中沒有的金鑰時也會取得。用來代替 jwt-secret；必須同時設定 jwt-issuer 或 jwt-audience。',
  jwtJwksInterval:
    '兩次查看 jwt-jwks 之間的時間，每次只索取更新的內容。超過 4 秒時，金鑰移除後，用它簽署的連線可能停留超過 5 秒。',
  jwtAlgorithms: '權杖可以使用的簽章演算法，不論權杖自己怎麼說。none：金鑰所屬的演算法。',
  jwtAudience: '權杖的對象（aud）必須是其中之一。none：不檢查 aud。',
  jwtIssuer: '權杖的簽發者（iss）必須是其中之一。none：不檢查 iss。',
  jwtNameClaim: '表示名稱的 claim。沒有時依序使用 preferred_username 與 sub。',
  jwtAdminClaim: '值為 true 時使持有人成為管理者的 claim。',
  jwtRoomsClaim:
    '表示持有人在哪些聊天室可以做什麼的 claim，例如 {"rooms":{"class-*":["join","read","write"]}}。沒有時由 permissions 決定。',
  jwtInQuery:
    '是否也接受連線網址中的權杖（?token=），給無法以其他方式出示的用戶端。網址會留在代理的記錄檔與瀏覽器的歷程中；票券則只能出示一次（POST /api/v1/tickets）。',
  jwtIat:
    '權杖是否必須說明簽發時間（iat）。沒有說明的權杖視為在每次撤銷之前簽發；除了撤銷出示過的單一權杖之外，撤銷此時會永久保留，總計最多 50,000 筆。簽發者會寫 iat 時，請設為 required。',
  jwtLeeway: '容許與簽發者的時鐘相差多少。',
  jwtMaxLifetime:
    '權杖的最長有效時間，從簽發（iat）或現在算起，以較早者為準；更長的會被拒絕。撤銷記錄也保留這麼久（但請見 jwt-iat）。',
  permissions:
    '誰在哪些聊天室可以做什麼，寫在設定檔裡的規則，例如 {"rooms":["class-*"],"who":"bearers","may":["join","read","write"]}，由第一條符合的規則決定。none：每個人都可以加入、閱讀與發言。設定檔的變更會在幾秒內生效。',
  permissionsHook:
    '以 POST 詢問某人在聊天室可以做什麼的網址（PROTOCOL.md，PE9），它的回答優先於權杖與 permissions。',
  permissionsHookSecret:
    '向 permissions-hook 以 Authorization: Bearer 出示的密鑰，最好寫在 ROOMFUL_PERMISSIONS_HOOK_SECRET。',
  permissionsHookTimeout:
    'permissions-hook 必須在這段時間內回答。沒有回答時，任何人都進不來也不能發言，並得知稍後再來。',
  permissionsHookTtl:
    'permissions-hook 的回答若沒有自己說明（expires_in），有效這麼久；在場的人過了一半時間就會再問一次。',
  production: '是否拒絕對外開放時不安全的設定。auto：當環境變數 NODE_ENV 為 production 時。',
  node: '這個節點在同一個 PostgreSQL 資料庫中的名稱，不可重複；各 worker 會加上自己的編號。random 表示每次啟動時產生。',
  maxConnections: '同時連線數的上限，所有 worker 合計；再多一個會以 1008 Server is full 關閉。',
  maxConnectionsPerUser: '一個人同時連線數的上限，所有節點合計。',
  maxConnectionsPerAddress:
    '一個網路位址同時連線數的上限，所有節點合計。在另一台機器上的反向代理必須列入 trusted-proxies，否則在這裡與其他所有依位址的限制中，都會被視為同一個位址。',
  maxSocketsPerAddress:
    '一個網路位址同時可有多少個還沒有提出要求、或只使用 HTTP 的連線，每個節點分別計算；再多一個會被切斷。',
  maxUnprovenPerAddress: '一個網路位址同時可有多少個權杖尚未判定的連線，每個節點分別計算。',
  authTimeout: '連線必須在這段時間內出示有效的權杖，否則以 4003 關閉。',
  maxUnprovenFrames: '權杖尚未判定的連線最多保留幾則訊息；更多時暫停讀取。',
  maxUnprovenFrameLength:
    '權杖尚未判定的連線一則訊息的最大長度；更長的以 1009 關閉。在第一則訊息中出示的權杖必須放得下。',
  maxRooms: '一個連線同時所在聊天室的上限。',
  maxRoomsPerUser: '一個具名的人同時所在聊天室的上限，所有節點上的所有連線合計。',
  maxLogs: '保存的記錄數上限：曾有人發言的聊天室，以及每個人的私訊記錄。再新增一份會被拒絕。',
  maxMessageBytes: '一則訊息文字的最大長度，必須小於 max-frame-bytes。',
  maxFrameBytes: '會讀取的 WebSocket 訊息最大長度；更長的會以 1009 關閉。',
  maxFragments: '一則 WebSocket 訊息最多可以分成幾段；更多會以 1009 關閉。',
  rateLimit: '一個連線平均每秒可以送出的訊息數。off 只供效能測試使用，並取消所有依時間計算的限制。',
  rateBurst: '一個連線在停頓之後可以一次送出的訊息數。',
  byteRateLimit: '一個連線平均每秒可以送出的文字量；停頓之後可以一次送出五秒的量，至少為 max-frame-bytes。',
  joinRateLimit: '一個連線平均每秒可以要求加入聊天室的次數，可以一次用掉五秒的量，至少為 max-rooms。',
  signalRateLimit: '一個連線平均每秒可以告知輸入中、已讀與離開座位的次數，可以一次用掉五秒的量。',
  logRateLimit:
    '一個連線平均每秒可以開始的新記錄數，可以一次用掉五秒的量，至少為 max-rooms：從來沒有人發言的聊天室，以及私訊記錄。一個人與一個位址可以開始、也可以一次開始的數量，等於 rate-per-user 與 rate-per-address 個連線的量。',
  connectRateLimit:
    'rate-per-user 與 rate-per-address 的每個連線平均每秒可以有多少次新連線，可以一次用掉五秒的量，位址為兩秒；一個人至少可以一次 max-connections-per-user 個。',
  requestRateLimit:
    'rate-per-user 與 rate-per-address 的每個連線平均每秒可以有多少次 HTTP 要求，可以一次用掉五秒的量，位址為兩秒。/health、/livez 與 /readyz 不計。',
  ratePerUser: '一個具名的人在每項速率上，可以用到這麼多個連線的量，所有節點上的所有連線合計。',
  ratePerAddress:
    '一個網路位址（IPv6 以 /64 計）在每項速率上，可以用到這麼多個連線的量，並可以一次用掉兩秒的量，所有節點合計。從這台機器來、且不經過代理的人不受限制。',
  heartbeatInterval: '兩次 ping 之間的時間。',
  heartbeatTimeout: '這麼久沒有動靜的連線會被關閉，必須大於 heartbeat-interval。',
  noticesPerSecond: '一個聊天室每秒逐一送出的加入與離開通知數；更多的會合併成一則。',
  signalRoomPeople: '人數不超過此值的聊天室才會得知誰正在輸入、誰離開座位、誰回來了。',
  markerRoomPeople: '人數不超過此值的聊天室才會得知每個人讀到哪裡。',
  presenceGrace: '具名的 v1 用戶端斷線後仍算在聊天室裡的時間，在這之前回來就不會通知任何人。0 表示沒有。',
  presenceRoomPeople: '一個節點在一個聊天室中，會以名稱告知其他節點的人數上限；超過的部分只告知人數。',
  compression: '是否為支援 permessage-deflate 的用戶端壓縮訊息：每則只壓縮一次，供所有接收者使用。',
  slowTimeout: '有東西等著送出、卻這麼久沒有讀取的連線會以 4010 關閉。',
  tailBytes: '每個聊天室保留在記憶體中的最新訊框；較舊的從儲存讀取。',
  drainDelay:
    '收到結束訊號到第一次關閉連線之間的時間，此時 /readyz 失敗，已連線的人照常使用。供負載平衡器使用，必須小於 drain-timeout。',
  drainTimeout:
    '收到結束訊號到所有連線關閉或切斷的最長時間；之後儲存還有 3 秒，使用 worker 時為 4 秒。請小於你的平台強制結束前等待的時間。',
  retentionDays:
    '比這更舊的訊息會在一分鐘左右內移除。off 表示保留。時鐘若往前跳超過一小時，一天之後才會採計。',
  retentionMessages:
    '每個聊天室與每個人的私訊各保留的最新訊息數。off 表示全部保留，但 --data :memory: 時為 10000。',
  canary:
    '每個節點透過儲存與匯流排傳訊息給自己的間隔。三倍時間內沒有回來，也沒有任何錯誤說明原因時，/readyz 的 canary 檢查失敗。',
  metrics: '誰可以讀取 /metrics：loopback 是從這台機器、不經反向代理的人，all 是所有連得到連接埠的人。',
  traces: '接收 OpenTelemetry 追蹤的收集器網址（OTLP over HTTP）；off 表示不追蹤。',
  tracesRatio: '被追蹤的訊息比例。',
  logLevel: '會寫入記錄檔的最低嚴重程度。記錄是標準錯誤輸出上的 JSON。',
  config: 'JSON 設定檔，使用本表的名稱。指定的檔案必須存在。',
}
