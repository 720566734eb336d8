import { mount } from 'svelte';
import App from './App.svelte';
import './styles/tokens.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/entry.css';
import './styles/desk.css';
import './styles/finding.css';
import './styles/coverage.css';
import './styles/exchange.css';
import './styles/plan.css';
import './styles/oversight.css';
import './styles/more.css';
import './styles/small.css';
import { start } from './lib/state.svelte';

mount(App, { target: document.body });
void start();
