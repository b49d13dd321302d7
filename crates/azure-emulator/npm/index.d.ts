/** How to start the emulator. Without a port, the system chooses a free one. */
export interface EmulatorOptions {
  entraPort?: number | undefined;
  acsPort?: number | undefined;
  /** Sends `Cross-Origin-Opener-Policy: same-origin` with the sign-in pages. */
  coop?: boolean | undefined;
  /** The path of a JSON file with the state at the start and after every reset. */
  seed?: string | undefined;
  /** Generates the same identifiers in every run with this number. */
  seedNumber?: number | undefined;
  /** Stops the clock at a time in UTC, such as `2026-11-21T08:00:00Z`. */
  clock?: string | undefined;
  /** Serves https, as Microsoft's libraries require. The certificate authority is `ca.pem` in this directory. */
  tls?: string | undefined;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** The origin of Entra, such as `http://localhost:8401`. */
  readonly entra: string;
  /** The endpoint of Azure Communication Services. */
  readonly acs: string;
  /** The connection string of the Communication Services resource. Its key opens emulators only. */
  readonly connectionString: string;
  /** The authority for accounts of every organization. */
  readonly authority: string;
  /** The certificate authority in PEM, with the option `tls`. */
  readonly ca: string | undefined;
  /** Goes back to the state at the start: for `beforeEach`. */
  reset(): Promise<void>;
  /** Sets the faults of all requests: the emulator's README lists them. */
  setFaults(faults: Record<string, unknown>): Promise<void>;
  /** Gives or withdraws all consent of an account, such as `alice@fabrikam.example`. */
  setConsent(account: string, given: boolean): Promise<void>;
  /** Advances the clock. */
  advance(seconds: number): Promise<void>;
  /** Ends the emulator: for `afterAll`. */
  close(): Promise<void>;
}

/** Starts an emulator, and returns it once it serves. */
export function createEmulator(options?: EmulatorOptions): Promise<Emulator>;
