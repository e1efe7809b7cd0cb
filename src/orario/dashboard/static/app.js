// Makes pages alive. Each part looks for what it serves, and does nothing where there is none.
import { follow } from "./live.js";
import { tick, tellZone } from "./times.js";
import { serveDialogs } from "./dialogs.js";
import { serveForms, serveGuard } from "./forms.js";
import { servePalette } from "./palette.js";
import { serveChoosing } from "./choosing.js";
import { fade } from "./toasts.js";
import { serveMeaning, serveMenus } from "./job.js";
import { serveCopying, serveLog } from "./log.js";

tellZone();
tick();
fade(document);
serveDialogs();
serveForms();
serveGuard();
servePalette();
serveChoosing();
serveLog();
serveCopying();
serveMeaning();
serveMenus();
follow();
