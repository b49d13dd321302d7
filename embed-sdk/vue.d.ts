// `import 'acs-sign-in/vue'` declares `<acs-sign-in>` to the templates of Vue. There is no script for it.
import type { AcsSignInElement, CallerToken, ElementEvents, Hints } from './acs-sign-in.js';

/** The properties and events of `<acs-sign-in>` in a template. */
export interface AcsSignInTemplate {
  /** @deprecated Only for the types of templates. */
  $props: Hints & {
    origin?: string | undefined;
    person?: string | undefined;
    callerToken?: CallerToken | undefined;
    keepSeconds?: number | undefined;
    title?: string | undefined;
    onStatus?: ((event: ElementEvents['status']) => void) | undefined;
    onSession?: ((event: ElementEvents['session']) => void) | undefined;
  };
  /** @deprecated Only for the types of templates. */
  $el: AcsSignInElement;
}

declare module 'vue' {
  interface GlobalComponents {
    'acs-sign-in': new () => AcsSignInTemplate;
  }
}
