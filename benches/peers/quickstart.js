// A backend as Microsoft's quickstart for Teams users has it, with its libraries, written for this comparison: Express, the
// caller's token checked by express-jwt with keys from the authority, and the exchange by @azure/communication-identity.
// More than the quickstart it checks issuer and audience, as whoever deploys it would have to.

import { CommunicationIdentityClient } from '@azure/communication-identity';
import { AzureKeyCredential } from '@azure/core-auth';
import express from 'express';
import { expressjwt } from 'express-jwt';
import jwks from 'jwks-rsa';

const {
  ENTRA_URL: entra,
  ACS_URL: acs,
  ACS_ACCESS_KEY: key,
  TENANT: tenant,
  AUDIENCE: audience,
  CLIENT_ID: clientId,
} = process.env;

// In the clear, because both sides of the comparison and the emulator are on loopback.
const identity = new CommunicationIdentityClient(acs, new AzureKeyCredential(key), { allowInsecureConnection: true });
const app = express();
app.use(express.json());
app.post(
  '/exchange',
  expressjwt({
    secret: jwks.expressJwtSecret({ cache: true, jwksUri: `${entra}/${tenant}/discovery/v2.0/keys` }),
    audience,
    issuer: `${entra}/${tenant}/v2.0`,
    algorithms: ['RS256'],
  }),
  async (request, response) => {
    const { token, expiresOn } = await identity.getTokenForTeamsUser({
      teamsUserAadToken: request.body.accessToken,
      clientId,
      userObjectId: request.auth.oid,
    });
    response.json({ token, expiresOn });
  },
);
app.listen(Number(process.env.PORT), '127.0.0.1');
