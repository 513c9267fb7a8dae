export { IconTerminal2 as default } from "@tabler/icons-react";
