/**
 * What a process is called among those of its service.
 * @param configured the key TICKWIRE_NODE_ID; empty: the machine's name with `random` behind, so that no two are alike
 */
export function nodeIdOf(configured: string, hostname: string, random: string): string {
  if (configured !== '') return configured;
  const name = hostname.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${name.slice(0, 100) || 'node'}-${random.slice(0, 8)}`;
}
