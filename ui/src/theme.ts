import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';
const KEY = 'mlfoundry.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function remembered(): Theme | null {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === 'dark' || choice === 'light' ? choice : null;
  } catch {
    return null;
  }
}

const ofSystem = (): Theme => (system.matches ? 'dark' : 'light');

/** What the page shows; theme-boot.js has set the same before the first paint. */
export const theme = signal<Theme>(remembered() ?? ofSystem());

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
system.addEventListener('change', () => {
  if (remembered() === null) theme.value = ofSystem();
});

/** Switch, and remember it; a choice that is the system's is forgotten, so that the page follows the system again. */
export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    if (theme.value === ofSystem()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme.value);
  } catch {
    /* storage is blocked: the choice lasts as long as the page */
  }
}
