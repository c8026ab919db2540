import './nonce';
import 'graphiql/setup-workers/vite';
// The parts of graphiql/style.css one by one: the whole also holds fonts as data: URLs and Monaco's styles a second time.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import { Page } from './page';

createRoot(document.getElementById('page')!).render(<Page />);
