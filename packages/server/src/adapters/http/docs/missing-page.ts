import { html } from './html.ts'
import { STYLE_PATH } from './layout.ts'

/** Stands in for the chat page while it is not built. It speaks both languages, since it knows neither page nor reader. */
export function missingPage(): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Roomful</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
<h1>Roomful</h1>
<p>The chat page is not built yet. Run <code>npm run build</code>, then restart the server. <a href="/docs?lang=en">WebSocket and HTTP</a> work without it.</p>
<p lang="zh-Hant">聊天頁面尚未建置。請執行 <code>npm run build</code>，再重新啟動伺服器。<a href="/docs?lang=zh-Hant">WebSocket 和 HTTP</a> 不需要它也能使用。</p>
</main>
</body>
</html>
`.text
}
