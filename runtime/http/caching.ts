import type { HttpHeader } from './request.ts';

/** What is as it is for this client, or for this moment. */
export const uncached: HttpHeader = ['Cache-Control', 'no-store'];
/** What everybody gets, and what is made anew every second. */
export const cachedForAll: HttpHeader = ['Cache-Control', 'public, max-age=1, must-revalidate'];
/** A cache between may keep a file of the page for ten seconds; browsers ask again, with its tag. */
export const cachedFile: HttpHeader = ['Cache-Control', 'public, max-age=1, s-maxage=10, must-revalidate'];
