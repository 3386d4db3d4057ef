import { render } from 'preact';
import { App } from './app';
import { followLinks } from './links';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/blocks.css';
import './styles/pages.css';
import './styles/charts.css';
import './styles/overview.css';
import './styles/tabs.css';

const root = document.getElementById('app');
if (root) {
  followLinks();
  render(<App />, root);
}
