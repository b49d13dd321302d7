// Packages that the scripts of Node.js import. They are not always installed, so everything in them is `any`.
declare module '@azure/communication-common';
declare module '@azure/communication-identity';
declare module '@azure/core-auth';
declare module '@azure/msal-browser';
declare module '@azure/msal-node';
declare module '@azure/msal-react';
declare module '@mdn/mdn-http-observatory';
declare module 'csp_evaluator/dist/evaluator.js';
declare module 'csp_evaluator/dist/parser.js';
declare module 'esbuild';
declare module 'express';
declare module 'express-jwt';
declare module 'jose';
declare module 'jwks-rsa';
declare module 'oidc-client-ts';
declare module 'oidc-provider';
declare module 'react';
declare module 'react-dom/client';

/** What benches/peers/page/build.js defines: whether the page prepares the exchange. */
declare const EARLY: boolean;
