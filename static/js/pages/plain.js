// Pages that only need the shell: 404, 500.

import "../shell.js";
