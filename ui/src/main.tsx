import { render } from 'preact';
import './styles/tokens.css';

render(<p>mlfoundry</p>, document.getElementById('app')!);
