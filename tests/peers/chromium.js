// Chromium over WebDriver, with the commands that these tests use.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const LIMIT = 20_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class Chromium {
  #driver;
  #session;

  async start() {
    this.#driver = spawn(process.env.CHROMEDRIVER ?? 'chromedriver', ['--port=0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#driver.on('error', (error) => assert.fail(`the driver of Chromium does not start: ${error.message}`));
    for await (const line of createInterface({ input: this.#driver.stdout })) {
      const port = /started successfully on port (\d+)/.exec(line)?.[1];
      if (port) {
        this.#session = `http://127.0.0.1:${port}/session`;
        break;
      }
    }
    // The browser does not read NODE_EXTRA_CA_CERTS, so it accepts any certificate.
    const options = {
      args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
      binary: process.env.CHROMIUM,
      excludeSwitches: ['disable-popup-blocking'],
    };
    const capabilities = { alwaysMatch: { acceptInsecureCerts: true, 'goog:chromeOptions': options } };
    this.#session += `/${(await this.command('POST', '', { capabilities })).sessionId}`;
    await this.command('POST', '/timeouts', { script: LIMIT });
  }

  async end() {
    if (this.#session) await this.command('DELETE', '').catch(() => {});
    this.#driver?.kill();
  }

  /** One command of WebDriver. */
  async command(method, path, body) {
    const response = await fetch(this.#session + path, {
      method,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(2 * LIMIT),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  open(url) {
    return this.command('POST', '/url', { url });
  }

  /** Runs the body of a function in the page. */
  script(script) {
    return this.command('POST', '/execute/sync', { script, args: [] });
  }

  async found(xpath) {
    const elements = await this.eventually(async () => {
      const elements = await this.command('POST', '/elements', { using: 'xpath', value: xpath });
      return elements.length > 0 && elements;
    }, xpath);
    return elements[0][ELEMENT];
  }

  async click(xpath) {
    await this.command('POST', `/element/${await this.found(xpath)}/click`, {});
  }

  async enterFrame(xpath) {
    await this.command('POST', '/frame', { id: { [ELEMENT]: await this.found(xpath) } });
  }

  /** Waits for another window and switches to it. Returns the handle of this one. */
  async enterOtherWindow() {
    const here = await this.command('GET', '/window');
    const isOther = async () => (await this.command('GET', '/window/handles')).find((handle) => handle !== here);
    await this.enterWindow(await this.eventually(isOther, 'another window'));
    return here;
  }

  enterWindow(handle) {
    return this.command('POST', '/window', { handle });
  }

  async eventually(condition, what) {
    const deadline = Date.now() + LIMIT;
    while (Date.now() < deadline) {
      const value = await condition();
      if (value) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`still waiting for ${what} at ${await this.command('GET', '/url')}`);
  }
}
