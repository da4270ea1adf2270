import { runTool } from '../scripted/run-tool.ts';
import { k6Tool } from './k6-tool.ts';

/** `npm run k6 -- SCENARIO`: a scenario on k6; its exit code is that of k6. */
const { env, argv } = process;
process.exitCode = await runTool(k6Tool(env.K6_BIN || 'k6'), {
  args: argv.slice(2),
  environment: env,
  say: console.error,
});
process.exit();
