import { commandLineOf, toolCommand } from '#loadtest/scripted/command.ts';
import { runTool } from '#loadtest/scripted/run-tool.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { k6Tool } from './k6-tool.ts';

/** `npm run k6 -- SCENARIO`: a scenario on k6; its exit code is that of k6. */
const { env, argv } = process;
const tool = k6Tool(env.K6_BIN || 'k6');
process.exitCode = await runScript(commandLineOf(tool.name), argv.slice(2), process, (asked) =>
  runTool(tool, { command: toolCommand(asked), environment: env, say: console.error }),
);
process.exit();
