// What Vue's compiler reads for `<acs-sign-in>` in a template.
import 'acs-sign-in/vue';
import type { GlobalComponents } from 'vue';

type Props = InstanceType<GlobalComponents['acs-sign-in']>['$props'];
export const props: Props = {
  origin: 'https://signin.example.com/',
  person: undefined,
  callerToken: () => 'jwt',
  onStatus: ({ detail }) => detail.account?.objectId.toUpperCase(),
};
// @ts-expect-error: an unknown theme.
export const wrong: Props = { theme: 'blue' };
