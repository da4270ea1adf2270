import { runTool } from '../scripted/run-tool.ts';
import { artilleryTool } from './artillery-tool.ts';

/** `npm run artillery -- SCENARIO`: a scenario on Artillery; its exit code is that of Artillery. */
const { env, argv } = process;
process.exitCode = await runTool(artilleryTool(env.ARTILLERY_BIN), {
  args: argv.slice(2),
  environment: env,
  say: console.error,
});
process.exit();
