import type uWS from 'uWebSockets.js';
import { clientAddress } from './client-address.ts';
import type { Networks } from './network-address.ts';

/** Tells where requests come from. */
export interface RequestSource {
  /** The client's network address, as text. Of a request only what is needed is read, and at once. */
  addressOf(response: uWS.HttpResponse, request: uWS.HttpRequest): string;
}

/** @param trusted proxies whose word on the client's address counts */
export function createRequestSource(trusted: Networks): RequestSource {
  return {
    addressOf: (response, request) =>
      clientAddress(
        {
          peer: textOf(response.getRemoteAddressAsText()),
          proxied: textOf(response.getProxiedRemoteAddressAsText()),
          forwarded: () => forwardedIn(request),
        },
        trusted,
      ),
  };
}

/** A proxy may add a header of its own below the one that its client made up: `getHeader` has the first only. */
function forwardedIn(request: uWS.HttpRequest): string {
  const found: string[] = [];
  request.forEach((name, value) => {
    if (name === 'x-forwarded-for') found.push(value);
  });
  return found.join(',');
}

function textOf(address: ArrayBuffer): string {
  return Buffer.from(address).toString('latin1');
}
