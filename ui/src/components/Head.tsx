import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { theme, toggleTheme } from '../theme';
import { Icon } from './icons';
import { Name } from './Name';
import { sidebarOpen } from './Sidebar';

export interface Crumb {
  label: string;
  href?: string;
}

interface HeadProps {
  title: string;
  crumbs?: readonly Crumb[];
  /** What stands beside the title. */
  beside?: ComponentChildren;
  children?: ComponentChildren;
}

/** The top of every page: where one is, what it is called, and its tabs. */
export function Head({ title, crumbs = [], beside, children }: HeadProps) {
  useEffect(() => {
    document.title = `${title} · mlfoundry`;
  }, [title]);
  return (
    <header class="head">
      <div class="crumbs">
        <button
          type="button"
          class="icon-button menu-button"
          aria-label="Menu"
          aria-controls="sidebar"
          aria-expanded={sidebarOpen.value}
          onClick={() => (sidebarOpen.value = !sidebarOpen.value)}
        >
          <Icon name="menu" />
        </button>
        <nav aria-label="Breadcrumb">
          <ol>
            {crumbs.map(({ label, href }) => (
              <li key={label}>
                {href ? (
                  <a href={href}>
                    <Name text={label} />
                  </a>
                ) : (
                  <span aria-current="page">
                    <Name text={label} />
                  </span>
                )}
              </li>
            ))}
          </ol>
        </nav>
        <div class="grow" />
        <ThemeSwitch />
      </div>
      <div class="title">
        <h1>
          <Name text={title} />
        </h1>
        {beside}
      </div>
      {children}
    </header>
  );
}

function ThemeSwitch() {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" class="icon-button" aria-label={`Switch to the ${other} theme`} title={`Switch to the ${other} theme`} data-testid="theme" onClick={toggleTheme}>
      <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}

interface TabItem {
  key: string;
  label: string;
  href: string;
  here: boolean;
}

/** The parts of a page, each an address of its own. */
export const Tabs = ({ label, tabs }: { label: string; tabs: readonly TabItem[] }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map((tab) => (
      <a key={tab.key} href={tab.href} aria-current={tab.here ? 'page' : undefined} data-testid={`tab-${tab.key}`}>
        {tab.label}
      </a>
    ))}
  </nav>
);
