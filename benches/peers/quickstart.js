// A backend like the one in Microsoft's quickstart for Teams users, with the same libraries, written for this
// comparison: Express, express-jwt to check the caller's token with keys from the authority, and
// @azure/communication-identity for the exchange. Unlike the quickstart it checks issuer and audience, because a
// deployed backend must.

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

// Without TLS, because both sides of the comparison and the emulator are on loopback.
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
