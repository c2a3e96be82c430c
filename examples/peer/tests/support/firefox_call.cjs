// Opens the page in Firefox with fake devices, calls by its buttons, and prints, as JSON, what came back.
//
//     firefox_call.cjs http://127.0.0.1:8080/ browser|server
//
// The second word says who makes the offer. Exit status 3: Firefox or its driver is not installed.
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , url, offerer] = process.argv;
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const PATIENCE = 120_000;

// Firefox as people have it, but for the devices, and for what would talk to the outside.
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.normandy.enabled': false,
  'toolkit.telemetry.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
};

// The scripts that every browser's test runs in the page end by calling their first argument.
const script = name => readFileSync(join(__dirname, 'page', `${name}.js`), 'utf8');
const run = (page, name) => page.evaluate(
  body => new Promise(done => { new Function(body)(done); }), script(name));

async function waitFor(what, condition) {
  const deadline = Date.now() + PATIENCE;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE / 1000} s`);
    await new Promise(resolve => { setTimeout(resolve, 100); });
  }
}

async function call(page) {
  await page.goto(url);
  await page.select('#offerer', offerer);
  await page.click('#start');
  const shows = (id, text) => page.$eval(`#${id}`, (element, expected) => element.textContent.includes(expected), text);
  await waitFor('the page says that it is connected', () => shows('status', 'Connected'));
  await waitFor('the channel opens', () => page.evaluate(() => window.call?.channel?.readyState === 'open'));
  const data = await run(page, 'echo_messages');
  await waitFor('30 frames and audible sound come back', () => run(page, 'enough_media'));
  const media = await run(page, 'measure_media');
  await waitFor('the page shows a round trip', () => shows('rtt', 'ms'));
  const candidates = await page.evaluate(() => {
    const of = description => description.sdp.split('\r\n').filter(line => line.startsWith('a=candidate:'));
    const { localDescription, remoteDescription } = window.call.pc;
    return { browser: of(localDescription), server: of(remoteDescription) };
  });
  const pair = await page.$eval('#pair', element => element.textContent);
  const location = await page.evaluate(() => window.call.location);
  await page.click('#stop');
  const gone = () => page.evaluate(async at => (await fetch(at, { method: 'DELETE' })).status === 404, location);
  await waitFor('hanging up ends the session', gone);
  return { data, media, candidates, pair };
}

async function main() {
  let puppeteer;
  try {
    puppeteer = require('puppeteer-core');
  } catch (error) {
    console.error(error.message);
    process.exit(3);
  }
  let browser;
  try {
    browser = await puppeteer.launch({
      browser: 'firefox', executablePath: FIREFOX, headless: true, protocol: 'webDriverBiDi',
      extraPrefsFirefox: PREFERENCES, timeout: PATIENCE, protocolTimeout: 2 * PATIENCE,
    });
  } catch (error) {
    console.error(error.message);
    process.exit(3);
  }
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    const told = await call(page).catch(async error => {
      const state = await page.evaluate(() => document.body.innerText).catch(() => '');
      throw new Error(`${error.message}; the page: ${state}`);
    });
    console.log(JSON.stringify({ version: await browser.version(), ...told }));
  } finally {
    await browser.close();
  }
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
