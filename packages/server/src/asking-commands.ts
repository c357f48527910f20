/** The commands that are asked something beside settings: each is loaded only where it is used, and answers with an exit code. */
import type { Invocation } from './config/argv.ts'
import { settingsOfProcess } from './config/process.ts'

export async function runAskingCommand(
  invocation: Extract<Invocation, { readonly asked: unknown }>,
): Promise<number> {
  const settings = settingsOfProcess()
  const say = (text: string): void => void process.stdout.write(text)
  switch (invocation.command) {
    case 'export': {
      const { runExport } = await import('./export-command.ts')
      say(await runExport(invocation, settings))
      return 0
    }
    case 'doctor': {
      const { runDoctor } = await import('./doctor-command.ts')
      return runDoctor(invocation.asked, settings, say)
    }
    case 'bench': {
      const { runBench } = await import('./bench-command.ts')
      return runBench(invocation.asked, settings, say)
    }
  }
}
