import type { Lang } from '@roomful/protocol'

/** The fixed words of the documentation pages. */
export interface Labels {
  readonly otherLanguage: string
  readonly chat: string
  readonly http: string
  readonly websocket: string
  readonly errors: string
  readonly contents: string
  readonly document: string
  readonly parameters: string
  readonly query: string
  readonly body: string
  readonly responses: string
  readonly schemas: string
  readonly name: string
  readonly where: string
  readonly type: string
  readonly required: string
  readonly meaning: string
  readonly yes: string
  readonly no: string
  readonly noFields: string
  readonly example: string
  readonly status: string
  readonly fromClient: string
  readonly fromServer: string
  readonly tryIt: string
  readonly browserConsole: string
  readonly python: string
  readonly channels: string
  readonly messages: string
  readonly code: string
  readonly retry: string
  readonly afterwards: string
  readonly comeBack: string
  readonly stop: string
  readonly errorsTitle: string
  readonly errorsIntro: string
  readonly requestErrors: string
  readonly closeCodes: string
}

export const LABELS: Readonly<Record<Lang, Labels>> = {
  en: {
    otherLanguage: '繁體中文',
    chat: 'Chat',
    http: 'HTTP API',
    websocket: 'WebSocket API',
    errors: 'Errors',
    contents: 'On this page',
    document: 'The document itself',
    parameters: 'Parameters',
    query: 'Query parameters',
    body: 'Body',
    responses: 'Responses',
    schemas: 'Schemas',
    name: 'Name',
    where: 'Where',
    type: 'Type',
    required: 'Required',
    meaning: 'Meaning',
    yes: 'yes',
    no: 'no',
    noFields: 'Nothing but its type.',
    example: 'Example',
    status: 'Status',
    fromClient: 'From the client',
    fromServer: 'From the server',
    tryIt: 'Try it',
    browserConsole: 'Browser console',
    python: 'Python',
    channels: 'Endpoints',
    messages: 'Messages',
    code: 'Code',
    retry: 'Retry',
    afterwards: 'Afterwards',
    comeBack: 'come back',
    stop: 'do not come back',
    errorsTitle: 'Errors and close codes',
    errorsIntro:
      'A request error is answered and the connection lives; a close ends it. The same code words stand in `error` frames and in problem details over HTTP.',
    requestErrors: 'Request errors',
    closeCodes: 'Close codes',
  },
  'zh-Hant': {
    otherLanguage: 'English',
    chat: '聊天室',
    http: 'HTTP API',
    websocket: 'WebSocket API',
    errors: '錯誤',
    contents: '本頁內容',
    document: '文件原始檔',
    parameters: '參數',
    query: '查詢參數',
    body: '內容',
    responses: '回應',
    schemas: '資料格式',
    name: '名稱',
    where: '位置',
    type: '型別',
    required: '必填',
    meaning: '說明',
    yes: '是',
    no: '否',
    noFields: '除了型別之外沒有其他欄位。',
    example: '範例',
    status: '狀態碼',
    fromClient: '由用戶端送出',
    fromServer: '由伺服器送出',
    tryIt: '試試看',
    browserConsole: '瀏覽器主控台',
    python: 'Python',
    channels: '端點',
    messages: '訊息',
    code: '代碼',
    retry: '可重試',
    afterwards: '之後',
    comeBack: '請重新連線',
    stop: '請勿重新連線',
    errorsTitle: '錯誤與關閉代碼',
    errorsIntro:
      '請求錯誤會得到回答，連線繼續；關閉則結束連線。`error` 訊框與 HTTP 的問題說明使用相同的代碼。',
    requestErrors: '請求錯誤',
    closeCodes: '關閉代碼',
  },
}
