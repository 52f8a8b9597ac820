// The certified `oidc-provider` as an agency's issuer, told on its command line what to be:
//   node issuer.mjs '{"port": 18460, "issuer": "...", "client": {...}, "people": {"sw": {...}}}'
// It signs in whoever a test names, at the level that the test names; nothing else of it is ours.
import { createServer } from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';

const told = JSON.parse(process.argv[2]);
const claims = ['employee_id', 'groups', 'trained_on', 'name'];

const provider = new Provider(told.issuer, {
  acrValues: ['urn:one', 'urn:two'],
  // The desk's clock is ahead of this machine's where a test would have to wait.
  clockTolerance: 1200,
  claims: { acr: null, auth_time: null, iss: null, sid: null, openid: ['sub', ...claims] },
  clients: [told.client],
  clientAuthMethods: ['private_key_jwt'],
  conformIdTokenClaims: false,
  cookies: { keys: ['a test key'] },
  enabledJWA: {
    clientAuthSigningAlgValues: ['ES256', 'Ed25519', 'PS256'],
    idTokenSigningAlgValues: ['ES256', 'Ed25519', 'PS256', 'RS256'],
  },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: false },
    rpInitiatedLogout: { enabled: true },
  },
  // Its own agent goes to no address of this machine, which is where the desk is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, id) => (told.people[id] ? { accountId: id, claims: () => ({ sub: id, ...told.people[id] }) } : undefined),
  interactions: { policy: interactionPolicy.base(), url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  jwks: told.jwks,
  pkce: { required: () => true },
  responseTypes: ['code'],
  rotateRefreshToken: true,
  scopes: ['openid', 'offline_access'],
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
});

async function interaction(request, response, address) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const account = address.searchParams.get('as');
    if (!account) return response.end('who?');
    const login = { accountId: account, acr: address.searchParams.get('acr') ?? 'urn:two', ts: Number(address.searchParams.get('ts')) || undefined };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid offline_access');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

for (const event of ['backchannel.error', 'server_error']) provider.on(event, (_, error) => console.error(event, error));

const serve = provider.callback();
createServer((request, response) => {
  const address = new URL(request.url, told.issuer);
  if (address.pathname.startsWith('/interaction/')) {
    interaction(request, response, address).catch((error) => { response.statusCode = 500; response.end(String(error)); });
  } else if (address.pathname === '/people' && request.method === 'POST') {
    // A test changes the agency's own records.
    let body = '';
    request.on('data', (part) => { body += part; }).on('end', () => { told.people = JSON.parse(body); response.end(); });
  } else serve(request, response);
}).listen(told.port, '127.0.0.1', () => console.log('listening'));
