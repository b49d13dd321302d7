// Types for boot.js and public/*.js: what the static documents, the build and the Rust code give them. They are
// declared here and not in comments there, because those files are shipped as they are.

/** Elements of index.html, window.html and return.html. */
interface Document {
  getElementById(
    id: 'boot-button' | 'boot-progress' | 'boot-sign-in' | 'boot-status' | 'heading' | 'status' | 'way-out',
  ): HTMLElement;
  querySelector(selectors: 'script[data-js]'): HTMLScriptElement & { dataset: BootFiles };
  querySelectorAll(selectors: 'link[rel][integrity]'): NodeListOf<HTMLLinkElement>;
  querySelectorAll(selectors: 'link[data-language]'): NodeListOf<HTMLLinkElement>;
  querySelectorAll(selectors: '[data-text]'): NodeListOf<HTMLElement & { dataset: { text: string } }>;
}

/** The attributes that Trunk.toml gives to the script element of boot.js. crates/page-host adds the hash of the wasm. */
interface BootFiles {
  js: string;
  vault: string;
  wasm: string;
  integrity?: string;
}

/** What wasm-bindgen makes of src/main.rs. */
interface PageModule {
  default(options: { module_or_path: Promise<Response> }): Promise<unknown>;
  start(
    vault: Worker,
    greeting: string | null,
    language: Language,
    loadLanguage: (hint?: string) => Promise<Language>,
  ): void;
  greet(event: MessageEvent): void;
}

/** A file of public/languages/. */
interface Language {
  language: string;
  direction: 'ltr' | 'rtl';
  reviewedBy: string;
  texts: Record<string, string>;
  problems: Record<string, { title: string; action: string; details?: string }>;
}

/** The Rust type `messages::Greeting`. */
interface Greeting {
  url: string;
  state: string;
  mailbox?: string | null;
}

/** The common part of a window and a broadcast channel. */
interface MessageTarget {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** The part of a profile in config.json that window.js reads. Not every profile has an authority. */
interface Profile {
  authority?: string;
  clientId: string;
}

/** The part of config.json that window.js reads. */
interface PageConfig extends Profile {
  profiles?: Profile[];
  redirectUri: string;
  mailboxUrl?: string;
}

/** Trusted Types, which TypeScript does not declare yet. */
declare var trustedTypes:
  | {
      createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown;
    }
  | undefined;

/** What public/vault_loader.js gives to crates/vault/src/browser/fetch.rs. */
declare var takeEarlyResponse: (name: string) => Promise<Response> | undefined;
