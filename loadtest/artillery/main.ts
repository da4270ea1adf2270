import { commandLineOf, toolCommand } from '#loadtest/scripted/command.ts';
import { runTool } from '#loadtest/scripted/run-tool.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { artilleryTool } from './artillery-tool.ts';

/** `npm run artillery -- SCENARIO`: a scenario on Artillery; its exit code is that of Artillery. */
const { env, argv } = process;
const tool = artilleryTool(env.ARTILLERY_BIN);
process.exitCode = await runScript(commandLineOf(tool.name), argv.slice(2), process, (asked) =>
  runTool(tool, { command: toolCommand(asked), environment: env, say: console.error }),
);
process.exit();
