import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import { clientAddress } from './client-address.ts';
import type { Networks } from './network-address.ts';

/** Tells where requests come from. */
export interface RequestSource {
  /** The client's network address, as text. */
  addressOf(request: HttpRequest): string;
}

/** @param trusted proxies whose word on the client's address counts */
export function createRequestSource(trusted: Networks): RequestSource {
  return {
    addressOf: (request) =>
      clientAddress(
        {
          peer: request.peer,
          proxied: request.proxied,
          forwarded: () => headerOf(request, 'x-forwarded-for'),
        },
        trusted,
      ),
  };
}
