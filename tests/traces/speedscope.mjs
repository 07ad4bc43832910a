// A profile in speedscope: it opens there, and is saved in speedscope's own format. Runs in a page of speedscope's.

const NAME = 'x.cpuprofile';

// With this in its URL, speedscope lets the page load a profile.
export const PAGE = 'index.html#localProfilePath=none';

// What the page evaluates: the text that "Export" saves.
export function openAndSave(profile) {
  return `(async () => {
    const until = async (what, take) => {
      for (let n = 0; n < 200; n++) {
        const found = take();
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('speedscope: no ' + what + ': ' + document.body.innerText);
    };
    await until('page', () => globalThis.speedscope);
    globalThis.speedscope.loadFileFromBase64('${NAME}', ${JSON.stringify(Buffer.from(profile).toString('base64'))});
    await until('profile', () => document.title.startsWith('${NAME}'));
    let saved;
    URL.createObjectURL = (blob) => { saved = blob; return 'blob:none'; };
    HTMLAnchorElement.prototype.click = () => {};
    const button = await until('button', () => [...document.querySelectorAll('*')].find(
      (element) => element.children.length < 2 && /Export$/.test(element.textContent)));
    button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await until('file', () => saved);
    return saved.text();
  })()`;
}
