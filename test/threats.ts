/**
 * The attacks of the threat model (docs/security.md), by the names that its tables give them, and the titles of the tests
 * that try each of them; `…` is what a test's loop fills in. They stand here and not on the page because operators do not need them.
 */
export const testsOfThreats: Readonly<Record<string, readonly string[]>> = {
  tls: [
    'sockets and pages come by TLS, and pages promise to go on so',
    'in the clear nobody is answered',
    '… is refused, 1.2 and 1.3 are spoken',
  ],
  certificates: [
    'half a new certificate, or junk, leaves the old one in place until all of it is there',
    'a new certificate is shown to new connections, and the old sockets live on with every update',
    'a certificate that can not be used stops the start and names the key to mend',
  ],
  origin: [
    'a page of another origin gets no socket, and the reason',
    'unless told otherwise the pages of the hub itself may open sockets, and no others',
  ],
  framing: [
    'every page and answer carries its security headers, and none promises TLS in the clear',
    'the page fits a phone and breaks no policy',
  ],
  'no-token': [
    'before its token a client is served nothing but pings',
    'before its token a client learns nothing of sources and of the fanout, and what holds after it',
    'ten thousand of them, with good and bad tokens among the messages, disturb nobody at a hub that wants tokens',
    'a token without a signature ("alg":"none") is refused',
    'a public key is not taken for a secret, nor a secret for a longer one',
  ],
  issuer: [
    'an issuer that … lets nobody in, and holds up nobody for longer than the time-out',
    'known keys go on while the set can not be read again, and tokens with unknown ones cause few requests',
    'a key of the set that can not be used is the fault of the issuer, not of the token',
  ],
  'made-up-keys': [
    'key names that strangers make up cost the issuer no more than one request in its time, and hold up a new key no longer',
    'a token with a new key waits until the set may be read again, and is never refused for what was read before',
  ],
  claims: [
    'whatever the claims of a signed token are, it is accepted with what can be kept, or refused',
    'whatever a ticket holds, it is read as one whose end can be told, or refused',
  ],
  entitlements: [
    'symbols beyond the token are rejected, whether they exist or not',
    'nothing of a symbol beyond the token is replayed',
    'whatever happens, nothing is told before its time, and every update is covered or told to be lost',
    'a restricted user is told nothing newer than its last window, over any sockets, and misses nothing',
    'subscribing 20 times a second, over 20 sockets, brings one price in a window',
    'over Redis delayed clients get every update, in order and never before its time, beside others who get it at once',
  ],
  connections: [
    'who connects too often is sent away with different times to come back',
    'no more addresses are remembered than told, however many come',
    'the 2^64 addresses of an IPv6 network count as one, two networks as two',
  ],
  address: [
    'without trusted proxies nobody can borrow an address',
    'a proxy that writes a header line of its own below the forged one is the one believed',
    'what a client put in front of what the proxy wrote changes nothing',
  ],
  'slow-requests': [
    'who sends a request byte by byte is cut off within 15 s, though a byte comes every second',
    'headers without end are refused with 431 or cut off, and cost others nothing',
    'a request with a body is refused before the body comes, and cut off',
  ],
  'long-answers': [
    'a long list of symbols counts as many requests',
    'a list looks at a bounded number of symbols in a round of the event loop',
    'a user has one list made at a time, and no more users than the bound wait for theirs',
    'clients that ask and do not read have no copy of the body, and are cut off',
    'however often the sources are asked for, they are read twice a second at most',
  ],
  'ticket-address': [
    'a ticket is good once, at whichever hub is first',
    'a ticket that is late, unknown or junk is told so and brings no socket, with or without tokens',
    'what is kept of a ticket opens nothing: it is under the hash of its secret, and for its time',
    'no ticket is printed, nor shown by a metric',
  ],
  'ticket-rights': [
    'a socket by ticket has the rights and the life of the token that the ticket was got with',
    'a ticket whose token has expired meanwhile is refused as the token would be',
    'a ticket of a hub that lets everyone in opens none that wants to know who comes',
    'sockets by ticket count among those that the user may have',
  ],
  told: [
    'a token is told of the sources that it may have symbols of, and of no process, host, problem or count',
    'who shows no token, or not the operators’, is told of the hub whether it serves, and which it is',
    'a client that holds nothing of a source never hears its name, neither when it falls silent nor when it is back',
  ],
  gateway: ['… shows what clients ask for, and of the registry of nodes nothing'],
  registry: ['without the operator token nothing is told or changed, without the key there is no such path'],
  registration: [
    'values beyond every range, and bodies that are none, are refused',
    'the same instance_id from the same address renews, from another it is refused with what to do',
  ],
  churn: [
    'a client that churns far above the message rate is refused, closed with the reason, and noticed by nobody',
    'a client that does nothing but subscribe and unsubscribe costs others no update, Redis no call and the hub no memory',
  ],
  barrier: [
    'a hub lives through tokens that make its own code throw, and other clients are served on',
    'a replay, and a round of a slow socket, that fail cost others nothing',
    'a thousand failures in a second are counted, and take two lines of the log',
  ],
  'request-cost': [
    'sockets that ask for thousands of symbols in each message have no more of them looked at than their rate pays for',
    'before its token a client is read nothing that is longer than a token',
    'what comes behind a token is not read before the token is known to be good, and never behind a bad one',
  ],
  'bad-messages': [
    'an oversize frame gets an error and the documented close code',
    'fifteen thousand hostile messages, frames and requests leave the hub right and its clients undisturbed',
  ],
  'push-forgery': [
    '… is answered with 401, and nothing is accepted',
    'numbers beyond every range, and names that objects inherit, are rejected one by one',
  ],
  'push-slow': [
    'a body without a stated length is cut at the limit, and answered',
    'a body that does not arrive in time ends with 408',
    'headers that do not arrive in time end with 408',
  ],
  operations: [
    'a process needs no environment',
    'a body is refused before it comes, headers beyond 16 KB as well',
    'a request that does not arrive in time ends with 408',
    'after traffic of all kinds no metric shows a symbol, a user, a session or an address',
  ],
  traces: [
    'a connection, its token, its subscribe and its resume are one trace, which tells nothing secret',
    'more spans than fit are dropped and counted: those that wait, and those of one second',
  ],
  'hub-redis-user': [
    "a hub's user can forge no tick, run no script of its own, keep nothing for ever and read nothing that is not its own",
  ],
  'adapter-redis-user': [
    "an adapter's user can hear nothing, rule nothing, and touch no ticket and no hub's place",
  ],
  'forged-in-redis': [
    'whoever can write to Redis, and has not the key of the hubs, sends no client anywhere and makes no session',
    'a hub that another key signed, or none, is in no list, counted, and keeps nobody out',
    'a ticket that no hub signed, that is of another secret or that is put back later redeems nothing',
  ],
  'session-hosts': [
    'a registered hub at a host that is not configured is sent nobody, though it has the key',
    'clients are sent to configured hosts, whatever the port, and to no others',
  ],
  'redis-tls': [
    'a server that another authority vouches for is not talked to',
    'a server whose certificate is for another name is not talked to, unless that name is configured',
    'without our certificate the server lets nobody in',
  ],
  logs: [
    'no process prints a secret, whatever goes wrong at Redis, at venues, with tokens and at the push endpoint',
    'a start that is refused names the key, not its secret',
    'the secrets of this test are all that a configuration can hold',
  ],
  frames: ['… ends the connection, and no other'],
  'unmasked-frames': ['requests in frames that are not masked are never done, and end the connection'],
  fragments: [
    'a message in thousands of fragments of one byte is read as one, and more than its bound ends the connection',
  ],
  'frame-flood': [
    'a flood of 200,000 pings and empty frames disturbs no other client',
    'a client that pings and does not read the answers takes no more than its buffer',
  ],
  'slow-upgrades': [
    '200 connections that never end their handshake are ended, and clients come and go meanwhile',
    'headers that come a byte a second end the connection all the same',
  ],
  'silent-connections': [
    'connections of one address that ask for nothing are bounded, counted, and ended in time',
    'connections that are no sockets are bounded in all, and sockets do not count among them',
    'TLS handshakes of an address are limited before they cost anything',
  ],
  'unfinished-frames': [
    'a message above the bound is ended as soon as it says so, before the hub keeps a byte of it',
    'sockets without a good token are bounded in all, and who shows one makes room',
  ],
  'slow-push-bodies': ['a body that does not arrive in time ends with 408'],
  'slow-http-readers': ['clients that ask and do not read have no copy of the body, and are cut off'],
};
