// A real OpenID provider for the tests: whoever signs in with a name is that subject.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [redirect] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'one' };

const server = (await import('node:http')).createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'krydsfelt',
      client_secret: 'a-secret-of-the-test',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: 'ES256',
      require_auth_time: true,
    }],
    jwks: { keys: [jwk] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['only for a test'] },
    features: { devInteractions: { enabled: true } },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
